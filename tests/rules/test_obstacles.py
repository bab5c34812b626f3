"""What stands between a right password and an account, in every state that an account can be in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from permit_accounts.model.codes import NameState, Obstacle, Remark, Standing
from permit_accounts.model.records import Account, Identifier, License
from permit_accounts.rules import obstacles
from permit_accounts.rules.obstacles import Strangers
from permit_accounts.rules.policy import Policy
from permit_accounts.testing.world import city_policy, strict_policy

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
WHOLE = "a whole hash"
GUIDES = city_policy()
NOT_SHUT = Strangers()
ACTIVE = Account(
    id="1",
    account_type="public",
    standing=Standing.ACTIVE,
    username="ann",
    email="ann@example.org",
    email_key="ann@example.org",
    password_hash=WHOLE,
    question_id="first-concert",
    answer_hash=WHOLE,
    created_at=NOW,
)
SETUP = attrs.evolve(
    ACTIVE,
    standing=Standing.SETUP,
    password_hash=None,
    answer_hash=None,
    temporary_hash=WHOLE,
    temporary_until=LATER,
)
Change = Callable[[Account], Account]


def found(
    account: Account, strangers: Strangers = NOT_SHUT, policy: Policy = GUIDES
) -> list[Obstacle | Remark]:
    """Obstacles, then remarks."""
    return [
        *obstacles.of_account(account, policy, readable=WHOLE.__eq__, strangers=strangers, now=NOW),
        *obstacles.remarks(account, policy, strangers=strangers, now=NOW),
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda account: account, []),
        (Account.disabled, [Obstacle.DISABLED]),
        (Account.closed, [Obstacle.CLOSED]),
        (Account.without_password, [Obstacle.NO_PASSWORD]),
        (lambda account: account.with_rehash(""), [Obstacle.NO_PASSWORD]),
        (lambda account: account.with_rehash("$argon2id$broken"), [Obstacle.MALFORMED_HASH]),
        (lambda account: account.with_question(None, None), [Remark.QUESTION_MISSING]),
        (lambda account: attrs.evolve(account, email=None, email_key=None), [Remark.NO_EMAIL]),
    ],
)
def test_a_finished_account(change: Change, expected: list[Obstacle | Remark]) -> None:
    """Nothing, or what staff or the person can mend."""
    assert expected == found(change(ACTIVE))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda account: account, [Remark.TEMPORARY_PASSWORD]),
        (Account.without_temporary, [Obstacle.NO_TEMPORARY_PASSWORD]),
        (lambda account: attrs.evolve(account, temporary_until=NOW), [Obstacle.TEMPORARY_EXPIRED]),
        (lambda account: attrs.evolve(account, temporary_until=None), [Obstacle.TEMPORARY_EXPIRED]),
        (
            lambda account: attrs.evolve(account, temporary_hash="broken", temporary_until=NOW),
            [Obstacle.MALFORMED_HASH, Obstacle.TEMPORARY_EXPIRED],
        ),
    ],
)
def test_an_account_in_set_up(change: Change, expected: list[Obstacle | Remark]) -> None:
    """The temporary password is good until its moment, and no longer."""
    assert expected == found(change(SETUP))


def test_strangers_failures_keep_out_a_chosen_password_only() -> None:
    """A temporary password neither waits nor is shut."""
    strangers = Strangers(closed=True, waits_until=LATER)
    assert [Obstacle.CLOSED_FOR_UNTRUSTED, Obstacle.WAITING] == found(ACTIVE, strangers)
    assert [Remark.TEMPORARY_PASSWORD, Remark.CHOSEN_WAITS] == found(SETUP, strangers)
    assert [Obstacle.DISABLED] == found(ACTIVE.disabled(), strangers)


def test_an_unconfirmed_mailbox_stops_only_where_the_city_says_so() -> None:
    """And only somebody who has one."""
    strict = strict_policy()
    assert [Obstacle.UNCONFIRMED] == found(ACTIVE, policy=strict)
    assert [] == found(ACTIVE.with_confirmed_email(NOW), policy=strict)
    assert [Remark.NO_EMAIL] == found(attrs.evolve(ACTIVE, email=None), policy=strict)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (NameState.ACTIVE, []),
        (NameState.RETIRED, [Obstacle.NAME_RETIRED]),
        (NameState.RESERVED, [Obstacle.NAME_RESERVED]),
        (None, [Obstacle.SIGNS_IN_BY_USERNAME]),
    ],
)
def test_a_name_that_opens_nothing(state: NameState | None, expected: list[Obstacle]) -> None:
    """Retired, reserved, or no name at all but an address."""
    name = Identifier(id="public:ann", account_id="1", state=state, created_at=NOW) if state else None
    assert expected == list(obstacles.of_name(name))


def test_a_license_that_no_account_has() -> None:
    """On the roster staff invite; off it the person registers."""
    record = License(id="us-ca-cslb:1012345", on_roster_since=NOW)
    assert Obstacle.ON_ROSTER is obstacles.of_license(record)
    assert Obstacle.NO_ACCOUNT is obstacles.of_license(attrs.evolve(record, on_roster_since=None))
