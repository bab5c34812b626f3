"""Which acts make a device known: each right password one, each mailed link one, and nothing else any."""

from __future__ import annotations

import pytest

from flows.people import at, confirmed, guess, kinds, reset_link
from permit_accounts import PUBLIC, EmailConfirmed, PasswordReset, ResetForm, SignedIn
from permit_accounts.testing.world import PASSWORD, World
from story import ANSWER, NEW_PASSWORD, newest_link, signed_in

HERE = "192.0.2.9"


def opened(world: World, link: str) -> str:
    """The device token on the page behind a reset link."""
    form = world.accounts.open_reset(link)
    assert isinstance(form, ResetForm)
    return form.device_token


@pytest.mark.attack("THR-13")
def test_opening_a_link_again_and_again_buys_no_guess() -> None:
    """One link is one device, whose guesses wait after ten like anybody's."""
    world = World()
    confirmed(world)
    link = reset_link(world)

    outcomes = [
        outcome
        for _ in range(20)
        for outcome in guess(world, "ann", 10, visitor=at(HERE, opened(world, link)))
    ]

    assert {"wrong-credentials": 10, "wait": 190} == kinds(outcomes)


def test_each_link_is_a_device_of_its_own() -> None:
    """The owner who asks again, from another browser, is not charged with what happened on the first."""
    world = World()
    confirmed(world)
    first = opened(world, reset_link(world))
    guess(world, "ann", 10, visitor=at(HERE, first))
    world.tick(seconds=1)
    second = opened(world, reset_link(world))

    assert first != second
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=at(HERE, second)), SignedIn)


def test_a_finished_reset_forgets_the_device_behind_its_link() -> None:
    """The browser that finished is given another."""
    world = World()
    confirmed(world)
    link = reset_link(world)
    before = opened(world, link)
    world.tick(seconds=1)
    done = world.accounts.reset_password(link, NEW_PASSWORD, ANSWER)
    assert isinstance(done, PasswordReset)
    guess(world, "ann", 10)

    assert {"wait": 1} == kinds(guess(world, "ann", 1, visitor=at(HERE, before)))
    assert {"wrong-credentials": 1} == kinds(guess(world, "ann", 1, visitor=at(HERE, done.device_token)))


@pytest.mark.attack("THR-13")
@pytest.mark.parametrize("known", [True, False], ids=["with its token", "without"])
def test_ending_other_sessions_makes_no_further_device_known(known: bool) -> None:
    """Whoever found a session open keeps the device token that is there, if any; else there is none."""
    world = World()
    made = confirmed(world)
    visitor = at(HERE, made.device_token if known else None)
    session_token = made.session_token
    for _ in range(5):
        still = signed_in(world.accounts.end_other_sessions(session_token, visitor=visitor))
        session_token = still.session_token
        assert visitor.device_token == still.device_token


@pytest.mark.attack("THR-13")
@pytest.mark.parametrize("known", [True, False], ids=["with its token", "without"])
def test_a_change_of_address_makes_no_further_device_known(known: bool) -> None:
    """The session is replaced, without a password: the device stays what it was."""
    world = World()
    made = confirmed(world)
    visitor = at(HERE, made.device_token if known else None)
    world.accounts.change_email(made.session_token, "ann2@mail.example.org", visitor=visitor)
    link = newest_link(world, "ann2@mail.example.org")

    outcome = world.accounts.confirm_email(link, session_token=made.session_token, visitor=visitor)

    assert isinstance(outcome, EmailConfirmed)
    assert outcome.signed_in is not None
    assert visitor.device_token == outcome.signed_in.device_token


def test_a_foreign_or_dead_token_is_not_handed_back() -> None:
    """What the account does not trust is no device of its own."""
    world = World()
    made = confirmed(world)
    visitor = at(HERE, "00nobody:ff:1.xyz")

    still = signed_in(world.accounts.end_other_sessions(made.session_token, visitor=visitor))
    assert still.device_token is None
