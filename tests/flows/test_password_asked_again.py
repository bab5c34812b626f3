"""The password asked again from somebody signed in: strangers' guesses do not matter, a thief's are few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from flows.people import (
    WRONG,
    account,
    at,
    confirmed,
    events,
    fail_until,
    kinds,
    new_events,
    rewrite,
)
from permit_accounts import PUBLIC, Code, EventName, Reason, Refused, SignedIn
from permit_accounts.testing.world import PASSWORD, World
from story import NEW_PASSWORD, signed_in

Act = Callable[[World, str, str], Any]

ACTS: Final[dict[str, Act]] = {
    "reauthenticate": lambda w, token, password: w.accounts.reauthenticate(token, password),
    "change_password": lambda w, token, password: w.accounts.change_password(token, password, NEW_PASSWORD),
    "change_security_question": lambda w, token, password: w.accounts.change_security_question(
        token, password, "first-dish", "potato soup"
    ),
    "close_account": lambda w, token, password: w.accounts.close_account(token, password),
}


def _shut(world: World) -> None:
    rewrite(world, untrusted_closed_at=world.now())


def _shut_by_failures(world: World) -> None:
    token = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True))
    fail_until(world, "ann", 100)
    assert account(world).untrusted_closed_at is not None
    assert world.accounts.session(token.session_token) is not None


@pytest.mark.attack("THR-08", "THR-14")
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", [_shut, _shut_by_failures])
def test_strangers_keep_nobody_from_what_they_are_signed_in_to(
    state: Callable[[World], None], act: str
) -> None:
    """Without a device token too: a right password is right, and a wrong one is wrong, and on record."""
    world = World()
    confirmed(world)
    made = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True))
    state(world)

    refused, noted = new_events(world, ACTS[act], world, made.session_token, WRONG)
    done = ACTS[act](world, made.session_token, PASSWORD)

    assert {"wrong-credentials": 1} == kinds([refused])
    assert [(Reason.WRONG_PASSWORD, account(world).id)] == [
        (event.cause, event.account_id) for event in noted
    ]
    assert not isinstance(done, Refused)


@pytest.mark.attack("THR-13", "THR-09")
def test_stolen_sessions_are_good_for_a_hundred_guesses_in_all() -> None:
    """At a password shut to strangers, whatever the door and however many sessions, on a name's schedule."""
    world = World()
    confirmed(world)
    stolen = [
        signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True)).session_token
        for _ in range(3)
    ]
    _shut(world)
    before, checked, waits = len(world.hasher.calls), 0, 0
    while checked < 100:
        outcome = [*ACTS.values()][checked % 4](world, stolen[checked % 3], WRONG)
        if Code.WAIT in outcome.codes:
            waits += 1
            world.tick(seconds=int(outcome.problems[0].params["seconds"]))
        else:
            checked += 1
    assert (100, 90) == (len(world.hasher.calls) - before, waits)
    assert 90 == len(events(world, EventName.SIGN_IN_WAITING))
    world.tick(hours=1)

    refused, (event,) = new_events(world, world.accounts.reauthenticate, stolen[0], PASSWORD)

    assert {"wrong-credentials": 1} == kinds([refused])
    assert (EventName.REAUTHENTICATION_REFUSED, Reason.CLOSED_FOR_UNTRUSTED) == (event.name, event.cause)
    assert 100 == len(world.hasher.calls) - before


def test_a_success_begins_the_hundred_anew() -> None:
    """Whoever mistypes and then gets it right is not charged for it; the same in the next session."""
    world = World()
    token = confirmed(world).session_token
    _shut(world)
    for _ in range(3):
        for _ in range(9):
            assert {"wrong-credentials": 1} == kinds([world.accounts.reauthenticate(token, WRONG)])
        token = signed_in(world.accounts.reauthenticate(token, PASSWORD)).session_token


def test_a_device_that_is_known_keeps_its_own_count() -> None:
    """What is guessed in a stolen session makes nobody wait at home, and the other way about."""
    world = World()
    made = confirmed(world)
    _shut(world)
    home = at("192.0.2.1", made.device_token)
    for _ in range(11):
        outcome = world.accounts.reauthenticate(made.session_token, WRONG)
    assert isinstance(outcome, Refused)
    assert (Code.WAIT,) == outcome.codes

    assert isinstance(world.accounts.reauthenticate(made.session_token, PASSWORD, visitor=home), SignedIn)
