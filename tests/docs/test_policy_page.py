"""The page of settings says what the code says: every setting, its default, and where strict differs."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from permit_accounts import Limit, Policy, QuestionUse, ScratchOutage

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "policy.md"
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+) \| (.*?) ?\|$", re.MULTILINE)
SHOWN_BY_NAME = {"links": "`Links()`", "account_types": "`PUBLIC`, `CONTRACTOR`", "argon2": "`Argon2Cost()`"}


def rows() -> dict[str, tuple[str, str]]:
    return {name: (default, strict) for name, default, _, strict in ROW.findall(PAGE.read_text())}


def span(value: timedelta) -> str:
    for unit, seconds in (("d", 86400), ("h", 3600), ("min", 60)):
        if value.total_seconds() % seconds == 0:
            return f"{int(value.total_seconds() // seconds)} {unit}"
    return f"{int(value.total_seconds())} s"


def shown(value: object) -> str:
    match value:
        case QuestionUse() | ScratchOutage():
            return f"`{value.name}`"
        case timedelta():
            return f"`{span(value)}`"
        case Limit():
            return f"`{value.count} in {span(value.within)}`"
    return f"`{value!r}`"


def test_every_setting_stands_on_the_page() -> None:
    """A setting without a sentence is one that nobody will find."""
    assert [field.name for field in attrs.fields(Policy)] == list(rows())


@pytest.mark.parametrize("name", [field.name for field in attrs.fields(Policy)])
def test_defaults_and_strictness_are_as_the_page_says(name: str) -> None:
    """The default is the policy's own; the last column speaks where strict differs."""
    default, strict = getattr(Policy(), name), getattr(Policy.strict(), name)

    expected = SHOWN_BY_NAME.get(name, shown(default)), "" if strict == default else shown(strict)
    assert expected == rows()[name]
