"""Every door asks the same: whether this account may be let in at all, whatever key is shown."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping

import pytest

from flows.desk_cases import WHY
from flows.people import rewrite, temporary
from permit_accounts import (
    PUBLIC,
    Accounts,
    EmailConfirmed,
    PasswordReset,
    SetupForm,
    SetupRequired,
    SignedIn,
    Standing,
    TemporaryPasswordIssued,
)
from permit_accounts.model.records import Account, Session
from permit_accounts.ports import Every
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, public_form, setup_form, strict_policy
from story import ANSWER, NEW_PASSWORD, newest_link, signed_in

ANN, NEW = "ann@mail.example.org", "new@mail.example.org"


class Keys:
    """Everything that Ann may hold when her account's standing changes."""

    def __init__(self, world: World) -> None:
        accounts = world.accounts
        made = signed_in(accounts.register(PUBLIC, public_form("ann")))
        self.confirm = newest_link(world, ANN, "/confirm-email")
        accounts.confirm_email(self.confirm, session_token=made.session_token)
        self.remembered = signed_in(accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True)).session_token
        accounts.change_email(self.remembered, NEW)
        self.change = newest_link(world, NEW, "/confirm-email")
        accounts.request_password_reset("ann")
        self.reset = newest_link(world, ANN, "/reset-password")
        world.desk().send_link("ann", PUBLIC, reason=WHY)
        self.setup = newest_link(world, ANN, "/setup")


def _sign_in(world: World, keys: Keys) -> object:
    return world.accounts.sign_in(PUBLIC, "ann", PASSWORD)


def _remembered(world: World, keys: Keys) -> object:
    return world.accounts.session(keys.remembered)


def _reauthenticate(world: World, keys: Keys) -> object:
    return world.accounts.reauthenticate(keys.remembered, PASSWORD)


def _change_password(world: World, keys: Keys) -> object:
    return world.accounts.change_password(keys.remembered, PASSWORD, NEW_PASSWORD)


def _change_question(world: World, keys: Keys) -> object:
    return world.accounts.change_security_question(keys.remembered, PASSWORD, "first-dish", "potato soup")


def _end_others(world: World, keys: Keys) -> object:
    return world.accounts.end_other_sessions(keys.remembered)


def _finish_setup(world: World, keys: Keys) -> object:
    form = world.accounts.open_setup(keys.setup)
    asks = form.asks if isinstance(form, SetupForm) else ("password", "question", "answer")
    return world.accounts.finish_setup(keys.setup, setup_form(asks))


def _reset(world: World, keys: Keys) -> object:
    return world.accounts.reset_password(keys.reset, NEW_PASSWORD, ANSWER)


def _confirm(world: World, keys: Keys) -> object:
    return world.accounts.confirm_email(keys.confirm, session_token=keys.remembered, password=PASSWORD)


def _confirm_change(world: World, keys: Keys) -> object:
    return world.accounts.confirm_email(keys.change, session_token=keys.remembered)


def _register(world: World, keys: Keys) -> object:
    return world.accounts.register(PUBLIC, public_form("ann"))


DOORS: Mapping[str, Callable[[World, Keys], object]] = {
    "sign_in": _sign_in,
    "session": _remembered,
    "reauthenticate": _reauthenticate,
    "change_password": _change_password,
    "change_security_question": _change_question,
    "end_other_sessions": _end_others,
    "finish_setup": _finish_setup,
    "reset_password": _reset,
    "confirm_email": _confirm,
    "confirm_email (change)": _confirm_change,
    "register": _register,
}


def _disabled(world: World) -> None:
    world.desk().disable("ann", PUBLIC, reason=WHY)


def _closed(world: World) -> None:
    again = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))
    world.accounts.close_account(again.session_token, PASSWORD)


def _must_set_up(world: World) -> None:
    assert isinstance(temporary(world, "ann", second_reason="the mailbox is lost"), TemporaryPasswordIssued)


def _reopened(world: World) -> None:
    _closed(world)
    world.desk().reopen("ann", PUBLIC, reason=WHY)


