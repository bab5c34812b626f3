"""One cell of a roster, read by the rule that reads the same entry on a form.

Each reader takes a cell that is not blank and gives its value, or the code of what is wrong with it. None of
them guesses, and none reads a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Final

from permit_accounts.model.codes import Code, LicenseStatus
from permit_accounts.model.outcomes import Problem
from permit_accounts.rules.account_types import Field
from permit_accounts.rules.emails import parse_email
from permit_accounts.rules.licenses import parse_classes
from permit_accounts.rules.patterns import Pattern
from permit_accounts.rules.profile import read_date, read_line, read_name, read_phone

# Cost: a roster has a million names and telephone numbers. What these match, the rules give back as it is.
_PLAIN_NAME: Final = Pattern(
    r"(?!.*(?:www|http))(?:[A-Za-z0-9À-ÖØ-öø-ɏ'&,#()/+-]+\.?(?: (?!\Z)|\Z))+", re.IGNORECASE
)
_PLAIN_PHONE: Final = Pattern(r"(?:\([0-9]{3}\) ?|[0-9]{3}[-. ])[0-9]{3}[-. ]?[0-9]{4}", re.ASCII)
_TIME_OF_DAY: Final = Pattern(r"[T ]\d{1,2}:[0-9:.]+(?:Z| ?[AP]M)?\Z", re.ASCII | re.IGNORECASE)
_LINE_BREAK: Final = Pattern(r"[ \t,]*[\r\n]+[ \t]*")
_ADDRESS_LINES: Final = 6

# Parts of words that never mean "active"; the first one found counts.
_STATUSES: Final = (
    ("revok", LicenseStatus.REVOKED),
    ("cancel", LicenseStatus.CANCELLED),
    ("susp", LicenseStatus.SUSPENDED),
    ("expired", LicenseStatus.EXPIRED),
    ("inactive", LicenseStatus.INACTIVE),
)


def line_of(most: int) -> Callable[[str], str | Code]:
    """A reader of one line of text, of at most so many code points."""
    field = Field(name="line", max_length=most)

    def line(cell: str) -> str | Code:
        return read_line(cell, field) if len(cell) <= most else Code.TOO_LONG

    return line


def name(cell: str) -> str | Code:
    """The name of a person or business."""
    if len(cell) > _NAME.max_length:
        return Code.TOO_LONG
    return cell if _PLAIN_NAME.fullmatch(cell) else read_name(cell, _NAME)


def address(cell: str) -> str | Code:
    """A postal address. Its lines, where it has several, are joined by commas."""
    lines = _LINE_BREAK.split(cell)
    return _address_line(", ".join(lines)) if len(lines) <= _ADDRESS_LINES else Code.CHARACTERS


def phone(cell: str) -> str | Code:
    """A telephone number, as people write it."""
    if len(cell) > 2 * _PHONE.max_length:
        return Code.TOO_LONG
    return cell if _PLAIN_PHONE.fullmatch(cell) else read_phone(cell, _PHONE)


@lru_cache(4096)
def day(cell: str) -> date | Code:
    """A date as `2026-09-30` or `9/30/2026`; a time of day behind it is not looked at.

    Years of two digits are refused. Files repeat their dates, so those read are remembered.
    """
    if len(cell) > 40:
        return Code.DATE
    text = read_date(_TIME_OF_DAY.sub("", cell), _DAY)
    return text if isinstance(text, Code) else date.fromisoformat(text)


def status(cell: str) -> tuple[LicenseStatus, str] | Code:
    """A board's word and what it means. Only `active` is active; a word that nobody knows is `UNKNOWN`."""
    text = _status_line(cell)
    if isinstance(text, Code):
        return text
    word = text.casefold()
    if word == LicenseStatus.ACTIVE:
        return LicenseStatus.ACTIVE, text
    return next((meant for part, meant in _STATUSES if part in word), LicenseStatus.UNKNOWN), text


def classes(cell: str) -> tuple[str, ...] | Code:
    """The classes of a license, each once, in the order of the cell."""
    parsed = parse_classes(cell)
    return parsed.code if isinstance(parsed, Problem) else parsed


def email(cell: str) -> tuple[str, str] | Code:
    """One e-mail address and its key."""
    parsed = parse_email(cell)
    return parsed.code if isinstance(parsed, Problem) else (parsed.address, parsed.key)


_NAME: Final = Field(name="name", max_length=200)
_PHONE: Final = Field(name="phone", max_length=40)
_DAY: Final = Field(name="day", max_length=10)
_address_line: Final = line_of(300)
_status_line: Final = line_of(100)
