"""What a signed-in person may read of their own: sessions, activity, licenses, and all as an export."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from permit_accounts.model.codes import EventName, LinkState, Reason
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.outcomes import (
    AccountExport,
    History,
    LicenseStanding,
    Refused,
)
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account, AuditEvent, LicenseLink, Session
from permit_accounts.model.secret import Secret
from permit_accounts.tools import audit, claims, lookups, reauthentication, sessions
from permit_accounts.tools.services import Services

_ALL_EVENTS: Final = 10_000
#: What anybody may ask for who knows a name: from where is nothing that the account's person is to read.
#: Nor is it where the name is theirs no more: a number that changed hands is tried by whoever has it now.
_ASKED_BY_ANYBODY: Final = frozenset(
    {
        EventName.RESET_REQUESTED,
        EventName.SETUP_LINK_SENT,
        EventName.USERNAMES_REQUESTED,
        EventName.CONFIRMATION_REQUESTED,
    }
)


def own_sessions(s: Services, *, session_token: Secret) -> tuple[Session, ...] | Refused:
    """The live sessions of the account, the newest first. Ids open nothing without the keyring."""
    now = s.now()
    present = reauthentication.signed_in(s, session_token, now=now)
    if isinstance(present, Refused):
        return present
    live = (
        session
        for session in lookups.sessions_of(s, present.account.id)
        if sessions.alive(present.account, session) and sessions.within_limits(s, session, now=now)
    )
    return tuple(sorted(live, key=lambda session: session.seen_at, reverse=True))


def activity(
    s: Services, *, session_token: Secret, limit: int, after: AuditEvent | None
) -> History | Refused:
    """A page of what happened to the account, newest first, without staff's reasons."""
    present = reauthentication.signed_in(s, session_token, now=s.now())
    if isinstance(present, Refused):
        return present
    page = lookups.events_of(s, present.account.id, limit=limit, after=after)
    events = tuple(_for_the_person(event) for event in page)
    return History(events=events, next_after=page[-1] if page and len(page) == limit else None)


def licenses(s: Services, *, account: Account) -> tuple[LicenseStanding, ...]:
    """Every claim of the account with what is known of its license."""
    return tuple(
        LicenseStanding(link=link, license=lookups.license_record(s, link.license_id))
        for link in lookups.links_of(s, account.id)
    )


def verified_licenses(s: Services, *, account: Account) -> tuple[LicenseId, ...]:
    """The licenses that the account is verified to hold: what an application gates by. # Cost: one read."""
    return tuple(
        LicenseId.parse(link.license_id)
        for link in lookups.links_of(s, account.id)
        if link.state is LinkState.VERIFIED
    )


def export_account(s: Services, *, session_token: Secret, visitor: Visitor) -> AccountExport | Refused:
    """Everything kept about the person: no hash, no answer, no reason of staff."""
    now = s.now()
    present = reauthentication.recent(s, session_token, now=now)
    if isinstance(present, Refused):
        return present
    exported = _export(s, present.account)
    s.store.commit(
        audit.event(s, EventName.ACCOUNT_EXPORTED, at=now, account=present.account, visitor=visitor)
    )
    return exported


def _export(s: Services, account: Account) -> AccountExport:
    events = []
    for event in lookups.all_events_of(s, account.id):
        events.append(_exported_event(event))
        if len(events) == _ALL_EVENTS:
            break
    return AccountExport(
        account=_exported_account(account),
        names=tuple(name.id for name in lookups.names_of(s, account.id)),
        licenses=tuple(_exported_link(link) for link in lookups.links_of(s, account.id)),
        sessions=tuple(
            _exported_session(session)
            for session in lookups.sessions_of(s, account.id)
            if sessions.alive(account, session)
        ),
        events=tuple(events),
    )


def _exported_account(account: Account) -> dict[str, object]:
    return {
        "account_type": account.account_type,
        "username": account.username,
        "standing": str(account.standing),
        "email": account.email,
        "email_confirmed_at": _moment(account.email_confirmed_at),
        "security_question": account.question_id,
        "language": account.language,
        "created_at": _moment(account.created_at),
        "profile": dict(account.profile),
    }


def _exported_link(link: LicenseLink) -> dict[str, object]:
    return {
        "license": link.license_id,
        "entered": link.entered,
        "state": str(link.state),
        "since": _moment(link.since),
        "live": link.state in claims.LIVE,
    }


def _exported_session(session: Session) -> dict[str, object]:
    return {
        "device": session.device_label,
        "opened_at": _moment(session.opened_at),
        "seen_at": _moment(session.seen_at),
        "expires_at": _moment(session.expires_at),
        "remembered": session.remembered,
    }


def _exported_event(event: AuditEvent) -> dict[str, object]:
    seen = _for_the_person(event)
    return {
        "at": _moment(event.at),
        "what": str(event.name),
        "by": str(event.actor),
        "ip": seen.ip,
        "user_agent": seen.user_agent,
        "license": event.license_id,
    }


def _for_the_person(event: AuditEvent) -> AuditEvent:
    """The event without what staff wrote, who of them it was, and where a stranger asked from."""
    strangers = event.name in _ASKED_BY_ANYBODY or event.cause is Reason.NAME_RETIRED
    return AuditEvent(
        id=event.id,
        at=event.at,
        name=event.name,
        account_id=event.account_id,
        license_id=event.license_id,
        actor=event.actor,
        ip="" if strangers else event.ip,
        user_agent="" if strangers else event.user_agent,
    )


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
