"""From what somebody typed to the one `LicenseId` that it names, or the problem with it.

The digits alone name nobody: the board is part of the identity. Where a city takes one board's numbers, that
is the board. Where it takes several, a label decides (`CCB 107292`), else the number must have a shape that
only one of them uses (`CGC1524312`) and that is more than digits; what remains is asked back, never guessed.

How a number came to its canonical form is kept as its match level:

| level | means |
| --- | --- |
| exact | typed as it is kept |
| normalized | ornament removed: labels, classes, separators, case, zeros that the board does not print |
| repaired | damage undone: zeros that a spreadsheet dropped or added |
| unrecognized | of a board whose format is little known: kept as typed, in upper case and without blanks |
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import attrs

from permit_accounts.model.codes import Code, MatchLevel
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.outcomes import Problem
from permit_accounts.rules.licenses.characters import readable, shown, unwrapped
from permit_accounts.rules.licenses.diagnosis import (
    board_names,
    damaged,
    foreign_label,
    matched,
    mislabeled,
    other_board,
    several,
    why_unread,
)
from permit_accounts.rules.licenses.format import Confidence, Format
from permit_accounts.rules.licenses.formats import FORMATS, formats_of
from permit_accounts.rules.licenses.labels import named
from permit_accounts.rules.patterns import Pattern

_UNRECOGNIZED: Final = Pattern(r"[A-Z0-9*./&-]*[A-Z0-9][A-Z0-9*./&-]*", re.ASCII)
_BLANKS: Final = str.maketrans("", "", " #")


def parse_license(text: str, authorities: Sequence[str]) -> LicenseId | Problem:
    """The license that a text names, among those that these authorities issue.

    The string of a `LicenseId` (`us-ca-cslb:1012345`) is understood, and `parse_license(str(x), …) == x`.

    Args:
        text: As typed, of any length; over 100 code points it is refused unread.
        authorities: Ids of the boards whose numbers are taken. Where there is none, every number is refused.

    Raises:
        ConfigurationError: An authority is not in the table.
    """
    if len(authorities) == 1:
        only = FORMATS.get(authorities[0])
        # Cost: a roster has a million of these. What matches as typed is its own canonical form.
        if only is not None and only.pattern.fullmatch(text):
            return LicenseId(only.id, text, entered=text)
    return parse_anything(text, formats_of(authorities))


def parse_anything(text: str, formats: Sequence[Format]) -> LicenseId | Problem:
    """The same without the short cut for what is canonical already."""
    plain = readable(text)
    if isinstance(plain, Problem):
        return plain
    prefix, colon, rest = plain.partition(":")
    prefixed = FORMATS.get(prefix.lower()) if colon else None
    if prefixed is None:
        read = _read(plain, formats)
    elif prefixed in formats:
        read = _read(unwrapped(rest.strip(" ")), (prefixed,))
    else:
        read = other_board([prefixed], formats)
    return read if isinstance(read, Problem) else _as_typed(read, shown(text))


def matches_format(text: str, authorities: Sequence[str]) -> bool:
    """Whether a text is a license number of any of these authorities, in whatever spelling.

    Raises:
        ConfigurationError: An authority is not in the table.
    """
    plain = readable(text)
    formats = formats_of(authorities)
    return not isinstance(plain, Problem) and any(matched(row, plain) for row in formats)


def _as_typed(license_id: LicenseId, typed: str) -> LicenseId:
    exact = typed in (license_id.number, str(license_id))
    level = MatchLevel.EXACT if exact and not _unrecognized(license_id) else license_id.match_level
    return attrs.evolve(license_id, entered=typed, match_level=level)


def _unrecognized(license_id: LicenseId) -> bool:
    return license_id.match_level is MatchLevel.UNRECOGNIZED


def _read(text: str, formats: Sequence[Format]) -> LicenseId | Problem:
    if len(formats) == 1:
        return _read_as(text, formats[0])
    if not formats:
        return Problem(Code.LICENSE_AUTHORITY, params={"boards": ""})
    labels = named(text)
    ids = frozenset.intersection(*labels) if labels else frozenset(FORMATS)
    meant = [row for row in formats if row.id in ids]
    # A label that was typed as the beginning of a canonical number may be no label.
    matching = [
        row for row in formats if (row.id in ids and matched(row, text)) or row.pattern.fullmatch(text)
    ]
    if labels and not matching and len(meant) == 1:
        return _read_as(text, meant[0])
    if len(matching) == 1:
        (row,) = matching
        if row in meant if labels and meant else _speaks_for_itself(text, row):
            return _read_as(text, row)
    return _which_board(text, formats) if matching or not labels else why_unread(text, formats)


def _which_board(text: str, formats: Sequence[Format]) -> Problem:
    """Ask which board; but where the text could be no number of any, say what is wrong with it."""
    if not any(matched(row, text) for row in formats):
        problem = why_unread(text, formats)
        if problem.code is not Code.LICENSE:
            return problem
    return Problem(Code.LICENSE_AUTHORITY, params={"boards": board_names(formats)})


def _speaks_for_itself(text: str, row: Format) -> bool:
    """Whether the number has a well-known shape of more than digits, in which it was typed."""
    number, _ = row.canonical(text)
    typed = row.unlabeled(text)
    return row.confidence is not Confidence.LOW and not (number.isdecimal() or typed.isdecimal())


def _read_as(text: str, row: Format) -> LicenseId | Problem:
    number, repaired = row.canonical(text)
    if row.pattern.fullmatch(number):
        if problem := mislabeled(text, number, row):
            return problem
        level = MatchLevel.REPAIRED if repaired else MatchLevel.NORMALIZED
        return LicenseId(row.id, number, match_level=level)
    if row.confidence is not Confidence.LOW:
        return why_unread(text, (row,))
    if problem := foreign_label(text, (row,)) or damaged(text) or several(text, row):
        return problem
    return _read_unrecognized(text, row)


def _read_unrecognized(text: str, row: Format) -> LicenseId | Problem:
    """What is left of a number of a little-known format; read again until nothing more comes off."""
    bare = unwrapped(row.unlabeled(text).translate(_BLANKS))
    if bare != text and bare:
        return _read_as(bare, row)
    if not _UNRECOGNIZED.fullmatch(bare):
        return why_unread(text, (row,)) if not bare else Problem(Code.CHARACTERS)
    return LicenseId(row.id, bare, match_level=MatchLevel.UNRECOGNIZED)
