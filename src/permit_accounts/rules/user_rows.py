"""One row of an earlier portal's users, read by the rules that read a registration.

What decides who somebody is (type, name, address, password hash, and what the old portal had confirmed) must
be right, or the row is refused. What they told of themselves is left out where its field cannot hold it:
nobody loses an account because of a telephone number. Nothing that an old portal did not ask for is missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Problem
from permit_accounts.model.secret import Secret
from permit_accounts.model.users import UserReason
from permit_accounts.model.values import Value
from permit_accounts.rules.account_types import SECRET_KINDS, AccountType, Chosen, Field, Kind
from permit_accounts.rules.emails import Email, parse_email
from permit_accounts.rules.forms import read_form
from permit_accounts.rules.names import Name, parse_name
from permit_accounts.rules.old_hashes import OldHash, OldHashFault, parse_old_hash
from permit_accounts.rules.policy import Policy
from permit_accounts.rules.usernames import username_problems

#: What an import understands beside the profile fields of the account types.
OWN_NAMES: Final = (
    *("username", "password_hash", "email", "email_confirmed"),
    *("account_type", "license_verified", "active", "language"),
)
#: Without these there is nothing to import.
NEEDED: Final = ("username", "password_hash")
_YES: Final = frozenset({"yes", "y", "true", "t", "1"})
_NO: Final = frozenset({"no", "n", "false", "f", "0"})


@attrs.frozen(eq=False, repr=False)
class UserFault(Value):
    """What is wrong with a row, by the name of the fact; empty where it is the whole row."""

    name: str
    reason: Code | UserReason
    params: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class UserRow(Value):
    """One user as the rules understand the row.

    Args:
        old_hash: What the old portal had; None where no password opened the account.
        as_it_came: The text of the hash, for one that can be kept as it is.
        confirmed: Whether the file says that the address had been confirmed.
        license_verified: Whether the file says that the old portal had verified who holds the license.
        active: Whether the account was open.
        left_out: Profile fields whose values were no good.
    """

    account_type: str
    name: Name
    email: Email | None
    old_hash: OldHash | None = attrs.field(repr=False)
    as_it_came: str = attrs.field(repr=False)
    confirmed: bool
    license_verified: bool
    active: bool
    language: str
    profile: Mapping[str, str]
    left_out: tuple[str, ...]


def user_names(policy: Policy) -> tuple[str, ...]:
    """All that a column may hold: what decides, and the profile fields of the city's account types."""
    fields = (field.name for kind in policy.account_types for field in _profile_fields(kind))
    return tuple(dict.fromkeys((*OWN_NAMES, *fields)))


def read_user(
    cells: Mapping[str, object], policy: Policy, default: AccountType
) -> UserRow | tuple[UserFault, ...]:
    """Read one row.

    Args:
        cells: What it says, by our own names; a name whose column the file does not have is missing.
        policy: Its account types and rules.
        default: The type of rows that name none.

    Returns:
        The user, or all that is wrong.
    """
    wrong = [
        UserFault(name, Code.NOT_TEXT)
        for name, cell in cells.items()
        if not isinstance(cell, str | Secret | None) and not (isinstance(cell, bool) and name in _FLAGS)
    ]
    texts = {name: _text(cell) for name, cell in cells.items()}
    kind = _account_type(texts.get("account_type", ""), policy, default)
    if wrong or isinstance(kind, UserFault):
        return (*wrong, *([kind] if isinstance(kind, UserFault) else []))
    email = _email(texts.get("email", ""))
    name = _name(kind, texts.get("username", ""), email, policy)
    flags = {flag: _flag(flag, texts, absent) for flag, absent in _FLAGS.items()}
    hashed = _hashed(texts.get("password_hash", ""))
    faults = [read for read in (email, *flags.values(), hashed) if isinstance(read, UserFault)]
    faults += name if isinstance(name, tuple) else ()
    if email is None and hashed is None:
        faults.append(UserFault("password_hash", UserReason.NO_WAY_IN))
    if faults:
        return tuple(faults)
    profile, left_out = _profile(kind, texts)
    assert isinstance(name, Name)
    return UserRow(
        account_type=kind.id,
        name=name,
        email=email if isinstance(email, Email) else None,
        old_hash=hashed if isinstance(hashed, OldHash) else None,
        as_it_came=texts["password_hash"].strip(),
        confirmed=flags["email_confirmed"] is True and email is not None,
        license_verified=flags["license_verified"] is True,
        active=flags["active"] is True,
        language=_language(texts.get("language", ""), policy),
        profile=profile,
        left_out=left_out,
    )


#: What is so where the file has no such column.
_FLAGS: Final[Mapping[str, bool]] = {"email_confirmed": False, "license_verified": False, "active": True}


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Secret):
        return cell.reveal()
    return cell if isinstance(cell, str) else ""


def _account_type(text: str, policy: Policy, default: AccountType) -> AccountType | UserFault:
    if not text.strip():
        return default
    kinds = {kind.id: kind for kind in policy.account_types}
    known = ", ".join(kinds)
    return kinds.get(text.strip()) or UserFault("account_type", UserReason.UNKNOWN_TYPE, {"known": known})


def _email(text: str) -> Email | UserFault | None:
    if not text.strip():
        return None
    email = parse_email(text)
    return email if isinstance(email, Email) else UserFault("email", Code.EMAIL)


def _name(
    kind: AccountType, text: str, email: Email | UserFault | None, policy: Policy
) -> Name | tuple[UserFault, ...]:
    name = parse_name(kind, text)
    if isinstance(name, Problem):
        return (UserFault("username", name.code, name.params),)
    if not isinstance(kind.username, Chosen):
        return name
    faults = tuple(
        UserFault("username", problem.code, problem.params) for problem in username_problems(text, policy)
    )
    if (
        not faults
        and "@" in name.display
        and not (isinstance(email, Email) and email.key == name.display.lower())
    ):
        return (UserFault("username", Code.USERNAME_NOT_YOUR_EMAIL),)
    return faults or name


def _flag(name: str, texts: Mapping[str, str], absent: bool) -> bool | UserFault:
    """Yes or no; an empty cell is no, but nobody is shut out or let in by an empty cell of `active`."""
    word = texts[name].strip().casefold() if name in texts else None
    if word is None:
        return absent
    if word in _YES:
        return True
    if word in _NO or (not word and name != "active"):
        return False
    return UserFault(name, UserReason.YES_OR_NO)


def _hashed(text: str) -> OldHash | UserFault | None:
    """None where there is none; Django marks a password that nobody can enter by an exclamation mark."""
    stripped = text.strip()
    if not stripped or stripped.startswith("!"):
        return None
    old = parse_old_hash(stripped)
    return UserFault("password_hash", UserReason(old.value)) if isinstance(old, OldHashFault) else old


def _language(text: str, policy: Policy) -> str:
    spoken = text.strip().casefold().partition("-")[0]
    return spoken if spoken in policy.languages else "en"


def _profile(kind: AccountType, texts: Mapping[str, str]) -> tuple[Mapping[str, str], tuple[str, ...]]:
    fields = tuple(_profile_fields(kind))
    form = read_form(fields, {field.name: texts[field.name] for field in fields if field.name in texts})
    return form.texts, tuple(problem.field for problem in form.problems)


def _profile_fields(kind: AccountType) -> Iterator[Field]:
    """Its fields but for the address on file, none of them required."""
    address = next((field for field in kind.fields if field.kind is Kind.EMAIL), None)
    for field in kind.fields:
        if field is not address and field.kind not in SECRET_KINDS:
            yield attrs.evolve(field, required=False)
