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
    claimant,
    confirmed,
    events,
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
    AnswerChecked,
    Code,
    EmailChangeCancelled,
    EmailConfirmed,
    EventName,
    PasswordReset,
    Refused,
    SetupRequired,
    SignedIn,
    SignedInAs,
    StaffDesk,
)
from permit_accounts.model.records import OneTimeToken, Session
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, public_form, setup_form, strict_policy
from story import ANSWER, NEW_PASSWORD, newest_link

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


# ------------------------------------------------------------------------------------------------- gates


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
