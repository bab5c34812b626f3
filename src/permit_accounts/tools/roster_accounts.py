"""The account of a roster license, made when it is first needed: by staff, or by a mail that was asked for.

The import writes licenses only. Account (in set-up), name and pending claim come into being together, filled
with what the roster knows.
"""

from __future__ import annotations

from datetime import datetime

from permit_accounts.model.codes import FactSource, LinkState, Standing
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.records import Account, BusinessFacts, Identifier, License
from permit_accounts.ports import Add, Change
from permit_accounts.rules.account_types import AccountType, LicenseNumber
from permit_accounts.rules.names import boards_of, license_shown
from permit_accounts.tools import claims
from permit_accounts.tools.services import Services


def account_type_for(s: Services, license_id: str) -> AccountType | None:
    """The first account type whose usernames are this authority's numbers."""
    authority = LicenseId.parse(license_id).authority
    for account_type in s.policy.account_types:
        rule = account_type.username
        if isinstance(rule, LicenseNumber) and authority in rule.authorities:
            return account_type
    return None


def new_account(s: Services, account_type: AccountType, record: License, *, now: datetime) -> Account:
    """An account in set-up for a license on the roster; not kept until it is committed."""
    account = Account(
        id=s.new_id(now),
        account_type=account_type.id,
        standing=Standing.SETUP,
        username=license_shown(LicenseId.parse(record.id), boards_of(account_type.id, s.policy)),
        profile=_profile(account_type, record),
        created_at=now,
    )
    return with_roster_address(account, record)


def vouched(license_id: str, business_name: str, *, now: datetime) -> License:
    """A license that no roster has: staff say that it is so, and whose it is where they know."""
    facts = BusinessFacts(name=business_name, source=FactSource.STAFF, as_of=now)
    return License(id=license_id, business=facts)


def with_roster_address(account: Account, record: License | None) -> Account:
    """The address that the license has on file now; staff's own correction stands in that same place."""
    contact = record.contact if record is not None else None
    if contact is None or contact.email is None or contact.email_key is None:
        return account
    if account.email == contact.email or account.email_confirmed_at is not None:
        return account
    return account.with_first_email(contact.email, contact.email_key, confirmed_at=None)


def name_changes(
    account: Account, license_id: str, *, now: datetime, decided_by: str | None
) -> tuple[Change, ...]:
    """What comes with a new roster account: its name, and a pending claim that finishing set-up verifies."""
    meant = LicenseId.parse(license_id, entered=account.username)
    link = claims.new_link(account.id, meant, LinkState.PENDING, since=now, decided_by=decided_by)
    return (
        Add(Identifier(id=claims.name_of(license_id), account_id=account.id, created_at=now)),
        Add(link),
    )


def _profile(account_type: AccountType, record: License) -> dict[str, str]:
    """What the roster knows, in the fields that the account type has."""
    known: dict[str, str] = {}
    if record.business is not None:
        known["business_name"] = record.business.name
        known["business_type"] = record.business.business_type
    if record.contact is not None:
        known["contact_name"] = record.contact.name
        known["phone"] = record.contact.phone
        known["address"] = record.contact.address
    if record.status is not None:
        known["license_classes"] = ", ".join(record.status.classes)
        expires_on = record.status.expires_on
        known["license_expires_on"] = expires_on.isoformat() if expires_on else ""
    if record.workers_comp is not None:
        known["workers_comp_carrier"] = record.workers_comp.carrier
        known["workers_comp_policy"] = record.workers_comp.policy_number
        until = record.workers_comp.expires_on
        known["workers_comp_expires_on"] = until.isoformat() if until else ""
    return {key: text for key, text in known.items() if text and account_type.field(key) is not None}
