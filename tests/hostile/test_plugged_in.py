"""What a city plugs in may raise, lie or call back: nobody is let in by it, and nobody kept out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flows.people import events
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Accounts,
    ConfigurationError,
    EventName,
    SignedIn,
    Unavailable,
)
from permit_accounts.model.errors import Undeliverable
from permit_accounts.model.records import Account, OutboxEmail
from permit_accounts.outbox import Delivered
from permit_accounts.ports import Every, Message
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, city_policy, contractor_form, public_form
from story import signed_in

FAULTS = [Unavailable("away"), TimeoutError(), ValueError("token=abc"), KeyError("x"), AttributeError()]


class Board:
    """A register that does whatever it is told."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.act = act

    def lookup(self, authority: str, number: str) -> Any:
        """Whatever."""
        return self.act()


class Post:
    """A mail backend that does whatever it is told."""

    def __init__(self, act: Callable[[Message], Any]) -> None:
        self.act = act

    def send(self, message: Message) -> Any:
        """Whatever."""
        return self.act(message)


def raising(fault: Exception) -> Callable[..., Any]:
    def act(*args: object) -> Any:
        raise fault

    return act


@pytest.mark.attack("API-08")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_register_that_fails_keeps_nobody_out(fault: Exception) -> None:
    """Whatever it raises: registration proceeds, and the event tells what kind of fault it was."""
    world = World(registers={"us-ca-cslb": Board(raising(fault))})

    signed_in(world.accounts.register(CONTRACTOR, contractor_form("1154002")))

    (event,) = events(world, EventName.REGISTER_UNAVAILABLE)
    assert {"error": type(fault).__name__} == dict(event.params)


@pytest.mark.attack("API-08")
@pytest.mark.parametrize("answer", [False, True, "active", {}, object(), ("x",)])
def test_a_register_that_lies_is_a_fault_of_whoever_made_it(answer: object) -> None:
    """What is neither an answer nor None is told, and nothing is written."""
    world = World(registers={"us-ca-cslb": Board(lambda: answer)})

    with pytest.raises(ConfigurationError, match="RegisterAnswer"):
        world.accounts.register(CONTRACTOR, contractor_form("1154002"))

    assert () == tuple(world.store.select(Account, Every(), limit=1))


@pytest.mark.attack("API-08")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_mail_backend_that_fails_loses_no_mail(fault: Exception) -> None:
    """It stays, due again later, with the kind of fault and none of a foreign fault's words."""
    world = World(email=Post(raising(fault)))
    world.accounts.register(PUBLIC, public_form("ann"))

    assert Delivered(deferred=1) == world.accounts.outbox.deliver()

    (kept,) = world.store.select(OutboxEmail, Every(), limit=5)
    assert kept.last_error.startswith(type(fault).__name__)
    assert "token" not in kept.last_error


@pytest.mark.attack("API-08")
def test_a_mail_backend_that_refuses_for_good_tells_the_desk() -> None:
    """The person is in all the same."""
    world = World(email=Post(raising(Undeliverable("no such mailbox"))))
    signed_in(world.accounts.register(PUBLIC, public_form("ann")))

    assert Delivered(failed=1) == world.accounts.outbox.deliver()
    assert 1 == len(events(world, EventName.EMAIL_FAILED))


@pytest.mark.attack("API-08")
def test_whoever_is_called_may_call_back() -> None:
    """From inside a look-up, a breach check or the sending of a mail: no lock is held, no flow is open."""
    called: list[str] = []

    def back(*args: object) -> Any:
        if len(called) < 20:
            called.append("back")
            world.accounts.sign_in(PUBLIC, "ann", PASSWORD)
            world.accounts.request_password_reset("ann")

    def breached(password: str) -> bool:
        back()
        return False

    policy = city_policy(breach_check=breached)
    world = World(policy, email=Post(back), registers={"us-ca-cslb": Board(back)})

    signed_in(world.accounts.register(PUBLIC, public_form("ann")))
    signed_in(world.accounts.register(CONTRACTOR, contractor_form("1154002")))
    assert world.accounts.outbox.deliver().sent > 0

    assert len(called) >= 4
    assert () == violations(world.store)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)


@pytest.mark.attack("API-08")
@pytest.mark.parametrize("fault", [RuntimeError("hardware"), MemoryError(), RecursionError()])
def test_a_hasher_that_fails_lets_nobody_in(fault: Exception) -> None:
    """The fault goes to the caller; no session, no change, and no failure is counted against the person."""
    world = World()
    made = signed_in(world.accounts.register(PUBLIC, public_form("ann")))

    class Broken(type(world.hasher)):  # type: ignore[misc]
        def verify(self, *args: Any) -> bool:
            raise fault

    whole, world.hasher.__class__ = world.hasher.__class__, Broken
    for _ in range(30):
        with pytest.raises(type(fault)):
            world.accounts.sign_in(PUBLIC, "ann", PASSWORD)
    with pytest.raises(type(fault)):
        world.accounts.change_password(made.session_token, PASSWORD, "forty brass kettles whistle")
    world.hasher.__class__ = whole

    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
    assert isinstance(world.accounts, Accounts)
