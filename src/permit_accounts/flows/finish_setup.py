"""Finish set-up: the forced page after a temporary password, or behind the mailed set-up link.

One commit spends the token, sets password, question and every field still missing, confirms what the channel
confirms, and signs the person in. Either all of it happened or the token is still good.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import attrs

from permit_accounts.model.codes import Code, EventName, LinkState, Purpose, Reason
from permit_accounts.model.outcomes import Problem, Refused, SignedIn
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account, OneTimeToken
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Add, Change, Remove, Replace
from permit_accounts.rules import temporary
from permit_accounts.rules.registration import Registration, read_setup
from permit_accounts.tools import (
    addresses,
    admission,
    audit,
    claims,
    messages,
    new_passwords,
    refusals,
    tokens,
)
from permit_accounts.tools.presenting import presented_setup
from permit_accounts.tools.services import Services


def finish_setup(
    s: Services, *, token: Secret, form: Mapping[str, object], language: str, visitor: Visitor
) -> SignedIn | Refused:
    """Take exactly the fields that `open_setup` named, and sign the person in.

    A refused form spends nothing and renews the grant (ASVS 5.0, 2.3.1; WCAG 2.2, 2.2.1). Staff began most of
    these accounts without knowing the person's language: from here on it is the one that the form was in.
    """
    now = s.now()
    presented = presented_setup(s, token, now=now)
    if presented is None:
        expired = Problem(Code.SETUP_EXPIRED, params={"phone": s.policy.support_phone})
        return refusals.refusing(
            s, EventName.SETUP_REFUSED, expired, now=now, visitor=visitor, cause=Reason.DEAD_TOKEN
        )
    grant, account = presented

    account_type = s.policy.account_type(account.account_type)
    read = read_setup(account_type, grant.asks, form, s.policy, account, now.date())
    problems = (*read.problems, *_temporary_again(s, read.password)) or _answer_on_file(s, account, read)
    if problems:
        return _refused(s, grant, account, problems, now=now, visitor=visitor)

    proved = _proved_address(s, grant, account, now=now)
    ready = _ready(s, grant, account, read, now=now, proved=proved is not None)
    if language in s.policy.languages:
        ready = attrs.evolve(ready, language=language)
    confirmation = _confirmation(s, ready, now=now)
    # Where no new password was asked for, the one that made the grant was entered when that was made.
    entered_at = now if "password" in grant.asks else grant.created_at
    session = admission.admit(s, ready, now=now, visitor=visitor, entered_at=entered_at)

    s.store.commit(
        Remove(grant),
        Replace(account, ready),
        *(proved or ()),
        *_verified_links(s, account, now=now),
        Add(session),
        *messages.to_account(s, "setup-finished", ready, now=now),
        *confirmation,
        audit.event(s, EventName.SETUP_FINISHED, at=now, account=ready, visitor=visitor),
    )
    return admission.signed_in(s, ready, session, now=now)


def _answer_on_file(s: Services, account: Account, read: Registration) -> tuple[Problem, ...]:
    """An answer that stays on file does not become the lasting password."""
    if not read.password or read.answer is not None:
        return ()
    return new_passwords.answer_on_file(s, account, read.password)


def _temporary_again(s: Services, password: Secret) -> tuple[Problem, ...]:
    """However it is typed, and also one that was issued before or is spent: by its shape, for no hash of
    those is kept (ASVS 5.0, 6.4.1)."""
    if temporary.temporary_symbols(password, s.policy.temporary_symbols) is None:
        return ()
    return (Problem(Code.PASSWORD_TEMPORARY, "password"),)


def _refused(
    s: Services,
    grant: OneTimeToken,
    account: Account,
    problems: tuple[Problem, ...],
    *,
    now: datetime,
    visitor: Visitor,
) -> Refused:
    renewal: tuple[Change, ...] = ()
    if grant.purpose is Purpose.SETUP_GRANT:
        longer = tokens.renewed(grant, now=now, ttl=s.policy.setup_grant, until=_last(s, grant, account))
        renewal = (Replace(grant, longer),)
    s.store.commit(
        *renewal,
        audit.event(
            s,
            EventName.SETUP_REFUSED,
            at=now,
            account=account,
            visitor=visitor,
            cause=Reason.INVALID_FORM,
        ),
    )
    return Refused(problems)


def _last(s: Services, grant: OneTimeToken, account: Account) -> datetime:
    """How long a grant may be renewed: never beyond the temporary password that it was given for."""
    in_all = grant.created_at + s.policy.setup_grant_in_all
    return min(in_all, account.temporary_until or in_all)


def _proved_address(
    s: Services, grant: OneTimeToken, account: Account, *, now: datetime
) -> tuple[Change, ...] | None:
    """What makes the address that the link was mailed to this account's; None where it proves none."""
    if grant.purpose is not Purpose.SETUP_LINK or grant.sent_to != account.email:
        return None
    return addresses.claimed(s, account, account.email_key, now=now)


def _ready(
    s: Services,
    grant: OneTimeToken,
    account: Account,
    read: Registration,
    *,
    now: datetime,
    proved: bool,
) -> Account:
    """The account with everything that was asked for."""
    ready = account.with_profile({**account.profile, **read.profile})
    if read.email is not None:
        ready = ready.with_first_email(read.email.address, read.email.key, confirmed_at=None)
    elif proved:
        ready = ready.with_confirmed_email(account.email_confirmed_at or now)
    if read.question_id is not None and read.answer is not None:
        ready = ready.with_first_question(read.question_id, s.hasher.hash(read.answer))
    if grant.purpose is Purpose.SETUP_LINK:
        # For an account that was set up before, this is a mailed reset: no device is known any longer.
        ready = ready.with_untrusted_devices(now)
    if "password" in grant.asks:
        ready = ready.with_password(s.hasher.hash(read.password))
    return ready


def _verified_links(s: Services, account: Account, *, now: datetime) -> tuple[Replace, ...]:
    """The roster licenses whose name opens this account: staff, or the channel on file, have confirmed."""
    waiting = [link for link in claims.by_name(s, account) if link.state is LinkState.PENDING]
    return tuple(
        Replace(link, link.now_in(LinkState.VERIFIED, since=now, decided_by=link.decided_by))
        for link in waiting[:5]
    )


def _confirmation(s: Services, ready: Account, *, now: datetime) -> tuple[Add, ...]:
    """A link to confirm the mailbox, where nothing has confirmed it yet."""
    if ready.email is None or ready.email_confirmed_at is not None:
        return ()
    link = tokens.issue(
        s, ready, Purpose.CONFIRM_EMAIL, now=now, ttl=s.policy.confirm_ttl, sent_to=ready.email
    )
    return (Add(link), *messages.to_account(s, "confirm-email", ready, now=now, tokens=(link,)))
