"""From typed text to the id of a name: the one way, for registration, sign-in, reset, counts and import.

Whoever types a name in another case, with white space around it or with the board's label before the number
means the same name; only here is that decided.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import attrs

from permit_accounts.model.codes import Code
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.names import LICENSE, name_id
from permit_accounts.model.outcomes import Problem
from permit_accounts.model.values import Value
from permit_accounts.rules.account_types import AccountType, Chosen, CityNumber, LicenseNumber
from permit_accounts.rules.licenses import FORMATS, parse_license
from permit_accounts.rules.patterns import Pattern
from permit_accounts.rules.policy import Policy
from permit_accounts.rules.usernames import username_key

#: Longer texts, in code points, are not read as a number at all.
_READ_AT_MOST: Final = 256
_CITY_NUMBER_AT_MOST: Final = 64
_SHOWN: Final = Pattern(r"[A-Za-z0-9._@+-]{1,64}", re.ASCII)
_NUMBER_SEPARATORS: Final = Pattern(r"[ \u2010-\u2015\u2212-]+")


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Name(Value):
    """A name as it is kept and shown.

    Args:
        id: The id of its `Identifier`, such as `public:ann` or `license:us-ca-cslb:1012345`.
        display: How it is shown: as typed for a chosen username, else the canonical number.
        license: The license that it names, where it does.
    """

    id: str
    display: str
    license: LicenseId | None = None


def parse_name(account_type: AccountType, text: str) -> Name | Problem:
    """The name that this text means for this type of account.

    A chosen username always has an id, if only one that nobody can register; whether it may be registered
    is for `username_problems` to say.

    Args:
        account_type: Whose rule reads the text.
        text: Anything at all; over-long texts cost nothing.

    Returns:
        The name, or what is wrong with the text, in the field `username`.
    """
    if not text or text.isspace():
        return Problem(Code.REQUIRED, "username")
    rule = account_type.username
    if isinstance(rule, Chosen):
        return _chosen(rule, text)
    if isinstance(rule, LicenseNumber):
        return _license(rule, text)
    return _city_number(rule, text)


def _chosen(rule: Chosen, text: str) -> Name:
    key = username_key(text)
    typed = text.strip()
    return Name(id=name_id(rule.prefix, key), display=typed if _SHOWN.fullmatch(typed) else key)


def _license(rule: LicenseNumber, text: str) -> Name | Problem:
    if len(text) > _READ_AT_MOST:
        return Problem(Code.LICENSE, "username")
    parsed = parse_license(text, rule.authorities)
    if isinstance(parsed, Problem):
        return attrs.evolve(parsed, field="username")
    return Name(
        id=name_id(LICENSE, str(parsed)), display=license_shown(parsed, rule.authorities), license=parsed
    )


def boards_of(type_id: str, policy: Policy) -> tuple[str, ...]:
    """The boards whose numbers sign in to accounts of this type; beside a chosen name, any of the city's.

    Of a type that the city gave up, whose accounts remain, no rule is known any more.
    """
    rule = {kind.id: kind.username for kind in policy.account_types}.get(type_id)
    return rule.authorities if isinstance(rule, LicenseNumber) else policy.authorities


def license_spellings(license_id: LicenseId) -> tuple[str, ...]:
    """All that an account may be called by for this license: the number, alone or led by a board, or the id.

    The id is understood everywhere, and is for boards whose name nobody writes before a number.
    """
    known = FORMATS.get(license_id.authority)
    boards = () if known is None else (known.board, *known.labels)
    return (license_id.number, *(f"{board} {license_id.number}" for board in boards), str(license_id))


def license_shown(license_id: LicenseId, authorities: Sequence[str]) -> str:
    """A license as a username: `1012345`, and `NSCB 0012345` where bare digits could be another board's too.

    What is shown is typed again at the next sign-in, and must then mean this license.

    Args:
        license_id: Whose name it is.
        authorities: The boards whose numbers are taken.
    """
    meant = (text for text in license_spellings(license_id) if parse_license(text, authorities) == license_id)
    return next(meant, license_id.number)


def _city_number(rule: CityNumber, text: str) -> Name | Problem:
    if len(text) <= _READ_AT_MOST:
        number = _NUMBER_SEPARATORS.sub("", unicodedata.normalize("NFKC", text.strip()))
        if _is_number(number) and re.fullmatch(rule.pattern, number.upper(), re.ASCII):
            return Name(id=name_id(rule.prefix, number.upper()), display=number.upper())
    return Problem(Code.NUMBER_PATTERN, "username")


def _is_number(text: str) -> bool:
    return len(text) <= _CITY_NUMBER_AT_MOST and text.isascii() and text.isprintable()
