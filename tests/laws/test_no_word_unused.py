"""Every word of the library is said somewhere: one that nothing says tells a reader what never happens."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from enum import Enum
from typing import Final

import pytest

from laws.source_tree import Module, dotted, modules, planted
from permit_accounts.model import codes

#: A city says these in its policy, and the library asks for some of them only.
SAID_BY_THE_CITY: Final = (codes.QuestionUse, codes.ScratchOutage)
WORDS: Final = [
    kind
    for kind in vars(codes).values()
    if isinstance(kind, type)
    and issubclass(kind, Enum)
    and kind.__module__ == codes.__name__
    and kind not in SAID_BY_THE_CITY
]


def unsaid(kind: type[Enum], where: Iterable[Module]) -> list[str]:
    """The members that no module names, such as `EventName.SIGNED_IN`.

    The command line and the testing kit show and expect words; they bring nothing about.
    """
    named = {
        dotted(node)
        for module in where
        if module.path != "model/codes.py" and not module.path.startswith(("cli/", "testing/"))
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
    }
    return [str(member) for member in kind.__members__ if f"{kind.__name__}.{member}" not in named]


@pytest.mark.parametrize("kind", WORDS)
def test_every_word_is_said(kind: type[Enum]) -> None:
    """Codes, reasons, events, obstacles, remarks and states: each is used where something comes about."""
    assert [] == unsaid(kind, modules())


def test_a_word_that_nothing_says_is_found() -> None:
    """Where it is made, where it is shown and in a text it is not said; by another's name neither."""

    class Planted(Enum):
        SAID = "said"
        SHOWN = "shown"
        WRITTEN = "written"
        UNSAID = "unsaid"

    where = [
        planted("told = Planted.SAID"),
        planted("told = Planted.SHOWN", "cli/shown.py"),
        planted('told = "Planted.WRITTEN"\nname = Other.UNSAID'),
        planted("every = [Planted.UNSAID]", "model/codes.py"),
    ]

    assert ["SHOWN", "WRITTEN", "UNSAID"] == unsaid(Planted, where)


def test_all_kinds_of_words_are_looked_at() -> None:
    """The list is read off the module, and would be empty if that went wrong."""
    assert {codes.Code, codes.Reason, codes.EventName, codes.Obstacle, codes.Remark} <= set(WORDS)
