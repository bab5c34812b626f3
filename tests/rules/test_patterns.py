"""A regular expression compiled when it is first asked answers as a compiled one does."""

from __future__ import annotations

import re

import pytest

from permit_accounts.rules.patterns import Pattern

TEXTS = ("", "a1b22", "22", "x22", "22x", "é22", "A1")


def test_nothing_is_compiled_before_it_is_asked() -> None:
    """Even an expression that cannot be compiled may be written down; asking tells."""
    broken = Pattern("(")
    with pytest.raises(re.error):
        broken.fullmatch("")


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", ["fullmatch", "match", "search"])
def test_it_matches_as_the_compiled_one(name: str, text: str) -> None:
    """The same match at the same place, and the flags count."""
    lazy, compiled = Pattern(r"\w\d*", re.ASCII), re.compile(r"\w\d*", re.ASCII)
    expected, actual = getattr(compiled, name)(text), getattr(lazy, name)(text)
    assert (expected and expected.span()) == (actual and actual.span())


@pytest.mark.parametrize("text", TEXTS)
def test_it_takes_texts_apart_as_the_compiled_one(text: str) -> None:
    """Replacing, finding all, splitting."""
    lazy, compiled = Pattern("[0-9]"), re.compile("[0-9]")
    assert compiled.sub("-", text, count=1) == lazy.sub("-", text, count=1)
    assert compiled.sub(lambda match: match[0] * 2, text) == lazy.sub(lambda match: match[0] * 2, text)
    assert compiled.findall(text) == lazy.findall(text)
    assert compiled.split(text) == lazy.split(text)


def test_it_is_compiled_once() -> None:
    """The second question is put to the same expression."""
    pattern = Pattern("a")
    assert pattern.compiled is pattern.compiled
    assert pattern.fullmatch is pattern.fullmatch


def test_it_shows_its_expression() -> None:
    """So that a failing test tells which one it was."""
    assert "Pattern('[0-9]')" == repr(Pattern("[0-9]"))
