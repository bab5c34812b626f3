"""Whose session this is: two reads by primary key, and every limit kept by the server's clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import attrs

from permit_accounts.model.codes import EventName, Standing
from permit_accounts.model.outcomes import SignedInAs
from permit_accounts.model.records import Account, Session
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Add, Change, Remove, Replace
from permit_accounts.tools import audit, lookups
from permit_accounts.tools.keyring import SESSION
from permit_accounts.tools.services import Services

_TOUCHES: Final = 4  # of a session within its idle limit, where somebody is at work
_MOST_ENDED: Final = 20  # sessions in one commit; each sign-in adds one


def present(s: Services, token: Secret, *, now: datetime) -> SignedInAs | None:
    """The account and session behind a session token, or None.

    None is: not sealed here as a session, signed out, past its absolute limit, idle too long, of an older
    epoch, or of an account that is not active any more. # Cost: two reads.
    """
    session_id = s.keyring.open(token, SESSION)
    if session_id is None:
        return None
    session = lookups.session(s, session_id)
    if session is None or not within_limits(s, session, now=now):
        return None
    account = lookups.account(s, session.account_id)
    if account is None or not alive(account, session):
        return None
    return _signed_in_as(s, account, session)


def within_limits(s: Services, session: Session, *, now: datetime) -> bool:
    """Whether the session is neither past its absolute limit nor idle too long, by today's policy.

    A session last seen in the future is not believed.
    """
    return session.seen_at <= now + s.policy.session_touch and now < ends_at(s, session)


def ends_at(s: Services, session: Session) -> datetime:
    """When it ends unless it is seen again before.

    A remembered session has no idle limit, for as long as the city offers to remember; where it offers that
    no more, the session is one like any other.
    """
    if _is_long(s, session):
        return session.expires_at
    return min(latest_end(s, session), session.seen_at + s.policy.session_idle)


def latest_end(s: Services, session: Session) -> datetime:
    """When it ends however often it is seen."""
    if _is_long(s, session):
        return session.expires_at
    return min(session.expires_at, session.opened_at + s.policy.session_absolute)


def alive(account: Account, session: Session) -> bool:
    """Whether the account still is what the session was opened for."""
    return account.standing is Standing.ACTIVE and account.epoch == session.epoch


def touch(s: Services, session: Session, *, now: datetime) -> Replace | None:
    """What keeps an active session from going idle; due at most every few minutes.

    And four times within the idle limit, however short that is: else somebody at work would be signed out.
    """
    if now - session.seen_at < min(s.policy.session_touch, s.policy.session_idle / _TOUCHES):
        return None
    return Replace(session, attrs.evolve(session, seen_at=now))


def seen(s: Services, signed_in: SignedInAs, *, now: datetime) -> SignedInAs:
    """The same once the store has taken what `touch` gave."""
    return _signed_in_as(s, signed_in.account, attrs.evolve(signed_in.session, seen_at=now))


def surplus_ended(
    s: Services, opened: Session, kept: Iterable[Session], *, now: datetime
) -> tuple[Change, ...]:
    """What ends the sessions that make way for one just opened (ASVS 5.0, 7.1.2), if any must.

    Dead ones make way before live ones, however lately they were seen; then those seen longest ago. Never the
    one just opened, even where the clock was set back and it looks like the oldest.
    """

    def lives(session: Session) -> bool:
        return session.epoch == opened.epoch and within_limits(s, session, now=now)

    others = sorted(
        (session for session in kept if session.id != opened.id),
        key=lambda session: (lives(session), session.seen_at),
    )
    surplus = others[: max(0, len(others) + 1 - s.policy.max_sessions)][:_MOST_ENDED]
    live = sum(map(lives, surplus))
    return (
        *(Remove(session) for session in surplus),
        *((_excess(s, opened.account_id, live, now=now),) if live else ()),
    )


def is_fresh(s: Services, session: Session, *, now: datetime) -> bool:
    """Whether the password was entered recently enough for a sensitive act (ASVS 5.0, 7.5.1)."""
    return now - session.password_entered_at <= s.policy.reauth_window


def _signed_in_as(s: Services, account: Account, session: Session) -> SignedInAs:
    return SignedInAs(
        account=account, session=session, ends_at=ends_at(s, session), latest_end=latest_end(s, session)
    )


def _is_long(s: Services, session: Session) -> bool:
    """Whether it has no idle limit."""
    return session.remembered and s.policy.remember_me


def _excess(s: Services, account_id: str, count: int, *, now: datetime) -> Add:
    """What is put on record where sessions were ended that somebody could still have used."""
    return audit.system_event(
        s, EventName.EXCESS_SESSIONS_ENDED, at=now, account_id=account_id, params={"count": str(count)}
    )
