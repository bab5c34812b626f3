"""Passwords that too many people have chosen before: the shipped list, and the texts that stand for an entry.

The list is part of the package and is looked up offline. It holds more than the 3,000 common passwords of 15
characters and longer that ASVS 5.0, 6.2.4 asks for, and common shorter ones, since people reach the length
by adding digits to those or by typing them twice. Where it comes from is told in
`docs/reference/password-blocklist.md`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.rules.patterns import Pattern

_SHIPPED: Final = Path(__file__).with_name("common_passwords.txt.gz")
#: What `zlib` takes for the gzip format: its header, and a checksum at the end.
_GZIP: Final = 16 + zlib.MAX_WBITS
#: Less than this and the file is not the list (ASVS 5.0, 6.2.4: at least the top 3,000).
_ENTRIES_AT_LEAST: Final = 3000
#: A text of up to this many characters, repeated, is common whatever it is.
_TRIVIAL: Final = 4
#: What is left of a text without its digits and punctuation counts from this length on.
_CORE_AT_LEAST: Final = 3
_LETTERS: Final = Pattern(r"[^\W\d_]+")


def check_blocklist() -> None:
    """Load the list now rather than at the first password.

    Raises:
        ConfigurationError: The file is missing, damaged or far too short. A portal without it must not
            start, for it would accept every password.
    """
    _common()


def is_common(text: str) -> bool:
    """Whether a password, or the short text that it was stretched from, is in the list.

    The whole password is compared, never a part of it (NIST SP 800-63B-4, 3.1.1.2): as it is, backwards,
    as the text that it repeats, and without the digits and punctuation around or between one repeated word.

    Args:
        text: A password of bounded length, composed (NFC) and case-folded.

    Raises:
        ConfigurationError: The list cannot be loaded.
    """
    common = _common()
    if text in common or _is_trivial(text):
        return True
    return any(
        len(core) >= _CORE_AT_LEAST and (core in common or core[::-1] in common) for core in _cores(text)
    )


def repeated(text: str) -> str:
    """The shortest beginning that the text repeats at least twice, or the whole text."""
    borders = [0] * len(text)
    for at in range(1, len(text)):
        length = borders[at - 1]
        while length and text[at] != text[length]:
            length = borders[length - 1]
        borders[at] = length + (text[at] == text[length])
    period = len(text) - (borders[-1] if borders else 0)
    return text[:period] if 2 * period <= len(text) else text


def read_blocklist(file: Path) -> frozenset[str]:
    """The entries of a list: gzip, UTF-8, one entry a line; `#` alone or before a space is a comment.

    Raises:
        ConfigurationError: The file is missing, damaged or far too short.
    """
    try:
        text = zlib.decompress(file.read_bytes(), _GZIP).decode("utf-8-sig")
    except (OSError, zlib.error, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"the list of common passwords {str(file)!r} cannot be read ({type(error).__name__}); "
            "install the package again"
        ) from error
    lines = (line.strip() for line in text.splitlines())
    entries = frozenset(line for line in lines if line and line != "#" and not line.startswith("# "))
    if len(entries) < _ENTRIES_AT_LEAST:
        raise ConfigurationError(
            f"the list of common passwords {str(file)!r} has {len(entries)} entries, fewer than "
            f"{_ENTRIES_AT_LEAST}; install the package again"
        )
    return entries


@cache
def _common() -> frozenset[str]:
    return read_blocklist(_SHIPPED)


def _is_trivial(text: str) -> bool:
    unit = repeated(text)
    return len(unit) <= _TRIVIAL and unit != text


def _cores(text: str) -> Iterator[str]:
    """What the text was stretched from, where it was."""
    yield text
    unit = repeated(text)
    yield unit
    yield _without_ends(unit)
    yield repeated(_without_ends(text))
    words = set(_LETTERS.findall(text))
    if len(words) == 1:
        yield repeated(words.pop())


def _without_ends(text: str) -> str:
    """The text without the digits and punctuation before its first and after its last letter."""
    letters = [at for at, character in enumerate(text) if character.isalpha()]
    return text[letters[0] : letters[-1] + 1] if letters else ""
