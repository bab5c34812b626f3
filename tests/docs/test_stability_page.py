"""The page on what stays as it is lists what is public, so that nothing public changes without its line."""

from __future__ import annotations

import logging
import re
import tomllib
from datetime import UTC, datetime

import pytest

from docs.documents import ROOT, without_blocks
from permit_accounts import ports
from permit_accounts.model.records import AttemptCount, Record
from permit_accounts.stores import rows
from permit_accounts.testing.hard_records import plain

TEXT = without_blocks((ROOT / "docs/reference/stability.md").read_text(encoding="utf-8"))
STORE_PAGE = (ROOT / "docs/how-to/write-your-own-store.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """What stands below a heading, up to the next one."""
    return TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def names_in(text: str) -> list[str]:
    return re.findall(r"`(\w+)`", text)


def test_every_name_of_the_ports_is_listed() -> None:
    """Protocols, values and the two numbers, as the module defines them."""
    imported = {"TypeVar", "Protocol", "Final", "TypeAlias", "annotations", "attrs", "R", "Value"}
    imported |= {"Mapping", "Sequence", "datetime", "Secret", "Record"}
    imported |= {"BusinessFacts", "StatusFacts", "WorkersCompFacts"}
    named = {name for name in vars(ports) if name.isidentifier() and not name.startswith("_")}
    first = section("Ports").strip().partition("\n\n")[0]
    assert named - imported == set(names_in(first.partition("`:")[2]))


def test_every_name_for_authors_of_stores_is_told() -> None:
    """The page for them says what each is for."""
    told = set(re.findall(r"`(\w+)\b", STORE_PAGE))
    assert set(rows.__all__) <= told
    assert all(hasattr(rows, name) for name in rows.__all__)


def test_the_pythons_are_those_of_the_package() -> None:
    """What the page says is what the installer goes by."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = [line.rpartition(" ")[2] for line in project["classifiers"] if ":: Python :: 3." in line]
    said = re.findall(r"3\.\d+", section("Pythons and dependencies").partition(". ")[0])
    assert versions == said
    assert f">={said[0]}" == project["requires-python"]
    assert all("<" not in name for name in project["dependencies"])


@pytest.mark.parametrize("path", ["README.md", "CHANGELOG.md", "docs/README.md"])
def test_readers_find_the_page(path: str) -> None:
    """From where one looks for it."""
    assert "reference/stability.md)" in (ROOT / path).read_text(encoding="utf-8")


def test_a_row_of_an_older_version_is_left_out_and_told(caplog: pytest.LogCaptureFixture) -> None:
    """As the page says of a store whose rows were not brought up to date."""
    layout = rows.layout_of(AttemptCount)
    whole = layout.to_row(plain(AttemptCount, "a", since=datetime(2026, 1, 1, tzinfo=UTC)))

    with caplog.at_level(logging.WARNING, "permit_accounts.stores"):
        found: list[Record] = list(
            layout.page(lambda after, number: [whole[:-1]] if after is None else [], None, 1)
        )

    assert ([], 1) == (found, len(caplog.records))
