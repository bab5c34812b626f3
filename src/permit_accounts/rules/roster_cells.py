"""One cell of a roster, read by the rule that reads the same entry on a form.

Each reader takes a cell that is not blank and gives its value, or what is wrong with it. None of them
guesses, and none reads a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Final

import attrs

from permit_accounts.model.codes import Code, LicenseStatus
from permit_accounts.model.outcomes import Problem
from permit_accounts.model.roster import RowReason
from permit_accounts.model.values import Value
from permit_accounts.rules.account_types import Field
from permit_accounts.rules.characters import tidied
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
_SLASHED: Final = Pattern(r"([0-9]{1,2})/([0-9]{1,2})/[0-9]{2}(?:[0-9]{2})?", re.ASCII)
# No telephone or social security number is of this form, should the mapping name their column.
_LIKE_A_DATE: Final = Pattern(
    r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-](?:[0-9]{2}|[0-9]{4})|[0-9]{4}[/.-][0-9]{1,2}[/.-][0-9]{1,2}", re.ASCII
)
_MONTHS: Final = range(1, 13)
_LONGEST_DATE: Final = 40
_DATES_KEPT: Final = 2**14  # the days of more than forty years, in some three mebibytes
_ADDRESS_LINES: Final = 6

# Parts of words that never mean "active"; the first one found counts.
_STATUSES: Final = (
    ("revok", LicenseStatus.REVOKED),
    ("cancel", LicenseStatus.CANCELLED),
    ("susp", LicenseStatus.SUSPENDED),
    ("expired", LicenseStatus.EXPIRED),
    ("inactive", LicenseStatus.INACTIVE),
)


@attrs.frozen(eq=False, repr=False)
class CellFault(Value):
    """What is wrong with a cell, and what the placeholders of its text stand for."""

    reason: Code | RowReason
    params: Mapping[str, str] = attrs.field(factory=dict)


def line_of(most: int) -> Callable[[str], str | CellFault]:
    """A reader of one line of text, of at most so many code points."""
    field = Field(name="line", max_length=most)

    def line(cell: str) -> str | CellFault:
        return _ruled(read_line, cell, field) if len(cell) <= most else _too_long(field)

    return line


def name(cell: str) -> str | CellFault:
    """The name of a person or business."""
    if len(cell) > _NAME.max_length:
        return _too_long(_NAME)
    return cell if _PLAIN_NAME.fullmatch(cell) else _ruled(read_name, cell, _NAME)


def address(cell: str) -> str | CellFault:
    """A postal address. Its lines, where it has several, are joined by commas."""
    lines = _LINE_BREAK.split(cell)
    return _address_line(", ".join(lines)) if len(lines) <= _ADDRESS_LINES else CellFault(Code.CHARACTERS)


def phone(cell: str) -> str | CellFault:
    """A telephone number, as people write it."""
    if len(cell) > 2 * _PHONE.max_length:
        return _too_long(_PHONE)
    return cell if _PLAIN_PHONE.fullmatch(cell) else _ruled(read_phone, cell, _PHONE)


@lru_cache(_DATES_KEPT)
def day(cell: str) -> date | CellFault:
    """A date as `2026-09-30` or `9/30/2026`; a time of day behind it is not looked at.

    Years of two digits are refused. Files repeat their dates, so those read are remembered.
    """
    if len(cell) > _LONGEST_DATE:
        return CellFault(Code.DATE)
    text = _ruled(read_date, _TIME_OF_DAY.sub("", cell), _DAY)
    if isinstance(text, CellFault):
        return CellFault(text.reason, {**text.params, **_quoted(cell)})
    return date.fromisoformat(text)


def is_day_first(cell: str) -> bool:
    """Whether this can only be a date with its day before its month, such as `30/9/2026`."""
    # Cost: a roster has a million dates, and this is asked of each. Two digits above 12 come first, or none.
    if cell[2:3] != "/" or cell[:2] <= "12":
        return False
    first, second = _slashed(cell)
    return first not in _MONTHS and second in _MONTHS


def day_in_doubt(line: int) -> Callable[[str], date | CellFault]:
    """A reader of dates in a column of which some have the day first: `9/11/2021` may then be either day.

    Args:
        line: Where the file shows it.
    """

    def doubting_day(cell: str) -> date | CellFault:
        first, second = _slashed(cell)
        is_either = first in _MONTHS and second in _MONTHS and first != second
        if is_either:
            return CellFault(RowReason.DATE_IN_DOUBT, {"line": str(line), **_quoted(cell)})
        return day(cell)

    return doubting_day


def status(cell: str) -> tuple[LicenseStatus, str] | CellFault:
    """A board's word and what it means. Only `active` is active; a word that nobody knows is `UNKNOWN`."""
    text = _status_line(cell)
    if isinstance(text, CellFault):
        return text
    word = text.casefold()
    if word == LicenseStatus.ACTIVE:
        return LicenseStatus.ACTIVE, text
    return next((meant for part, meant in _STATUSES if part in word), LicenseStatus.UNKNOWN), text


def classes(cell: str) -> tuple[str, ...] | CellFault:
    """The classes of a license, each once, in the order of the cell."""
    parsed = parse_classes(cell)
    return CellFault(parsed.code, parsed.params) if isinstance(parsed, Problem) else parsed


def email(cell: str) -> tuple[str, str] | CellFault:
    """One e-mail address and its key."""
    parsed = parse_email(cell)
    if isinstance(parsed, Problem):
        return CellFault(parsed.code, parsed.params)
    return parsed.address, parsed.key


def _ruled(rule: Callable[[str, Field], str | Code], cell: str, field: Field) -> str | CellFault:
    """What a rule of the forms makes of the cell."""
    read = rule(cell, field)
    if read is Code.TOO_LONG:
        return _too_long(field)
    return CellFault(read) if isinstance(read, Code) else read


def _too_long(field: Field) -> CellFault:
    return CellFault(Code.TOO_LONG, {"max": str(field.max_length)})


def _quoted(cell: str) -> dict[str, str]:
    """The day as the cell writes it, for whoever mends the file; nothing where it is written like no date."""
    text = _TIME_OF_DAY.sub("", cell)
    return {"written": text} if _LIKE_A_DATE.fullmatch(text) else {}


def _slashed(cell: str) -> tuple[int, int]:
    """The first two numbers of a date such as `9/30/2026`; zeros where it is written otherwise."""
    match = None
    if len(cell) <= _LONGEST_DATE:
        match = _SLASHED.fullmatch(tidied(_TIME_OF_DAY.sub("", cell)))
    return (int(match[1]), int(match[2])) if match is not None else (0, 0)


_NAME: Final = Field(name="name", max_length=200)
_PHONE: Final = Field(name="phone", max_length=40)
_DAY: Final = Field(name="day", max_length=10)
_address_line: Final = line_of(300)
_status_line: Final = line_of(100)
