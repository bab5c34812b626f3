"""Whom the desk finds under a text: by license number, username or e-mail address, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import attrs

from permit_accounts.model.codes import EventName
from permit_accounts.model.outcomes import Refused
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import Account, Identifier, License
from permit_accounts.model.values import Value
from permit_accounts.ports import Add
from permit_accounts.rules.account_types import AccountType
from permit_accounts.rules.emails import Email, parse_email
from permit_accounts.rules.forms import not_text
from permit_accounts.rules.names import Name
from permit_accounts.tools import audit, desk, lookups
from permit_accounts.tools.services import Services

#: So many accounts of one mailbox are shown.
_MAILBOX: Final = 50


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AccountHit(Value):
    """An account that is meant.

    Args:
        account: The account that has the name or last had it.
        name: The name, in whatever state; None where the text is the e-mail address on file.
        license: What is known of the license that the name is.
    """

    account: Account
    name: Identifier | None = None
    license: License | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class LicenseHit(Value):
    """A license that is known here and that no account has, and the type that could have it."""

    license: License
    account_type: AccountType


def hits(
    s: Services, text: str, account_type: AccountType | str | None
) -> tuple[AccountHit | LicenseHit, ...] | Refused:
    """Everybody who is meant, each once: by name first, then by mailbox."""
    wrong = not_text(text=text)
    if wrong is not None:
        return wrong
    found: dict[str, AccountHit | LicenseHit] = {}
    for kind, name in desk.readings(s.policy, text, account_type):
        hit = _named(s, kind, name) if isinstance(name, Name) else None
        if hit is not None:
            found.setdefault(_whose(hit), hit)
    email = parse_email(text)
    if isinstance(email, Email):
        for account in lookups.accounts_with_email(s, email.key, _MAILBOX):
            found.setdefault(account.id, AccountHit(account=account))
    return tuple(found.values())


def looked_up(
    s: Services, actor: StaffMember, shown: Sequence[AccountHit | LicenseHit], *, now: datetime
) -> Add:
    """The event of a search: reads are audited without a reason (ASVS 5.0, 16.3.2), with everybody shown."""
    accounts = [hit.account for hit in shown if isinstance(hit, AccountHit)]
    first = shown[0] if shown else None
    everybody = {"accounts": " ".join(account.id for account in accounts)} if accounts[1:] else {}
    return audit.staff_event(
        s,
        EventName.STAFF_FOUND,
        at=now,
        actor=actor,
        account=first.account if isinstance(first, AccountHit) else None,
        license_id=first.license.id if first is not None and first.license is not None else None,
        params={"found": str(len(shown))} | everybody,
    )


def _named(s: Services, kind: AccountType, name: Name) -> AccountHit | LicenseHit | None:
    kept = lookups.identifier(s, name.id)
    account = lookups.account(s, kept.account_id) if kept is not None else None
    record = lookups.license_record(s, str(name.license)) if name.license is not None else None
    if account is not None:
        return AccountHit(account=account, name=kept, license=record)
    return LicenseHit(license=record, account_type=kind) if record is not None else None


def _whose(hit: AccountHit | LicenseHit) -> str:
    return hit.account.id if isinstance(hit, AccountHit) else hit.license.id
