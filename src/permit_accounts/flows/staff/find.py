"""Find somebody by license number, username or e-mail address: exact, audited, without any hash."""

from __future__ import annotations

from datetime import datetime

import attrs

from permit_accounts.model.codes import Code, EventName, Permission
from permit_accounts.model.outcomes import Found, Refused, refused
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import Account
from permit_accounts.tools import audit, desk, lookups
from permit_accounts.tools.services import Services


def find(
    s: Services, *, actor: StaffMember, subjects: tuple[desk.Subject, ...], email_key: str | None
) -> tuple[Found, ...] | Refused:
    """Every account or roster license that is meant.

    Args:
        subjects: The names that the text can stand for.
        email_key: The mailbox that the text can stand for.
    """
    now = s.now()
    forbidden = desk.may_not(s, actor, Permission.FIND, now=now)
    if forbidden is not None:
        return forbidden
    found = [hit for subject in subjects if (hit := _named(s, subject)) is not None]
    seen = {hit.account.id for hit in found if hit.account is not None}
    if email_key is not None:
        accounts = lookups.accounts_with_email(s, email_key, limit=50)
        found += [_shown(s, account) for account in accounts if account.id not in seen]
    _told(s, actor, found, now=now)
    return tuple(found) if found else refused(Code.STAFF_NOT_FOUND)


def _named(s: Services, subject: desk.Subject) -> Found | None:
    _, account = desk.name_and_account(s, subject)
    record = lookups.license_record(s, subject.license_id) if subject.license_id is not None else None
    if account is not None:
        return attrs.evolve(_shown(s, account), license=record)
    if record is None:
        return None
    return Found(license=record, account=None, links=lookups.links_on(s, record.id))


def _shown(s: Services, account: Account) -> Found:
    links = lookups.links_of(s, account.id)
    record = lookups.license_record(s, links[0].license_id) if links else None
    return Found(
        license=record,
        account=desk.without_hashes(account),
        names=lookups.names_of(s, account.id),
        links=links,
    )


def _told(s: Services, actor: StaffMember, found: list[Found], *, now: datetime) -> None:
    """Reads are audited without a reason (ASVS 5.0, 16.3.2); the event names everybody who was shown."""
    first = found[0] if found else None
    shown = [hit.account.id for hit in found if hit.account is not None]
    s.store.commit(
        audit.staff_event(
            s,
            EventName.STAFF_FOUND,
            at=now,
            actor=actor,
            account=first.account if first is not None else None,
            license_id=first.license.id if first is not None and first.license is not None else None,
            params={"found": str(len(found))} | ({"accounts": " ".join(shown)} if shown[1:] else {}),
        )
    )
