"""Temporary passwords: made by chance, read out over a telephone, decoded however they are typed.

16 of 31 symbols are 79 bits, so no limit on attempts per name is needed (NIST SP 800-63B-4, 3.1.3.2 asks one
below 64 bits). The alphabet has none of the symbols that are taken for one another.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final

from permit_accounts.model.secret import Secret

#: Small letters and digits without i, l, o, 0 and 1: 31 symbols, 4.95 bits each.
ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
#: Symbols that are never part of a temporary password, and are typed where another was read out.
LOOKALIKES: Final = frozenset("ilo01")
_GROUP: Final = 4
#: Bytes from here on are drawn again, else the first symbols would come more often than the last.
_FAIR: Final = 256 - 256 % len(ALPHABET)
#: Symbols and separators; anything longer is not looked at.
_LOOKED_AT: Final = 256
#: White space and the hyphen of ASCII, to be left out.
_BETWEEN: Final = {at: None for at in range(128) if chr(at).isspace() or chr(at) == "-"}

#: The words of the International Civil Aviation Organization, but for India, Lima and Oscar.
_WORDS: Final = """
Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel Juliett Kilo Mike November Papa Quebec Romeo Sierra
Tango Uniform Victor Whiskey Xray Yankee Zulu
"""
_DIGITS: Final = ("two", "three", "four", "five", "six", "seven", "eight", "nine")
_SPELLED: Final = {word[0].lower(): f"{word[0]} as in {word}" for word in _WORDS.split()} | {
    str(value): f"{value}, the digit {word}" for value, word in enumerate(_DIGITS, start=2)
}


def new_temporary(random: Callable[[int], bytes], symbols: int) -> Secret:
    """A fresh temporary password such as `k7qm-4xrt-9wpd-2hns`, every symbol equally likely.

    Args:
        random: So many random bytes (`Services.random`).
        symbols: How many symbols (`Policy.temporary_symbols`); the hyphens come in addition.
    """
    drawn = ""
    while len(drawn) < symbols:
        drawn += "".join(ALPHABET[byte % len(ALPHABET)] for byte in random(2 * symbols) if byte < _FAIR)
    return Secret("-".join(drawn[at : min(at + _GROUP, symbols)] for at in range(0, symbols, _GROUP)))


def temporary_symbols(text: Secret, symbols: int) -> Secret | None:
    """The bare symbols of a text that has the shape of a temporary password, or None.

    Case, white space and hyphens of any kind are ignored, and full-width forms read as their plain ones,
    since the text was heard over a telephone or copied from a letter. Nothing is repaired: a text with a
    look-alike in it is not of the shape.

    Args:
        text: As typed.
        symbols: How many symbols make one (`Policy.temporary_symbols`).
    """
    decoded = _decoded(text)
    return Secret(decoded) if len(decoded) == symbols and set(decoded) <= set(ALPHABET) else None


def temporary_lookalike(text: Secret, symbols: int) -> bool:
    """Whether the text would have the shape but for a 0, 1, I, L or O, which deserves a hint."""
    decoded = _decoded(text)
    if len(decoded) != symbols or LOOKALIKES.isdisjoint(decoded):
        return False
    return set(decoded) <= LOOKALIKES | set(ALPHABET)


def spelled(password: Secret) -> tuple[str, ...]:
    """How to read a temporary password out: `K as in Kilo`, one for each symbol, hyphens left out."""
    return tuple(_SPELLED[symbol] for symbol in _decoded(password))


def _decoded(text: Secret) -> str:
    typed = text.reveal()
    if len(typed) > _LOOKED_AT:
        return ""
    if typed.isascii():  # nearly always: the same without looking at each symbol
        return typed.lower().translate(_BETWEEN)
    folded = unicodedata.normalize("NFKC", typed).casefold()
    return "".join(symbol for symbol in folded if not (symbol.isspace() or _is_hyphen(symbol)))


def _is_hyphen(symbol: str) -> bool:
    return unicodedata.category(symbol) == "Pd" or symbol in "\u00ad\u2212"
