"""What stands between a right password and an account: one rule, for the door and for the staff desk.

The door tells the person as little as it must. Whoever works at the desk has proved to be staff and is told
everything, but no secret: not whether a password that was tried is nearly right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

import attrs

from permit_accounts.model.codes import NameState, Obstacle, Reason, Remark, Standing
from permit_accounts.model.records import Account, Identifier, License
from permit_accounts.model.values import Value
from permit_accounts.rules.policy import Policy
from permit_accounts.rules.setup import question_missing

_NO_TIME: Final = timedelta(0)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Strangers(Value):
    """How an account stands to a device that it does not know.

    Args:
        closed: Its chosen password is not compared there.
        waits_until: Nothing but a temporary password is, before this moment; None where nothing waits.
    """

    closed: bool = False
    waits_until: datetime | None = None


def of_license(record: License) -> Obstacle:
    """Why nobody can sign in with a license that no account has."""
    return Obstacle.NO_ACCOUNT if record.on_roster_since is None else Obstacle.ON_ROSTER


def of_name(name: Identifier | None) -> Iterator[Obstacle]:
    """What is wrong with the name that was given; None is the e-mail address of an account."""
    if name is None:
        yield Obstacle.SIGNS_IN_BY_USERNAME
    elif name.state is NameState.RETIRED:
        yield Obstacle.NAME_RETIRED
    elif name.state is NameState.RESERVED:
        yield Obstacle.NAME_RESERVED


def nothing_opens(name: Identifier | None, account: Account | None) -> Reason | None:
    """Why a name opens no account at all, as the audit log is told; None where it opens one.

    Args:
        name: In whatever state; None where nobody ever had it.
        account: Which has it, or last had it.
    """
    if account is not None and account.standing is Standing.CLOSED:
        return Reason.CLOSED
    if name is not None and name.state is NameState.RETIRED:
        return Reason.NAME_RETIRED
    if name is not None and name.state is NameState.RESERVED:
        return Reason.NAME_RESERVED
    return Reason.UNKNOWN_NAME if account is None else None


def of_account(
    account: Account,
    policy: Policy,
    *,
    readable: Callable[[str], bool],
    strangers: Strangers,
    now: datetime,
) -> Iterator[Obstacle]:
    """Everything that keeps the account's own password, or its temporary one, from opening it.

    Args:
        account: Whose it is.
        policy: The city's decisions.
        readable: Whether a stored hash can be checked here at all.
        strangers: How a device that the account does not know is met.
        now: The moment of the attempt.
    """
    if account.standing is Standing.DISABLED:
        yield Obstacle.DISABLED
    elif account.standing is Standing.CLOSED:
        yield Obstacle.CLOSED
    elif account.standing is Standing.SETUP:
        yield from _in_setup(account, readable, now)
    else:
        yield from _active(account, policy, readable, strangers)


def of_hash(account: Account, readable: Callable[[str], bool]) -> Obstacle | None:
    """Why no password at all is right for this account, if so; only a reset or staff lead past it."""
    if account.standing is Standing.SETUP:
        encoded, missing = account.temporary_hash, Obstacle.NO_TEMPORARY_PASSWORD
    else:
        encoded, missing = account.password_hash, Obstacle.NO_PASSWORD
    if not encoded:
        return missing
    return None if readable(encoded) else Obstacle.MALFORMED_HASH


def temporary_expired(account: Account, now: datetime) -> bool:
    """Whether the temporary password is too old to open set-up."""
    return temporary_left(account, now) <= _NO_TIME


def temporary_left(account: Account, now: datetime) -> timedelta:
    """For how long the temporary password still opens set-up; no time, or less, where it does no more."""
    return account.temporary_until - now if account.temporary_until is not None else _NO_TIME


def unconfirmed(account: Account, policy: Policy) -> bool:
    """Whether the mailbox must prove itself before this account is signed in to."""
    if policy.sign_in_after_registration:
        return False
    return account.email is not None and account.email_confirmed_at is None


def remarks(account: Account, policy: Policy, *, strangers: Strangers, now: datetime) -> Iterator[Remark]:
    """What keeps nobody out and is worth knowing, for an account that can be signed in to at all."""
    if account.standing is Standing.SETUP:
        if account.temporary_hash is not None and not temporary_expired(account, now):
            yield Remark.TEMPORARY_PASSWORD
        if strangers.waits_until is not None:
            yield Remark.CHOSEN_WAITS
    elif account.standing is Standing.ACTIVE:
        if question_missing(account, policy):
            yield Remark.QUESTION_MISSING
        if account.email is None:
            yield Remark.NO_EMAIL


def _in_setup(account: Account, readable: Callable[[str], bool], now: datetime) -> Iterator[Obstacle]:
    hopeless = of_hash(account, readable)
    if hopeless is not None:
        yield hopeless
    if account.temporary_hash is not None and temporary_expired(account, now):
        yield Obstacle.TEMPORARY_EXPIRED


def _active(
    account: Account, policy: Policy, readable: Callable[[str], bool], strangers: Strangers
) -> Iterator[Obstacle]:
    hopeless = of_hash(account, readable)
    if hopeless is not None:
        yield hopeless
    if strangers.closed:
        yield Obstacle.CLOSED_FOR_UNTRUSTED
    if unconfirmed(account, policy):
        yield Obstacle.UNCONFIRMED
    if strangers.waits_until is not None:
        yield Obstacle.WAITING
