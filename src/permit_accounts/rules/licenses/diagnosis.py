"""What to tell somebody whose text is no license number of the boards asked: one problem with a useful hint.

A hint is about spelling only. It never tells whether a license exists, and nothing is put right silently: a
letter O in the place of a zero is pointed at, for the number that it would become may be somebody else's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Problem
from permit_accounts.rules.licenses.california import CLASSES_DROPPED, beside_a_class
from permit_accounts.rules.licenses.classes import CALIFORNIA_CLASS
from permit_accounts.rules.licenses.format import Format
from permit_accounts.rules.licenses.formats import FORMATS
from permit_accounts.rules.licenses.labels import named, state_without_board
from permit_accounts.rules.licenses.normal_form import WHOLE
from permit_accounts.rules.patterns import Pattern

_EXPONENT: Final = Pattern(r"[0-9](?:[.,][0-9]+)?E[+-][0-9]+|[0-9][.,][0-9]+E[0-9]+", re.ASCII)
_FRACTION: Final = Pattern(
    r"[0-9]+[.,][0-9]+|[0-9]{1,3}(?:(?:,[0-9]{3})+\.|(?:\.[0-9]{3})+,|(?:[ '][0-9]{3})+[.,])[0-9]+", re.ASCII
)
_ERROR_CELL: Final = Pattern(r"#+|#(?:N/A|REF!?|VALUE!?|NUM!?|NAME\??|NULL!?|DIV/0!?)", re.ASCII)
_PHONE: Final = Pattern(
    r"(?:\+?1[ .-]?)?\(?[0-9]{3}\)?[ .-]?[0-9]{3}[ .-][0-9]{4}|[0-9]{3}[ .-][0-9]{4}", re.ASCII
)
_ONLY_CLASSES: Final = Pattern(rf"{CALIFORNIA_CLASS}(?:[ ,/|&;()]+{CALIFORNIA_CLASS})*\)?", re.ASCII)
_ONE_CLASS: Final = Pattern(CALIFORNIA_CLASS, re.ASCII)
_RANGE: Final = Pattern(r"(?<=[0-9])-(?=[0-9])", re.ASCII)
_APART: Final = Pattern(r"[ ,;/&|]+", re.ASCII)

_DIGIT_MEANT: Final = {"O": "0", "I": "1", "L": "1", "|": "1", "Z": "2", "S": "5", "B": "8"}
_LETTER_MEANT: Final = {"0": "O", "1": "I", "5": "S", "8": "B"}
#: Beyond these a text is no misread number; they keep the search for look-alikes short.
_LONGEST_MISREAD: Final = 20
_MOST_MISREAD: Final = 5


def foreign_label(text: str, allowed: Sequence[Format]) -> Problem | None:
    """The problem of a number that is labeled as another board's, or another state's, or None.

    Args:
        text: Readable text.
        allowed: The formats that are taken.
    """
    ids = {row.id for row in allowed}
    foreign = next((meant for meant in named(text) if not meant & ids), None)
    if foreign is None:
        state = state_without_board(text)
        return _other(state, allowed) if state is not None else None
    return other_board([row for row in FORMATS.values() if row.id in foreign], allowed)


def other_board(boards: Sequence[Format], allowed: Sequence[Format]) -> Problem:
    """The number is one of `boards`, and only those of `allowed` are taken here."""
    return _other(board_names(boards), allowed)


def _other(board: str, allowed: Sequence[Format]) -> Problem:
    return Problem(Code.LICENSE_OTHER_BOARD, params={"board": board, "boards": board_names(allowed)})


def board_names(formats: Sequence[Format]) -> str:
    """What people call these boards, for a message."""
    return ", ".join(row.board for row in formats)


def mislabeled(text: str, number: str, row: Format) -> Problem | None:
    """The problem of words that would become letters of a number of this board, or None.

    `CA 785639` is not Minnesota's CA785639, though that could be a number of theirs. Only one that was typed
    just so is taken for it, or one that this board's own label is put before.

    Args:
        text: Readable text.
        number: What it would be.
        row: Whose number it would be.
    """
    labels = named(text)
    typed = row.unlabeled(text) if any(row.id in meant for meant in labels) else text
    if typed == number:
        return None
    return foreign_label(text, (row,)) or (_no_number((row,)) if row.begins_with_a_word(number) else None)


def damaged(text: str) -> Problem | None:
    """The problem of a number that a spreadsheet has destroyed (`1.012345E+06`, `#####`), or None."""
    if _EXPONENT.search(text) or _ERROR_CELL.fullmatch(text):
        return Problem(Code.LICENSE_SPREADSHEET)
    return None


def several(text: str, row: Format) -> Problem | None:
    """The problem of two numbers in one field, or None."""
    parts = [part for part in _APART.split(text) if _has_digit(part) and not _ONE_CLASS.fullmatch(part)]
    if len(parts) > 1 and all(matched(row, part) for part in parts):
        return Problem(Code.LICENSE_SEVERAL)
    return None


def matched(row: Format, text: str) -> bool:
    """Whether a readable text is a number of this format."""
    return row.pattern.fullmatch(row.canonical(text)[0]) is not None


def why_unread(text: str, formats: Sequence[Format]) -> Problem:
    """The most helpful problem with a text that is no number of any of these formats.

    Args:
        text: Readable text.
        formats: What it could have been.
    """
    return next(_hints(text, formats))


def _hints(text: str, formats: Sequence[Format]) -> Iterator[Problem]:
    if problem := damaged(text) or foreign_label(text, formats):
        yield problem
    if _ONLY_CLASSES.fullmatch(text):
        yield Problem(Code.LICENSE_CLASS, params={"found": text})
    if not _PHONE.fullmatch(text):
        yield from _hints_by_format(text, formats)
    yield _no_number(formats)


def _no_number(formats: Sequence[Format]) -> Problem:
    return Problem(
        Code.LICENSE,
        params={"board": board_names(formats), "example": ", ".join(row.example for row in formats)},
    )


def _hints_by_format(text: str, formats: Sequence[Format]) -> Iterator[Problem]:
    if any(WHOLE in row.steps and _FRACTION.fullmatch(row.unlabeled(text)) for row in formats):
        yield Problem(Code.LICENSE_SPREADSHEET)
    if any(CLASSES_DROPPED in row.steps and beside_a_class(row.unlabeled(text)) for row in formats):
        yield Problem(Code.LICENSE_CLASS, params={"found": text})
    for row in formats:
        ranged = _RANGE.sub(" ", text)
        if problem := several(text, row) or several(ranged, row) or _lookalike(text, row):
            yield problem


def _lookalike(text: str, row: Format) -> Problem | None:
    """The problem of a character typed for another that looks like it, or None."""
    typed = row.unlabeled(text)
    if len(typed) > _LONGEST_MISREAD or row.begins_with_a_word(typed):
        return None
    for places, meant in _misreadings(typed, row):
        read = "".join(meant[c] if place in places else c for place, c in enumerate(typed))
        if matched(row, read):
            found = typed[places[0]]
            return Problem(Code.LICENSE_LOOKALIKE, params={"found": found, "meant": meant[found]})
    return None


def _misreadings(typed: str, row: Format) -> Iterator[tuple[tuple[int, ...], dict[str, str]]]:
    """Places to read differently, the fewest first; a number of digits alone can have no letter left."""
    letters = [place for place, c in enumerate(typed) if c in _DIGIT_MEANT]
    if not row.begins_with_letters:
        for count in range(len(letters), max(0, len(letters) - 2), -1):
            yield tuple(letters[:count]), _DIGIT_MEANT
    elif len(letters) <= _MOST_MISREAD:
        for places in (*combinations(letters, 1), *combinations(letters, 2)):
            yield places, _DIGIT_MEANT
        for place, c in enumerate(typed[:4]):
            if c in _LETTER_MEANT:
                yield (place,), _LETTER_MEANT


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)
