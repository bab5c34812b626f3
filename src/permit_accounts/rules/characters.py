"""Which characters a line of text may hold: those that a person can see, with single spaces between.

An allow-list by Unicode category. What cannot be seen (controls, zero-width and bidirectional marks, tag
characters, fillers) can make two different texts look alike on a staff screen, and line breaks can forge
lines in logs, files and e-mail headers; none of them is needed to write a name or an address.
"""

from __future__ import annotations

import unicodedata
from typing import Final

#: All but unassigned, private, enclosing and invisible characters and the line and paragraph separators.
_SEEN: Final = frozenset(
    [
        *("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd", "Nl", "No"),
        *("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs"),
    ]
)
_UNSEEN: Final = frozenset(["Cc", "Cf", "Cs"])
#: Letters and marks that have no shape of their own (Unicode, Default_Ignorable_Code_Point), beside those
#: whose category says so already.
_SHAPELESS: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)


def can_be_seen(character: str) -> bool:
    """Whether a character has a shape, or is a space."""
    return unicodedata.category(character) in _SEEN and character not in _SHAPELESS


def is_invisible(character: str) -> bool:
    """Whether a character is a control, format mark, surrogate or filler, which no reader sees."""
    return unicodedata.category(character) in _UNSEEN or character in _SHAPELESS


def is_plain_line(text: str) -> bool:
    """Whether every character of the text can be seen, so that it holds no line break either."""
    if text.isascii():
        return text.isprintable()
    return all(map(can_be_seen, text))


def is_encodable(text: str) -> bool:
    """Whether UTF-8 can hold the text: it has no lone surrogate."""
    if text.isascii():
        return True
    return not any("\ud800" <= character <= "\udfff" for character in text)


def tidied(text: str) -> str:
    """The text composed (NFC), without white space around it, and with one plain space for each inner run.

    Inner tabs and line breaks are kept for `is_plain_line` to refuse. Measure the text first.
    """
    composed = unicodedata.normalize("NFC", text.strip())
    spaces = (" " if unicodedata.category(c) == "Zs" else c for c in composed)
    return " ".join(part for part in "".join(spaces).split(" ") if part)
