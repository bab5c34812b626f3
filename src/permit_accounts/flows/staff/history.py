"""What happened: to an account, around a license, or what waits for staff. With actor and reason."""

from __future__ import annotations

from permit_accounts.model.codes import EventName, Permission
from permit_accounts.model.outcomes import History, Refused
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import AuditEvent
from permit_accounts.rules.account_types import AccountType
from permit_accounts.tools import audit, desk, lookups
from permit_accounts.tools.services import Services


def history(
    s: Services,
    actor: StaffMember,
    *,
    text: str,
    account_type: AccountType | str | None,
    limit: int,
    after: AuditEvent | None,
) -> History | Refused:
    """A page of an account's events, or of a license's where no account has it; newest first."""
    now = s.now()
    forbidden = desk.may_not(s, actor, Permission.FIND, now=now)
    if forbidden is not None:
        return forbidden
    subject = desk.subject(s, desk.Who(text, account_type))
    if isinstance(subject, Refused):
        return subject
    _, account = desk.name_and_account(s, subject)
    if account is None and subject.license_id is None:
        return desk.not_found(s, actor, subject, now=now)
    if account is not None:
        page = tuple(lookups.events_of(s, account.id, limit=limit, after=after))
    else:
        page = tuple(lookups.events_on(s, subject.license_id or "", limit=limit, after=after))
    s.store.commit(
        audit.staff_event(
            s,
            EventName.STAFF_READ_HISTORY,
            at=now,
            actor=actor,
            account=account,
            license_id=subject.license_id if account is None else None,
        )
    )
    return History(events=page, next_after=page[-1] if page and len(page) == limit else None)


def inbox(s: Services, actor: StaffMember, *, limit: int, after: AuditEvent | None) -> History | Refused:
    """A page of what staff must learn of: roster numbers that people tried to register, claims that wait,
    contacts that differ, mail that failed. Newest first."""
    now = s.now()
    forbidden = desk.may_not(s, actor, Permission.FIND, now=now)
    if forbidden is not None:
        return forbidden
    page = tuple(lookups.events_for_desk(s, now, limit=limit, after=after))
    s.store.commit(audit.staff_event(s, EventName.STAFF_READ_HISTORY, at=now, actor=actor))
    return History(events=page, next_after=page[-1] if page and len(page) == limit else None)
