"""Every door that could open a session has the same gates, and some open none whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from flows.people import (
    NUMBER,
    account,
    ann,
    at,
    claimant,
    confirmed,
    grant,
    guess,
    kinds,
    rewrite,
    sessions,
    temporary,
)
from permit_accounts import (
    PUBLIC,
    Accounts,
    EmailChangeCancelled,
    EmailConfirmed,
    PasswordReset,
    SetupRequired,
    SignedIn,
    SignedInAs,
)
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, public_form, setup_form, strict_policy
from story import ANSWER, NEW_PASSWORD, newest_link


def _by_password(world: World) -> Callable[[], object]:
    confirmed(world)
    return lambda: world.accounts.sign_in(PUBLIC, "ann", PASSWORD)


def _by_known_device(world: World) -> Callable[[], object]:
    home = at("192.0.2.1", confirmed(world).device_token)
    return lambda: world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True, visitor=home)


def _by_grant(world: World) -> Callable[[], object]:
    confirmed(world)
    page = grant(world, temporary(world, "ann", second_reason="mail bounces").password, "ann", kind=PUBLIC)
    return lambda: world.accounts.finish_setup(page.token, setup_form(page.asks))


def _by_link(world: World) -> Callable[[], object]:
    confirmed(world)
    world.desk().send_link("ann", reason="forgot the answer")
    link = newest_link(world, "ann@mail.example.org")
    asks = ("password", "question", "answer")
    return lambda: world.accounts.finish_setup(link, setup_form(asks, password=NEW_PASSWORD))


def _by_missing_question(world: World) -> Callable[[], object]:
    confirmed(world)
    rewrite(world, question_id=None, answer_hash=None)
    page = world.accounts.sign_in(PUBLIC, "ann", PASSWORD)
    assert isinstance(page, SetupRequired)
    return lambda: world.accounts.finish_setup(page.token, setup_form(page.asks))


def _by_session(act: Callable[[Accounts, str], object]) -> Callable[[World], Callable[[], object]]:
    def ready(world: World) -> Callable[[], object]:
        confirmed(world)
        made = world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True)
        assert isinstance(made, SignedIn)
        return lambda: act(world.accounts, made.session_token)

    return ready


GATED: Final[dict[str, Callable[[World], Callable[[], object]]]] = {
    "sign-in": _by_password,
    "sign-in on a known device": _by_known_device,
    "set-up after a temporary password": _by_grant,
    "set-up by mail": _by_link,
    "set-up of the question": _by_missing_question,
    "remembered session": _by_session(lambda doors, token: doors.session(token)),
    "re-authentication": _by_session(lambda doors, token: doors.reauthenticate(token, PASSWORD)),
    "change of password": _by_session(
        lambda doors, token: doors.change_password(token, PASSWORD, NEW_PASSWORD)
    ),
    "change of question": _by_session(
        lambda doors, token: doors.change_security_question(token, PASSWORD, "first-dish", "potato soup")
    ),
    "end of other sessions": _by_session(lambda doors, token: doors.end_other_sessions(token)),
}


def _disable(world: World) -> None:
    world.desk().disable("ann", reason="reported stolen")


def _must_change(world: World) -> None:
    temporary(world, "ann", second_reason="mail bounces")


def _nothing(world: World) -> None:
    """As it was."""


@pytest.mark.attack("CFG-06", "THR-14")
@pytest.mark.parametrize("door", GATED)
@pytest.mark.parametrize("state", [_nothing, _disable, _must_change])
def test_every_door_has_the_same_gates(door: str, state: Callable[[World], object]) -> None:
    """Disabled, or told to choose a new password, nobody gets or keeps a session, whatever the door."""
    world = World()
    enter = GATED[door](world)
    state(world)

    outcome = enter()

    opens = state is _nothing
    assert opens is isinstance(outcome, SignedIn | SignedInAs)
    epoch = account(world).epoch
    assert opens is any(session.epoch == epoch for session in sessions(world))
    assert () == violations(world.store)


@pytest.mark.attack("CFG-06")
def test_an_unconfirmed_mailbox_opens_nothing_in_a_strict_city() -> None:
    """Neither registration nor sign-in does; the confirmation opens none by itself."""
    world = World(strict_policy())
    form = public_form("ann", question=None, answer=None)

    assert {"ConfirmYourEmail": 1} == kinds([world.accounts.register(PUBLIC, form)])
    assert {"confirm-first": 1} == kinds([world.accounts.sign_in(PUBLIC, "ann", PASSWORD)])
    link = newest_link(world, "ann@mail.example.org")
    assert isinstance(world.accounts.confirm_email(link, password=PASSWORD), EmailConfirmed)
    assert [] == sessions(world)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)


@pytest.mark.parametrize("door", ["session", "set-up", "device"])
def test_a_new_seal_ends_sessions_grants_and_known_devices(door: str) -> None:
    """What the store holds opens nothing without the key that sealed it; passwords stay (after a restore)."""
    world = World()
    made = ann(world)
    world.add_to_roster(NUMBER)
    page = grant(world, temporary(world, NUMBER).password)
    guess(world, "ann", 10)

    later = World(store=world.store, keys=world.keys.with_new_seal(keep=False)).accounts

    if door == "session":
        assert later.session(made.session_token) is None
    elif door == "set-up":
        assert {"setup-expired": 1} == kinds([later.open_setup(page.token)])
    else:
        known = at("192.0.2.1", made.device_token)
        assert {"wait": 1} == kinds([later.sign_in(PUBLIC, "ann", PASSWORD, visitor=known)])
        assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=known), SignedIn)


@pytest.mark.attack("CFG-06")
def test_doors_that_never_open_a_session() -> None:
    """A reset, a confirmation, a cancelled change, and everything that staff do."""
    world = World()
    made = confirmed(world)
    claimant(world, "1154002")
    world.accounts.change_email(made.session_token, "ann2@mail.example.org")
    before = len(sessions(world))

    changed = world.accounts.confirm_email(newest_link(world, "ann2@mail.example.org"))
    cancelled = world.accounts.cancel_email_change(newest_link(world, "ann@mail.example.org"))
    reset = world.accounts.reset_password(newest_link(world, "ann@mail.example.org"), NEW_PASSWORD, ANSWER)
    world.desk().approve("1154002", "1154002", reason="license seen")
    world.desk().disable("ann", reason="reported stolen")
    world.desk().enable("ann", reason="cleared up")

    expected = (EmailConfirmed, EmailChangeCancelled, PasswordReset)
    assert expected == (type(changed), type(cancelled), type(reset))
    assert changed.signed_in is None  # type: ignore[union-attr]
    assert len(sessions(world)) <= before
    guess(world, "ann", 1)
    assert world.accounts.session(made.session_token) is None
