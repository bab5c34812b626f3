"""Confirm a mailbox: the one given at registration, or the new one of a change.

A first confirmation must not hand an account to whoever typed somebody else's address. So it takes proof that
the person behind the mailbox is also behind the account: a live session of it, its password, or a new
password, which ends everything that was open before.
"""

from __future__ import annotations

from datetime import datetime

from permit_accounts.model.codes import Code, EventName, Purpose, Reason
from permit_accounts.model.outcomes import EmailConfirmed, Problem, Refused, SignedInAs, refused
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account, OneTimeToken
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Add, Change, Remove, Replace
from permit_accounts.rules import passwords
from permit_accounts.tools import (
    addresses,
    admission,
    audit,
    messages,
    new_passwords,
    reauthentication,
    refusals,
    sessions,
    tokens,
)
from permit_accounts.tools.presenting import presented_confirmation
from permit_accounts.tools.services import Services


def confirm_email(
    s: Services,
    *,
    token: Secret,
    session_token: Secret | None,
    password: Secret | None,
    new_password: Secret | None,
    visitor: Visitor,
) -> EmailConfirmed | Refused:
    """Confirm the address that this token was mailed to: that one, whatever was typed since.

    Args:
        session_token: A live session of the same account proves the person; a change of address replaces
            it and ends all others.
        password: The account's password proves the person too.
        new_password: Sets one instead and erases question, answer and trusted devices. Not once the address
            is confirmed: whoever has forgotten the password then chooses Forgot Password.
    """
    now = s.now()
    presented = presented_confirmation(s, token, now=now)
    if presented is None:
        return refusals.dead_link(s, EventName.CONFIRMATION_REFUSED, now=now, visitor=visitor)
    link, account = presented
    signed_in = _own_session(s, account, session_token, now=now)

    if link.purpose is Purpose.CHANGE_EMAIL:
        return _changed(s, link, account, signed_in, visitor, now=now)
    if account.email_confirmed_at is not None and new_password is None:
        return EmailConfirmed(account=account)
    if account.email_confirmed_at is not None or link.sent_to != account.email:
        return refused(Code.LINK_INVALID)
    if new_password is not None:
        return _taken_over(s, link, account, new_password, visitor, now=now)
    if signed_in is None and (password is None or not reauthentication.is_password(s, account, password)):
        code = Code.PASSWORD_AGAIN if password is None else Code.WRONG_CREDENTIALS
        cause = None if password is None else Reason.WRONG_PASSWORD
        return _refusing(s, account, Problem(code, "password"), now=now, visitor=visitor, cause=cause)
    return _confirmed(s, account, visitor, now=now)


def _own_session(
    s: Services, account: Account, session_token: Secret | None, *, now: datetime
) -> SignedInAs | None:
    """The live session given, where it is this very account's."""
    signed_in = sessions.present(s, session_token, now=now) if session_token is not None else None
    if signed_in is None or signed_in.account.id != account.id:
        return None
    return signed_in


def _confirmed(s: Services, account: Account, visitor: Visitor, *, now: datetime) -> EmailConfirmed | Refused:
    """The mailbox is the person's: nothing that is open is ended. The link may be opened again in vain."""
    owned = addresses.claimed(s, account, account.email_key, now=now)
    if owned is None:
        return _address_taken(s, account, visitor, now=now)
    ready = account.with_confirmed_email(now)
    s.store.commit(
        Replace(account, ready),
        *owned,
        audit.event(s, EventName.EMAIL_CONFIRMED, at=now, account=ready, visitor=visitor),
    )
    return EmailConfirmed(account=ready)


def _taken_over(
    s: Services,
    link: OneTimeToken,
    account: Account,
    new_password: Secret,
    visitor: Visitor,
    *,
    now: datetime,
) -> EmailConfirmed | Refused:
    """The mailbox's owner did not know the password, so whoever did loses everything."""
    problems = new_passwords.problems(s, account, new_password)
    if problems:
        return _refusing(s, account, *problems, now=now, visitor=visitor, cause=Reason.INVALID_FORM)
    owned = addresses.claimed(s, account, account.email_key, now=now)
    if owned is None:
        return _address_taken(s, account, visitor, now=now)
    ready = (
        account.with_password(s.hasher.hash(passwords.normalized_password(new_password)))
        .with_question(None, None)
        .with_untrusted_devices(now)
        .with_confirmed_email(now)
    )
    s.store.commit(
        Remove(link),
        Replace(account, ready),
        *owned,
        *messages.to_account(s, "password-reset", ready, now=now),
        audit.event(s, EventName.EMAIL_CONFIRMED, at=now, account=ready, visitor=visitor),
    )
    return EmailConfirmed(account=ready)


def _changed(
    s: Services,
    link: OneTimeToken,
    account: Account,
    signed_in: SignedInAs | None,
    visitor: Visitor,
    *,
    now: datetime,
) -> EmailConfirmed | Refused:
    """The new address is on file; the old one gets a link that takes it back, good for a week."""
    new_address = link.sent_to or ""
    new_key = addresses.key_of(new_address)
    owned = addresses.claimed(s, account, new_key, now=now)
    if owned is None:
        return _address_taken(s, account, visitor, now=now)
    ready = account.with_email(new_address, new_key, confirmed_at=now)
    changes: list[Change] = [
        Remove(link),
        Replace(account, ready),
        *owned,
        *addresses.set_aside(s, account, new_key, now=now),
        *_letters(s, account, ready, now=now),
        audit.event(s, EventName.EMAIL_CHANGED, at=now, account=ready, visitor=visitor),
    ]
    if signed_in is None:
        s.store.commit(*changes)
        return EmailConfirmed(account=ready)
    session, replacing = admission.replaced(s, ready, signed_in.session, now=now, password_entered=False)
    s.store.commit(*changes, *replacing)
    return EmailConfirmed(
        account=ready,
        signed_in=admission.still_signed_in(s, ready, session, visitor=visitor, now=now),
    )


def _letters(s: Services, account: Account, ready: Account, *, now: datetime) -> tuple[Change, ...]:
    told = messages.to_account(s, "email-changed-new", ready, now=now)
    if account.email is None:
        return told
    cancel = tokens.issue(
        s,
        ready,
        Purpose.CANCEL_EMAIL_CHANGE,
        now=now,
        ttl=s.policy.cancel_email_ttl,
        sent_to=account.email,
    )
    old = messages.to_address(s, "email-changed", account.email, account, now=now, tokens=(cancel,))
    return (*tokens.surplus_cancel_links(s, ready), Add(cancel), old, *told)


def _address_taken(s: Services, account: Account, visitor: Visitor, *, now: datetime) -> Refused:
    taken = Problem(Code.EMAIL_TAKEN, "email")
    return _refusing(s, account, taken, now=now, visitor=visitor, cause=Reason.EMAIL_TAKEN)


def _refusing(
    s: Services,
    account: Account,
    *problems: Problem,
    now: datetime,
    visitor: Visitor,
    cause: Reason | None,
) -> Refused:
    event = EventName.CONFIRMATION_REFUSED
    return refusals.refusing(s, event, *problems, now=now, visitor=visitor, account=account, cause=cause)
