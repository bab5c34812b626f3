"""Words that name a board: whose number does somebody say that this is?

A label chooses among the boards that a city takes numbers of, and gives away a number of another board. A
state's code or name stands for every board of that state. Hawaii's CT-36775 begins with Connecticut's code,
so that CT stands for both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from permit_accounts.rules.licenses.format import (
    GENERIC_WORDS,
    STATE_NAMES,
    STATES_WITHOUT_BOARD,
    word_pattern,
)
from permit_accounts.rules.licenses.formats import FORMATS
from permit_accounts.rules.patterns import Pattern


def named(text: str) -> tuple[frozenset[str], ...]:
    """For each label before or after a number, the ids of the authorities that it may mean.

    Args:
        text: Readable text, in upper case.
    """
    return tuple(_MEANT[word] for word in _label_words(text) if word in _MEANT)


def state_without_board(text: str) -> str | None:
    """The name of a state that a number is labeled with and that has no board in the table, or None.

    Args:
        text: Readable text, in upper case.
    """
    found = _NO_BOARD.match(text)
    return STATES_WITHOUT_BOARD.get(found[1], found[1]).title().replace(" Of ", " of ") if found else None


def label_led(text: str) -> bool:
    """Whether a text begins with a board's label, so that it could be taken for a license number.

    `cslb1012345`, `CSLB` and `roc-phoenix` do; so does a state with a number, `ca 1012345`, but not a state
    alone: `hi.there` and `la-smith` are names.

    Args:
        text: Anything; a public username that somebody asks for.
    """
    words = re.sub(r"[\s._#:/-]+", " ", text[:_LOOKED_AT].upper()).strip()
    while found := _LED.match(words):
        word, words = found[1], words[found.end() :]
        if word in _ACRONYMS or (word in _MEANT and words[:1].isdecimal()):
            return True
    return False


def _label_words(text: str) -> Iterator[str]:
    while found := _LEADING.match(text):
        yield found[1]
        text = text[found.end() :]
    if found := _TRAILING.search(text):
        yield found[1]


def _meanings() -> dict[str, frozenset[str]]:
    meant: dict[str, set[str]] = {}
    for row in FORMATS.values():
        for word in (*row.labels, *row.prefixes, row.state, STATE_NAMES[row.state]):
            meant.setdefault(word, set()).add(row.id)
    return {word: frozenset(ids) for word, ids in meant.items()}


_LOOKED_AT: Final = 64
_MEANT: Final = _meanings()
_PLACES: Final = {*STATE_NAMES, *STATE_NAMES.values(), "CALIF", "NEW YORK CITY", "NYC"}
_ACRONYMS: Final = frozenset(_MEANT) - _PLACES
_WORDS: Final = word_pattern((*GENERIC_WORDS, *_MEANT))
_LEADING: Final = Pattern(rf"[ #:.(]*({_WORDS})(?![A-Z])[ #:.,)=_/-]*", re.ASCII)
_TRAILING: Final = Pattern(rf"(?<=[0-9])[ ,/(]+({word_pattern(tuple(_MEANT))})\)?\Z", re.ASCII)
_OTHER_STATES: Final = word_pattern((*STATES_WITHOUT_BOARD, *STATES_WITHOUT_BOARD.values()))
_NO_BOARD: Final = Pattern(rf"({_OTHER_STATES})[ #:.,)=_/-]*(?=[0-9])", re.ASCII)
_LED: Final = Pattern(rf"({_WORDS})(?![A-Z]) ?", re.ASCII)
