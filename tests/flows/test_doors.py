"""Every door where a secret is checked has a limit; every door to a session has the same gates."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from flows.people import (
    NUMBER,
    WRONG,
    Counting,
    account,
    ann,
    at,
    confirmed,
    events,
    kinds,
)
from permit_accounts import (
    PUBLIC,
    Accounts,
    AnswerChecked,
    Code,
    EventName,
    Refused,
    StaffDesk,
)
from permit_accounts.model.records import OneTimeToken, Session
from permit_accounts.testing.world import World
from story import NEW_PASSWORD, newest_link

#: How a parameter is called that takes a secret.
SECRET_WORDS: Final = ("token", "password", "answer", "secret", "pin")
Act = Callable[[int], object]
Ready = Callable[[World], Act]


def takes_a_secret(*doors: type) -> Iterator[str]:
    """The public methods of these classes with a parameter that is named for a secret."""
    for door in doors:
        for name, method in inspect.getmembers(door, callable):
            if name.startswith("_"):
                continue
            parameters = inspect.signature(method).parameters
            if any(word in parameter.split("_") for parameter in parameters for word in SECRET_WORDS):
                yield f"{door.__name__}.{name}"


def _sign_in(world: World) -> Act:
    ann(world)
    return lambda n: world.accounts.sign_in(PUBLIC, "ann", f"{WRONG} {n}")


def _reauthenticate(world: World) -> Act:
    token = ann(world).session_token
    return lambda n: world.accounts.reauthenticate(token, f"{WRONG} {n}")


def _change_password(world: World) -> Act:
    token = ann(world).session_token
    return lambda n: world.accounts.change_password(token, f"{WRONG} {n}", NEW_PASSWORD)


def _change_question(world: World) -> Act:
    token = ann(world).session_token
    return lambda n: world.accounts.change_security_question(token, f"{WRONG} {n}", "first-dish", "soup")


def _close_account(world: World) -> Act:
    token = ann(world).session_token
    return lambda n: world.accounts.close_account(token, f"{WRONG} {n}")


def _confirm_email(world: World) -> Act:
    ann(world)
    link = newest_link(world, "ann@mail.example.org")
    return lambda n: world.accounts.confirm_email(link, password=f"{WRONG} {n}")


def _reset_password(world: World) -> Act:
    confirmed(world)
    world.accounts.request_password_reset("ann")
    link = newest_link(world, "ann@mail.example.org")
    return lambda n: world.accounts.reset_password(link, NEW_PASSWORD, f"wrong answer {n}")


def _finish_setup(world: World) -> Act:
    return lambda n: world.accounts.finish_setup(f"forged-{n}", {}, visitor=at("203.0.113.9"))


def _cancel_email_change(world: World) -> Act:
    return lambda n: world.accounts.cancel_email_change(f"forged-{n}", visitor=at("203.0.113.9"))


def _check_answer(world: World) -> Act:
    ann(world)
    desk = world.desk()
    return lambda n: desk.check_answer("ann", f"wrong answer {n}", reason="telephone call")


#: Where something is checked that could be guessed, or links are tried: each with a guess at it.
LIMITED: Final[dict[str, Ready]] = {
    "Accounts.sign_in": _sign_in,
    "Accounts.reauthenticate": _reauthenticate,
    "Accounts.change_password": _change_password,
    "Accounts.change_security_question": _change_question,
    "Accounts.close_account": _close_account,
    "Accounts.confirm_email": _confirm_email,
    "Accounts.reset_password": _reset_password,
    "Accounts.finish_setup": _finish_setup,
    "Accounts.cancel_email_change": _cancel_email_change,
    "StaffDesk.check_answer": _check_answer,
}

#: What opens by nothing but 256 sealed random bits; a forged one is dead before the store is asked.
UNGUESSABLE: Final[dict[str, Callable[[Accounts, str], object]]] = {
    "Accounts.open_setup": lambda doors, token: doors.open_setup(token),
    "Accounts.open_reset": lambda doors, token: doors.open_reset(token),
    "Accounts.session": lambda doors, token: doors.session(token),
    "Accounts.sign_out": lambda doors, token: doors.sign_out(token),
    "Accounts.sessions": lambda doors, token: doors.sessions(token),
    "Accounts.end_session": lambda doors, token: doors.end_session(token, "any"),
    "Accounts.end_other_sessions": lambda doors, token: doors.end_other_sessions(token),
    "Accounts.change_email": lambda doors, token: doors.change_email(token, "new@mail.example.org"),
    "Accounts.add_license": lambda doors, token: doors.add_license(token, NUMBER),
    "Accounts.release_license": lambda doors, token: doors.release_license(token, f"us-ca-cslb:{NUMBER}"),
    "Accounts.activity": lambda doors, token: doors.activity(token),
    "Accounts.export_account": lambda doors, token: doors.export_account(token),
}

#: What has such a parameter and checks nothing: the desk hands the secret out.
HANDS_OUT: Final[set[str]] = set()


@pytest.mark.attack("THR-13")
def test_every_door_that_takes_a_secret_is_listed() -> None:
    """A new method without an entry here fails: say which limit it has, and show it."""
    found = set(takes_a_secret(Accounts, StaffDesk))

    assert found == {*LIMITED, *UNGUESSABLE, *HANDS_OUT}


def test_a_door_that_is_not_listed_is_found() -> None:
    """The test above can fail."""

    class More(Accounts):
        def peek(self, license_text: str, mother_answer: str) -> None:
            """A door of somebody's own."""

    assert "More.peek" in set(takes_a_secret(More))


