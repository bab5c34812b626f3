"""The reference pages print their tables from the data.

`python tests/rules/licenses/test_reference_pages.py` writes them anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from permit_accounts.rules.licenses import FORMATS, WORKERS_COMP_RULES, Format, WorkersCompRule

PAGES = Path(__file__).parents[3] / "docs" / "reference"


def formats() -> str:
    head = ("authority id", "what", "looks like", "labels", "steps", "confidence", "known from")
    return _table(head, map(_format, FORMATS.values()))


def rules() -> str:
    return _table(("from", "who needs it without employees", "law"), map(_rule, WORKERS_COMP_RULES))


def _format(row: Format) -> tuple[str, ...]:
    return (
        f"`{row.id}`",
        row.name,
        f"{row.shape}: `{row.example}`",
        ", ".join(row.labels) or "none",
        "; ".join(step.words for step in row.steps),
        row.confidence.value,
        row.source,
    )


def _rule(rule: WorkersCompRule) -> tuple[str, ...]:
    classes = sorted(rule.classes, key=lambda code: (code[0], int(code[2:])))
    who = "everybody" if rule.everyone else f"holders of {', '.join(classes)}"
    return (
        f"{rule.since.day} {rule.since:%B %Y}",
        who + (" but joint ventures" if rule.joint_ventures_let_off else ""),
        rule.statute,
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def printed(page: str) -> str:
    """The page with its table as the data has it."""
    tables = {"formats": formats, "rules": rules}
    return re.sub(
        r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)",
        lambda found: f"{found[1]}{tables[found[2]]()}\n{found[3]}",
        page,
        flags=re.DOTALL,
    )


@pytest.mark.parametrize("name", ["license-formats.md", "workers-compensation.md"])
def test_the_page_is_in_step_with_the_data(name: str) -> None:
    """Every row, every step, every date."""
    page = (PAGES / name).read_text(encoding="utf-8")
    assert "<!-- table: " in page
    assert printed(page) == page


if __name__ == "__main__":
    for path in (PAGES / "license-formats.md", PAGES / "workers-compensation.md"):
        path.write_text(printed(path.read_text(encoding="utf-8")), encoding="utf-8")