def lets_in(world: World, outcome: object) -> bool:
    """Whether anybody is inside who was not before."""
    if isinstance(outcome, EmailConfirmed):
        outcome = outcome.signed_in
    if isinstance(outcome, SignedIn):
        return world.accounts.session(outcome.session_token) is not None
    return outcome is not None and type(outcome).__name__ == "SignedInAs"


def test_every_method_that_may_sign_in_is_here() -> None:
    """A new door without a row in this table would be one that nobody has tried."""
    opening = {
        name
        for name, method in inspect.getmembers(Accounts, inspect.isfunction)
        if name[0] != "_" and any(word in str(method.__annotations__.get("return")) for word in _INSIDE)
    }
    assert opening == {door.partition(" ")[0] for door in DOORS} - {"reset_password"}


_INSIDE = ("SignedIn", "EmailConfirmed")


@pytest.mark.attack("CFG-06", "SESS-13")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("standing", [_disabled, _closed, _must_set_up, _reopened])
def test_no_key_from_before_opens_any_door(door: str, standing: Callable[[World], None]) -> None:
    """Disabled, closed, to be set up anew: password, session and every mailed link are refused alike."""
    world = World()
    keys = Keys(world)
    standing(world)

    outcome = DOORS[door](world, keys)

    assert not lets_in(world, outcome)
    assert not isinstance(outcome, PasswordReset | SetupRequired)
    assert () == violations(world.store)


@pytest.mark.attack("CFG-06")
@pytest.mark.parametrize("door", ["reset_password", "confirm_email"])
def test_two_doors_open_no_session_even_for_the_right_person(door: str) -> None:
    """A mailed reset and a confirmed mailbox prove the mailbox, not the person (OWASP-FP-10, EV-6)."""
    world = World()
    keys = Keys(world)
    before = {session.id for session in world.store.select(Session, Every(), limit=99)}

    assert not lets_in(world, DOORS[door](world, keys))

    assert {session.id for session in world.store.select(Session, Every(), limit=99)} <= before


@pytest.mark.attack("CFG-06")
def test_staff_open_no_session() -> None:
    """Nothing that the desk does lets anybody in, and none of its answers holds a token."""
    world = World()
    Keys(world)
    count = len(world.store.select(Session, Every(), limit=99))
    desk = world.desk()

    told = [
        desk.open("ann", PUBLIC, reason=WHY),
        desk.send_link("ann", PUBLIC, reason=WHY),
        desk.check_answer("ann", ANSWER, PUBLIC, reason=WHY),
        desk.change_email("ann", NEW, PUBLIC, reason=WHY),
        desk.disable("ann", PUBLIC, reason=WHY),
        desk.enable("ann", PUBLIC, reason=WHY),
        desk.approve("1154002", "ann", PUBLIC, reason=WHY),
        desk.find("ann"),
        desk.history("ann"),
        temporary(world, "ann", second_reason="the mailbox is lost"),
    ]

    assert count == len(world.store.select(Session, Every(), limit=99))
    assert "token" not in repr(told)


@pytest.mark.attack("CFG-06")
def test_an_unconfirmed_mailbox_is_let_in_by_no_door_where_it_comes_first() -> None:
    """`Policy.strict`: registration and sign-in wait for the mailbox, whichever comes first."""
    world = World(strict_policy())
    form = public_form("ann", question=None, answer=None)
    world.accounts.register(PUBLIC, form)

    assert not lets_in(world, world.accounts.sign_in(PUBLIC, "ann", PASSWORD))
    assert not lets_in(world, world.accounts.register(PUBLIC, form))
    link = newest_link(world, ANN, "/confirm-email")
    assert not lets_in(world, world.accounts.confirm_email(link, password=PASSWORD))
    assert lets_in(world, world.accounts.sign_in(PUBLIC, "ann", PASSWORD))


@pytest.mark.attack("CFG-06")
def test_a_standing_is_read_at_every_request() -> None:
    """Written straight into the store, past the epoch: the next request finds it all the same."""
    for standing in (Standing.DISABLED, Standing.CLOSED, Standing.SETUP):
        world = World()
        keys = Keys(world)
        account: Account = rewrite(world, standing=standing)

        assert standing is account.standing
        assert world.accounts.session(keys.remembered) is None
        assert not lets_in(world, _sign_in(world, keys))
        assert not lets_in(world, _reauthenticate(world, keys))