@pytest.mark.attack("THR-13", "ENUM-11")
@pytest.mark.parametrize("door", LIMITED)
def test_the_eleventh_guess_is_not_checked(door: str) -> None:
    """Ten are free at each door, one after the other; then the answer is to wait, and nothing is compared."""
    world = World()
    guess_at = LIMITED[door](world)

    told = [guess_at(n) for n in range(10)]
    before = len(world.hasher.calls)
    eleventh = guess_at(10)

    assert not any(isinstance(outcome, Refused) and Code.WAIT in outcome.codes for outcome in told)
    assert isinstance(eleventh, Refused)
    assert eleventh.codes[0] in (Code.WAIT, Code.ANSWER_TRIES)
    assert before == len(world.hasher.calls)
    assert not any(isinstance(outcome, AnswerChecked) and outcome.matches for outcome in told)


@pytest.mark.attack("THR-13")
@pytest.mark.parametrize("first", ["sign-in", "session"])
def test_the_doors_share_one_budget(first: str) -> None:
    """Guesses at one account's password are one count, whichever doors they are spread over."""
    world = World()
    token = ann(world).session_token
    doors: list[Act] = [
        lambda n: world.accounts.sign_in(PUBLIC, "ann", f"{WRONG} {n}"),
        lambda n: world.accounts.reauthenticate(token, f"{WRONG} {n}"),
        lambda n: world.accounts.change_password(token, f"{WRONG} {n}", NEW_PASSWORD),
        lambda n: world.accounts.change_security_question(token, f"{WRONG} {n}", "first-dish", "soup"),
        lambda n: world.accounts.close_account(token, f"{WRONG} {n}"),
    ]
    if first == "session":
        doors = doors[1:] + doors[:1]

    told = [doors[n % 5](n) for n in range(15)]

    assert {"wrong-credentials": 10, "wait": 5} == kinds(told)
    assert 1 == len(events(world, EventName.SIGN_IN_WAITING))


@pytest.mark.attack("THR-13")
@pytest.mark.parametrize("door", UNGUESSABLE)
def test_a_forged_token_never_reaches_the_store(door: str) -> None:
    """No question is asked by it, so there is nothing to guess at and nothing to count."""
    counting = Counting()
    world = World(store=counting)  # type: ignore[arg-type]
    live = ann(world)
    other = World()
    forged = [ann(other).session_token, f"{live.session.id}.{'A' * 43}", live.device_token, "x" * 200_000]

    counting.asked.clear()
    for token in forged:
        UNGUESSABLE[door](world.accounts, token)

    assert not {Session, OneTimeToken} & set(counting.asked)
    assert world.accounts.session(live.session_token) is not None


def test_guesses_behind_a_session_are_put_on_record_once_a_wait() -> None:
    """As at the sign-in: one event per bucket and level, with the account; and behind a dead link too."""
    world = World()
    token = ann(world).session_token
    for n in range(14):
        world.accounts.reauthenticate(token, f"{WRONG} {n}")
    (event,) = events(world, EventName.SIGN_IN_WAITING)
    assert account(world).id == event.account_id

    for n in range(14):
        world.accounts.finish_setup(f"forged-{n}", {}, visitor=at("203.0.113.9"))
    assert [None] == [e.account_id for e in events(world, EventName.SIGN_IN_WAITING) if e.ip]
