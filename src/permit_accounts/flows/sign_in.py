"""Sign in: the name and the password that belongs to it, or a temporary one that opens set-up only.

Whatever is wrong, for a name known or not: two reads, the same work of hashing, one commit (ASVS 5.0, 6.3.8);
while a name waits, no read and no hash for any. What is wrong is told only to whoever knew the password.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from permit_accounts.model.codes import Code, EventName, Obstacle, Purpose, Reason, Standing
from permit_accounts.model.errors import TryAgainLater
from permit_accounts.model.outcomes import Refused, SetupRequired, SignedIn, refused
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Add, Change, Replace
from permit_accounts.rules import obstacles, passwords, setup, temporary
from permit_accounts.tools import admission, audit, lookups, messages, offering, tokens
from permit_accounts.tools.services import Services
from permit_accounts.tools.throttle import Attempt

_DAY: Final = timedelta(days=1)
#: Where a right password is told from a wrong one; whoever is shut out learns nothing from theirs.
_OPEN: Final = frozenset({Standing.ACTIVE, Standing.SETUP})


def sign_in(
    s: Services,
    *,
    name_id: str,
    password: Secret,
    remember: bool,
    visitor: Visitor,
    attempt: Attempt,
) -> SignedIn | SetupRequired | Refused:
    """Sign somebody in by name and password.

    Args:
        name_id: The canonical name, such as `license:us-ca-cslb:1012345`; one that cannot exist where the
            text was no name at all.
        password: As typed.
        remember: Whether the person ticked "Remember me".
        attempt: What the throttle made of it.
    """
    now = s.now()
    if attempt.must_wait:
        return _waiting(s, name_id, visitor, attempt, now=now)
    name = lookups.identifier(s, name_id)
    known = lookups.account_behind(s, name)
    cause = obstacles.nothing_opens(name, known)
    account = known if cause is None else None

    encoded, offered = _compared(s, account, password, attempt)
    right = _verified(s, encoded, offered)

    if attempt.past_wait and (account is None or account.standing is not Standing.SETUP):
        # As many as a stranger likes, so they stand in nobody's history.
        return _unopened(s, None, name_id, password, visitor, Reason.WAITING, now=now)
    if account is None:
        return _unopened(s, known, name_id, password, visitor, cause, now=now)
    if not right or account.standing not in _OPEN:
        return _wrong(s, account, password, visitor, attempt, now=now)
    if account.standing is Standing.SETUP:
        return _temporary(s, account, visitor, now=now)
    not_admitted = admission.refusal(s, account)
    if not_admitted is not None:
        s.store.commit(audit.event(s, EventName.SIGN_IN_REFUSED, at=now, account=account, visitor=visitor))
        return not_admitted
    if setup.question_missing(account, s.policy):
        return _question_first(s, account, _upgraded(s, account, offered), visitor, now=now)

    session = admission.admit(s, account, now=now, visitor=visitor, remember=remember)
    ready = _ready(s, account, offered, attempt)
    s.store.commit(
        *(() if ready is account else (Replace(account, ready),)),
        Add(session),
        audit.event(s, EventName.SIGNED_IN, at=now, account=account, visitor=visitor),
    )
    return admission.signed_in(s, ready, session, now=now)


def _compared(
    s: Services, account: Account | None, password: Secret, attempt: Attempt
) -> tuple[str | None, Secret]:
    """The one stored hash that this attempt is compared with (None: a decoy), and the text to compare.

    Where strangers' devices wait or are shut out, only a temporary password is compared, never a chosen
    one: else the wait would be an oracle.
    """
    symbols = temporary.temporary_symbols(password, s.policy.temporary_symbols)
    if account is not None and account.standing is Standing.SETUP:
        return (account.temporary_hash, symbols) if symbols is not None else (None, password)
    chosen = passwords.normalized_password(password)
    if account is None or attempt.temporary_only:
        return None, chosen
    if account.untrusted_closed_at is not None and not attempt.trusted:
        return None, chosen
    return account.password_hash, offering.as_hashed(account.password_hash, password)


def _verified(s: Services, encoded: str | None, offered: Secret) -> bool:
    """One hash, except for a text that is too long to be hashed, whoever it is for."""
    if passwords.password_too_long(offered, s.policy):
        return False
    return s.hasher.verify(encoded, offered)


def _ready(s: Services, account: Account, offered: Secret, attempt: Attempt) -> Account:
    """The account after a right password: re-hashed where due, open again where its owner was known."""
    ready = _upgraded(s, account, offered)
    if account.untrusted_closed_at is not None and attempt.trusted:
        ready = ready.opened_for_untrusted()
    return ready


def _upgraded(s: Services, account: Account, offered: Secret) -> Account:
    """The same password at today's cost, where it is due. Best effort: too much load turns nobody away."""
    if account.password_hash is None or not s.hasher.needs_rehash(account.password_hash):
        return account
    try:
        return account.with_rehash(s.hasher.hash(passwords.normalized_password(offered)))
    except TryAgainLater:
        return account


