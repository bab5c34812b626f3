"""Typed text becomes plain upper-case ASCII, or is refused: a number never has two readings.

People paste from web pages, phones and spreadsheets, so some of what they bring along is let go and the rest
is refused. The whole rule:

| what | is |
| --- | --- |
| more than 100 characters | refused before anything else is done |
| white space at the ends, line breaks included | dropped |
| line breaks, tabs and other control characters inside | refused |
| full-width forms (`１０１`, `ＣＳＬＢ`) | read as ASCII, which is what NFKC makes of them |
| superscript, circled and mathematical digits | refused, though NFKC would turn them into digits |
| letters and digits of other scripts (`АЕС`, `١٢٣`) | refused: they look like something else |
| dashes (U+2010 to U+2015, minus, small and full-width) | read as `-` |
| curly quotation marks | read as straight ones |
| no-break and other Unicode spaces inside | read as a space |
| zero-width characters, soft hyphen, byte-order mark | dropped: they change nothing that a reader sees |
| left-to-right marks and isolates at the ends | dropped: phones wrap numbers in them |
| any other bidirectional control | refused: what is seen is not what is stored |
"""

from __future__ import annotations

import unicodedata
from typing import Final

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Problem

#: The longest text looked at, in code points. The longest honest one found spells out the board and lists
#: classes in some 85.
MOST: Final = 100

_ZERO_WIDTH: Final = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_HARMLESS_AT_ENDS: Final = _ZERO_WIDTH + "\u061c\u200e\u200f\u202a\u202c\u202d\u2066\u2068\u2069"
_BLANKS: Final = "\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_BREAKS: Final = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_AT_ENDS: Final = " " + _BLANKS + _BREAKS + _HARMLESS_AT_ENDS

_READ_AS: Final = (
    {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)}
    | dict.fromkeys(map(ord, _ZERO_WIDTH))
    | dict.fromkeys(map(ord, _BLANKS), " ")
    | dict.fromkeys(map(ord, _DASHES), "-")
    | dict.fromkeys(map(ord, "\u2018\u2019\u201b\u02bc"), "'")
    | dict.fromkeys(map(ord, "\u201c\u201d"), '"')
    | {ord("№"): "No"}
)
_BRACKETS: Final = {"(": ")", "[": "]", "{": "}", '"': '"', "'": "'"}


def readable(text: str, most: int = MOST) -> str | Problem:
    """The text in upper-case ASCII with single spaces; idempotent.

    Args:
        text: What was typed, of any length.
        most: How many code points are looked at.
    """
    if len(text) > most:
        return Problem(Code.TOO_LONG, params={"max": str(most)})
    plain = shown(text).translate(_READ_AS).replace("Nº", "No ").replace("N°", "No ")
    strange = next((character for character in plain if not " " <= character <= "~"), None)
    if strange is None:
        return unwrapped(" ".join(plain.upper().split())) or Problem(Code.REQUIRED)
    if unicodedata.category(strange)[0] in "LN":
        return Problem(Code.LICENSE_SCRIPT, params={"found": strange})
    return Problem(Code.CHARACTERS)


def shown(text: str) -> str:
    """The text without the white space and invisible marks around it: how it is kept as entered."""
    return text.strip(_AT_ENDS)


def unwrapped(text: str) -> str:
    """Without what surrounds a number in a sentence or a spreadsheet cell: `"…"`, `(…)`, `="…"`, a stop."""
    while True:
        inner = text.rstrip(",;:. ").removeprefix("=").strip(" ")
        if len(inner) > 1 and _BRACKETS.get(inner[0]) == inner[-1]:
            inner = inner[1:-1].strip(" ")
        elif inner.startswith("'"):
            inner = inner[1:].strip(" ")
        if inner == text:
            return text
        text = inner
