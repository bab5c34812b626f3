"""Why somebody cannot sign in, read from the records: each obstacle with what staff can do about it.

The library tells the person at the door as little as it must. Whoever works at the desk has proved to be
staff and is told everything, but no secret: not whether a password that was tried is nearly right.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import attrs

from permit_accounts.cli.shown import moment
from permit_accounts.model.codes import EventName, NameState, Standing
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account, AuditEvent, Identifier, License
from permit_accounts.rules import setup
from permit_accounts.tools import lookups, throttle
from permit_accounts.tools.gates import look_around
from permit_accounts.tools.services import Services

_SIGN_INS: Final = frozenset(
    {EventName.SIGN_IN_REFUSED, EventName.SIGN_IN_WAITING, EventName.SIGNED_IN, EventName.SETUP_STARTED}
)
_LOOKED_AT: Final = 50


@attrs.frozen(kw_only=True)
class Obstacle:
    """One thing about an account.

    Args:
        id: A word for programs.
        stops: Whether it keeps the person out now; else it is worth knowing.
        what: How it is.
        staff_can: What staff can do, as a sentence; empty where there is nothing to do.
    """

    id: str
    stops: bool
    what: str
    staff_can: str = ""


def without_account(record: License) -> Iterator[Obstacle]:
    """A license that is known and that no account has registered."""
    if record.on_roster_since is None:
        yield Obstacle(
            id="no-account",
            stops=True,
            what="The license is known, but it is not on the roster and has no account.",
            staff_can="The person can set up an account as a new contractor.",
        )
        return
    email = record.contact.email if record.contact is not None else None
    by_mail = (
        f", or mail a set-up link to {email} (`staff activation-link`); Forgot Password mails one too."
        if email
        else ". No e-mail address is on file, so that no link can be mailed."
    )
    yield Obstacle(
        id="on-roster",
        stops=True,
        what="The license is on the roster, and nobody has finished its registration yet.",
        staff_can=f"Issue a temporary password (`staff temporary-password`){by_mail}",
    )


def of_account(s: Services, account: Account, name: Identifier | None) -> Iterator[Obstacle]:
    """Everything that stands between a right password and this account, then what is worth knowing."""
    now = s.now()
    if name is not None and name.state is not NameState.ACTIVE:
        yield Obstacle(
            id=f"name-{name.state}",
            stops=True,
            what=f"This name is {name.state}: it opens no account any more.",
            staff_can="Reopen the account (`staff reopen`), or transfer the license (`staff transfer`).",
        )
    match account.standing:
        case Standing.DISABLED:
            yield Obstacle(
                id="disabled",
                stops=True,
                what="Staff disabled the account.",
                staff_can="See why (`staff history`), and enable it again (`staff enable`).",
            )
        case Standing.CLOSED:
            yield Obstacle(
                id="closed",
                stops=True,
                what="The account was closed.",
                staff_can="Reopen it (`staff reopen`), then issue a temporary password.",
            )
        case Standing.SETUP:
            yield from _in_setup(account, now)
        case Standing.ACTIVE:
            yield from _active(s, account)
    yield from _waiting(s, account)


def last_tries(s: Services, account: Account, most: int = 5) -> list[AuditEvent]:
    """The latest attempts to sign in, newest first; why one failed stands in its cause."""
    events = lookups.events_of(s, account.id, limit=_LOOKED_AT)
    return [event for event in events if event.name in _SIGN_INS][:most]


def _in_setup(account: Account, now: datetime) -> Iterator[Obstacle]:
    link = " or mail a set-up link (`staff activation-link`)" if account.email else ""
    if account.temporary_hash is None:
        yield Obstacle(
            id="no-temporary-password",
            stops=True,
            what="Set-up is not finished, and there is no temporary password.",
            staff_can=f"Issue a temporary password (`staff temporary-password`){link}.",
        )
    elif account.temporary_until is None or account.temporary_until <= now:
        yield Obstacle(
            id="temporary-expired",
            stops=True,
            what=f"The temporary password expired on {moment(account.temporary_until)}.",
            staff_can=f"Issue a new one (`staff temporary-password`){link}.",
        )
    else:
        yield Obstacle(
            id="temporary-password",
            stops=False,
            what="Set-up is not finished. The temporary password is good until "
            f"{moment(account.temporary_until)}.",
            staff_can="It has no 0, 1, I, L or O; the account type in the drop-down must be right. "
            "If it is lost, issue a new one.",
        )


def _active(s: Services, account: Account) -> Iterator[Obstacle]:
    if account.password_hash is None:
        yield Obstacle(
            id="no-password",
            stops=True,
            what="The password is void since a change of the e-mail address was taken back.",
            staff_can="The person chooses Forgot Password, or staff mail a link (`staff activation-link`).",
        )
    if account.untrusted_closed_at is not None:
        yield Obstacle(
            id="closed-for-untrusted",
            stops=True,
            what="Too many wrong passwords came from unknown devices, so that none of them may try since "
            f"{moment(account.untrusted_closed_at)}. A device that was signed in before still may.",
            staff_can="Open it again (`staff open`), or the person chooses Forgot Password.",
        )
    unconfirmed = account.email is not None and account.email_confirmed_at is None
    if unconfirmed and not s.policy.sign_in_after_registration:
        yield Obstacle(
            id="unconfirmed",
            stops=True,
            what=f"The e-mail address {account.email} is not confirmed, which this city asks for first.",
            staff_can="The person asks for the link again on the portal. A wrong address: `staff email`.",
        )
    if setup.question_missing(account, s.policy):
        yield Obstacle(
            id="question-missing",
            stops=False,
            what="There is no security question: the next sign-in asks for one before it goes on.",
        )
    if account.email is None:
        yield Obstacle(
            id="no-email",
            stops=False,
            what="No e-mail address is on file, so that Forgot Password reaches nobody.",
            staff_can="Put one on file (`staff email`), or issue a temporary password.",
        )


def _waiting(s: Services, account: Account) -> Iterator[Obstacle]:
    keys = throttle.keys_for(s, account=account, name=account.id, visitor=Visitor())
    seen = look_around(s, s.scratch, keys, temporary_shape=False)
    shut = seen.longest_shut((seen.name,))
    if shut is None:
        return
    yield Obstacle(
        id="waiting",
        stops=account.standing is Standing.ACTIVE,
        what="After wrong passwords from unknown devices the name waits until "
        f"{moment(shut.count.waits_until)}. A temporary password need not wait.",
        staff_can="It passes by itself, and Forgot Password works meanwhile.",
    )