def _waiting(s: Services, name_id: str, visitor: Visitor, attempt: Attempt, *, now: datetime) -> Refused:
    """The same wait for every name, known or not; one event per bucket and level."""
    if attempt.first_refusal:
        s.store.commit(
            audit.event(
                s,
                EventName.SIGN_IN_WAITING,
                at=now,
                visitor=visitor,
                cause=Reason.WAITING,
                params={"name": s.keyring.counted(name_id)},
            )
        )
    return attempt.refusal()


def _unopened(
    s: Services,
    known: Account | None,
    name_id: str,
    password: Secret,
    visitor: Visitor,
    cause: Reason | None,
    *,
    now: datetime,
) -> Refused:
    """The generic answer to a name that opens nothing; the event tells whose it was, if anybody's."""
    s.store.commit(
        audit.event(
            s,
            EventName.SIGN_IN_REFUSED,
            at=now,
            account=known,
            visitor=visitor,
            cause=cause,
            params={"name": s.keyring.counted(name_id)},
        ),
    )
    return _generic(s, password)


def _wrong(
    s: Services,
    account: Account,
    password: Secret,
    visitor: Visitor,
    attempt: Attempt,
    *,
    now: datetime,
) -> Refused:
    """The generic answer; the fiftieth failure tells the owner, the hundredth shuts strangers out."""
    cause = _cause(s, account, attempt)
    s.store.commit(
        *_brought_about(s, account, attempt, now=now),
        audit.event(
            s,
            EventName.SIGN_IN_REFUSED,
            at=now,
            account=account,
            visitor=visitor,
            cause=cause,
            for_desk=cause is Reason.MALFORMED_HASH,
        ),
    )
    return _generic(s, password)


def _generic(s: Services, password: Secret) -> Refused:
    """What is told of anything that is wrong: it depends on what was typed and on nothing that is kept."""
    if temporary.temporary_lookalike(password, s.policy.temporary_symbols):
        return refused(Code.TEMPORARY_LOOKALIKE, "password")
    return refused(Code.WRONG_CREDENTIALS)


def _brought_about(s: Services, account: Account, attempt: Attempt, *, now: datetime) -> Iterator[Change]:
    """What this failure changes, where it is one too many in a row."""
    ready = account
    if _closes(s, account, attempt):
        ready = ready.closed_for_untrusted(now)
        yield audit.system_event(s, EventName.PASSWORD_CLOSED_FOR_UNTRUSTED, at=now, account_id=account.id)
    if _is_told(s, account, attempt, now=now):
        ready = ready.told_of_failures(now)
        yield from messages.to_account(s, "failures-notice", account, now=now)
        yield audit.system_event(s, EventName.FAILURES_NOTIFIED, at=now, account_id=account.id)
    if ready is not account:
        yield Replace(account, ready)


