"""The lists of public things that stand in the reference, as the code has them.

`python tests/docs/public_lists.py` writes them into their pages; the tests compare. Whoever runs it has
changed something public: `docs/reference/stability.md` says which version that makes, and CHANGELOG tells it.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path

import attrs

import permit_accounts
from permit_accounts.model.records import ASKED_BY
from permit_accounts.testing import SABOTEURS, StoreContract

REFERENCE = Path(__file__).parents[2] / "docs/reference"


def public_names() -> str:
    """What can be imported from the root."""
    return textwrap.fill(_ticked(permit_accounts.__all__), 118, break_on_hyphens=False) + "\n"


def records() -> str:
    """The fields of each record, and what it is asked by."""
    return _table(
        (f"`{kind.__name__}`", _ticked(field.name for field in attrs.fields(kind)), _ticked(["id", *asked]))
        for kind, asked in ASKED_BY.items()
    )


def promises() -> str:
    """The tests of the contract of stores, in their own words."""
    tests = sorted(name for name in dir(StoreContract) if name.startswith("test_"))
    return _table((f"`{name}`", _words(getattr(StoreContract, name))) for name in tests)


def saboteurs() -> str:
    """The stores that are wrong, in their own words, and what catches them."""
    return _table((f"`{one.__name__}`", _words(one), _ticked(one.caught_by)) for one in SABOTEURS)


#: Each list: its page, what stands right before it, and what makes it. It ends with an empty line.
LISTS: dict[str, tuple[str, str, Callable[[], str]]] = {
    "names": ("stability.md", "`permit_accounts.__all__`:\n\n", public_names),
    "records": ("stability.md", "| record | fields | asked by |\n| --- | --- | --- |\n", records),
    "promises": ("testing.md", "| test of `StoreContract` | the rule |\n| --- | --- |\n", promises),
    "saboteurs": ("testing.md", "| saboteur | what is wrong | caught by |\n| --- | --- | --- |\n", saboteurs),
}


def brought_up_to_date(page: str, before: str, lines: str) -> str:
    """The page with these lines after that beginning, in place of those that stand there."""
    head, beginning, rest = page.partition(before)
    end = re.search(r"^\s*$|\Z", rest, re.MULTILINE)
    assert beginning, f"the page has no {before!r}"
    assert end is not None
    return head + beginning + lines + rest[end.start() :]


def main() -> None:
    """Write all lists."""
    for name, before, make in LISTS.values():
        path = REFERENCE / name
        path.write_text(
            brought_up_to_date(path.read_text(encoding="utf-8"), before, make()), encoding="utf-8"
        )


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _ticked(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _words(thing: object) -> str:
    return " ".join((inspect.getdoc(thing) or "").split())


if __name__ == "__main__":
    main()
