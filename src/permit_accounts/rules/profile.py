"""What a person says about themself: one reading rule for each kind of field.

A rule takes the text as typed, already measured, and gives it back tidied, or tells what is wrong. All
of them refuse line breaks, control characters and whatever else cannot be seen, since these texts are shown
to staff, written to spreadsheets and printed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Problem
from permit_accounts.rules.account_types import Field, Kind
from permit_accounts.rules.characters import is_plain_line, tidied
from permit_accounts.rules.emails import parse_email
from permit_accounts.rules.licenses import parse_classes
from permit_accounts.rules.patterns import Pattern
from permit_accounts.rules.questions import QUESTIONS

Rule = Callable[[str, Field], str | Code | Problem]

#: Characters of markup and templates; names and addresses do without them.
_MARKUP: Final = frozenset("<>{}[]\\|^~`")
#: Something dotted without a space, a scheme, or an at sign: what mail programs turn into a link.
_LINK: Final = Pattern(
    r"://|@|\bwww\.|\bhttps?\b|[^\W_][\w-]*\.[^\W\d_]{2,}|\b\d{1,3}(?:\.\d{1,3}){3}\b", re.IGNORECASE
)
#: A capital, a dot and another capital: the dot of an initial, as in "J.R.Poe".
_INITIAL: Final = Pattern(r"(?<![\w-])([^\W\d_])\.(?=([^\W\d_]))")
_DOTS: Final = str.maketrans("\u3002\uff0e\uff61\u2024", "....")
_HYPHENS: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_PHONE: Final = Pattern(
    r"(?P<number>\+?[0-9(][0-9(). -]*[0-9)])(?: ?(?:x|ext\.?|#) ?[0-9]{1,6})?", re.ASCII | re.IGNORECASE
)
#: Digits of a telephone number: a North American local number, up to ITU-T E.164.
_PHONE_DIGITS: Final = range(7, 16)
_ZIP: Final = Pattern(r"([0-9]{5})(?:[- ]?([0-9]{4}))?", re.ASCII)
_ISO_DATE: Final = Pattern(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_US_DATE: Final = Pattern(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", re.ASCII)
_YEARS: Final = range(1900, 2200)


def read_line(text: str, field: Field) -> str | Code:
    """A line of text: tidied, within its length, no markup and nothing invisible."""
    line = tidied(text)
    if len(line) > field.max_length:
        return Code.TOO_LONG
    return line if is_plain_line(line) and _MARKUP.isdisjoint(line) else Code.CHARACTERS


def read_name(text: str, field: Field) -> str | Code:
    """The name of a person or business: a line of text that no mail program would make a link of."""
    line = read_line(text, field)
    if isinstance(line, Code):
        return line
    plain = _INITIAL.sub(_without_dot, unicodedata.normalize("NFKC", line).translate(_DOTS))
    return Code.LOOKS_LIKE_LINK if _LINK.search(plain) else line


def read_phone(text: str, field: Field) -> str | Code:
    """A telephone number, kept as the person writes it: 7 to 15 digits, an extension if there is one."""
    line = tidied(unicodedata.normalize("NFKC", text).translate(_HYPHENS))
    if len(line) > field.max_length:
        return Code.TOO_LONG
    match = _PHONE.fullmatch(line)
    if match is None or sum(map(str.isdigit, match["number"])) not in _PHONE_DIGITS:
        return Code.PHONE
    return line


def read_postal_code(text: str, field: Field) -> str | Code:
    """A ZIP code of the United States: five digits, or nine as `90069-1234`."""
    match = _ZIP.fullmatch(tidied(text).translate(_HYPHENS))
    if match is None:
        return Code.POSTAL_CODE
    return match[1] if match[2] is None else f"{match[1]}-{match[2]}"


def read_date(text: str, field: Field) -> str | Code:
    """A day, as `2027-01-31` or as `1/31/2027`, kept in the first form."""
    line = tidied(text)
    if match := _ISO_DATE.fullmatch(line):
        year, month, day = int(match[1]), int(match[2]), int(match[3])
    elif match := _US_DATE.fullmatch(line):
        year, month, day = int(match[3]), int(match[1]), int(match[2])
    else:
        return Code.DATE
    try:
        return date(year, month, day).isoformat() if year in _YEARS else Code.DATE
    except ValueError:
        return Code.DATE


def read_choice(text: str, field: Field) -> str | Code:
    """One of the field's own words."""
    word = text.strip()
    return word if word in field.choices else Code.CHOICE


def read_question(text: str, field: Field) -> str | Code:
    """The id of a question of the catalog; nobody writes questions of their own."""
    question_id = text.strip()
    return question_id if question_id in QUESTIONS else Code.QUESTION


def read_email(text: str, field: Field) -> str | Code:
    """One e-mail address, in the form it is written to."""
    email = parse_email(text)
    if isinstance(email, Problem):
        return email.code
    return email.address if len(email.address) <= field.max_length else Code.TOO_LONG


def read_classes(text: str, field: Field) -> str | Code | Problem:
    """License classifications in their normal form, such as `B, C-10`."""
    line = tidied(text)
    if len(line) > field.max_length:
        return Code.TOO_LONG
    classes = parse_classes(line)
    return classes if isinstance(classes, Problem) else ", ".join(classes)


def _without_dot(initial: re.Match[str]) -> str:
    return "" if initial[1].isupper() and initial[2].isupper() else initial[0]


#: Which rule reads which kind. Secrets are read by rules of their own and never tidied.
RULES: Final[Mapping[Kind, Rule]] = MappingProxyType(
    {
        Kind.NAME: read_name,
        Kind.TEXT: read_line,
        Kind.PHONE: read_phone,
        Kind.POSTAL_CODE: read_postal_code,
        Kind.DATE: read_date,
        Kind.CHOICE: read_choice,
        Kind.EMAIL: read_email,
        Kind.USERNAME: read_line,
        Kind.LICENSE: read_line,
        Kind.CLASSES: read_classes,
        Kind.QUESTION: read_question,
    }
)