def _is_told(s: Services, account: Account, attempt: Attempt, *, now: datetime) -> bool:
    """Whether the owner is written to: from so many failures on, once a day (ASVS 5.0, 6.3.5).

    Not at exactly so many: that very attempt may turn out to be none. And not once strangers are shut out,
    who can then guess nothing any more but could have a mail sent each day.
    """
    if account.email is None or account.untrusted_closed_at is not None:
        return False
    if attempt.hard_count < s.policy.notify_failures:
        return False
    return account.failures_told_at is None or abs(now - account.failures_told_at) >= _DAY


def _closes(s: Services, account: Account, attempt: Attempt) -> bool:
    """Whether this failure is the one too many of strangers' devices (NIST SP 800-63B-4, 3.2.2)."""
    return (
        account.standing is Standing.ACTIVE
        and account.untrusted_closed_at is None
        and not attempt.trusted
        and attempt.hard_count >= s.policy.hard_cap
    )


def _cause(s: Services, account: Account, attempt: Attempt) -> Reason:
    """What really happened; a damaged hash is the desk's business, for its owner can only reset it."""
    if account.standing is Standing.DISABLED:
        return Reason.DISABLED
    if account.untrusted_closed_at is not None and not attempt.trusted:
        return Reason.CLOSED_FOR_UNTRUSTED
    match obstacles.of_hash(account, s.hasher.readable):
        case None:
            return Reason.WRONG_PASSWORD
        case Obstacle.MALFORMED_HASH:
            return Reason.MALFORMED_HASH
        case _:
            return Reason.NO_USABLE_PASSWORD


def _temporary(s: Services, account: Account, visitor: Visitor, *, now: datetime) -> SetupRequired | Refused:
    """The temporary password was right: a grant for the set-up page, and no session.

    The grant does not outlive it (ASVS 5.0, 6.4.1).
    """
    if obstacles.temporary_expired(account, now):
        s.store.commit(
            audit.event(
                s,
                EventName.SIGN_IN_REFUSED,
                at=now,
                account=account,
                visitor=visitor,
                cause=Reason.TEMPORARY_EXPIRED,
            )
        )
        return refused(Code.TEMPORARY_EXPIRED, phone=s.policy.support_phone)

    grant = tokens.issue(
        s,
        account,
        Purpose.SETUP_GRANT,
        now=now,
        ttl=min(s.policy.setup_grant, obstacles.temporary_left(account, now)),
        asks=setup.asks(account, s.policy),
    )
    spent = account.without_temporary() if s.policy.temporary_spent_at_first_use else account
    s.store.commit(
        Replace(account, spent),
        *tokens.older(s, account, Purpose.SETUP_GRANT),
        Add(grant),
        audit.event(s, EventName.SETUP_STARTED, at=now, account=account, visitor=visitor),
    )
    return _setup_required(s, account, grant.asks, tokens.sealed(s, grant), grant.expires_at)


def _question_first(
    s: Services, account: Account, ready: Account, visitor: Visitor, *, now: datetime
) -> SetupRequired:
    """The password was right but the policy's question is still missing: a grant for that alone."""
    grant = tokens.issue(
        s,
        account,
        Purpose.SETUP_GRANT,
        now=now,
        ttl=s.policy.setup_grant,
        asks=setup.QUESTION_FIELDS,
    )
    s.store.commit(
        *(() if ready is account else (Replace(account, ready),)),
        *tokens.older(s, account, Purpose.SETUP_GRANT),
        Add(grant),
        audit.event(s, EventName.SETUP_STARTED, at=now, account=account, visitor=visitor),
    )
    return _setup_required(s, account, grant.asks, tokens.sealed(s, grant), grant.expires_at)


def _setup_required(
    s: Services, account: Account, asks: tuple[str, ...], token: str, expires_at: datetime
) -> SetupRequired:
    return SetupRequired(
        account_type=account.account_type,
        username=account.username,
        token=token,
        asks=asks,
        expires_at=expires_at,
    )
