"""What opens a session, what never does, and in which store it is kept."""

from __future__ import annotations

from typing import Any

import pytest

from flows.people import ann
from interleaving import Interleaved
from permit_accounts import (
    PUBLIC,
    Code,
    ConfigurationError,
    Refused,
    SignedIn,
    Unavailable,
)
from permit_accounts.model.records import Account, AttemptCount, Session
from permit_accounts.ports import Add, Every
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.world import PASSWORD, World, city_policy, public_form
from story import NEW_PASSWORD, signed_in


def opens(world: World, held: SignedIn) -> bool:
    return world.accounts.session(held.session_token) is not None


@pytest.mark.attack("SESS-17")
@pytest.mark.parametrize(
    "token",
    ["", "null", "0", 0, None, b"x", "../../etc/passwd", "a" * 43, "x" * 100_000, ".", "a.b", "\ud800"],
)
def test_what_was_never_a_token_is_no_session(token: Any) -> None:
    """Nothing of it reaches the store; every method that takes a token says the same."""
    store = MemoryStore()
    world = World(store=store)
    ann(world)
    asked: list[type] = []
    real = store.select
    world.store.select = lambda kind, *a, **k: asked.append(kind) or real(kind, *a, **k)  # type: ignore[method-assign, func-returns-value]

    accounts = world.accounts
    refusals = [
        accounts.sessions(token),
        accounts.reauthenticate(token, PASSWORD),
        accounts.end_session(token, "x"),
        accounts.end_other_sessions(token),
        accounts.change_password(token, PASSWORD, NEW_PASSWORD),
        accounts.change_security_question(token, PASSWORD, "first-dish", "potato soup"),
        accounts.change_email(token, "new@mail.example.org"),
        accounts.add_license(token, "CSLB 1012345"),
        accounts.release_license(token, "us-ca-cslb:1012345"),
        accounts.activity(token),
        accounts.close_account(token, PASSWORD),
        accounts.export_account(token),
    ]

    assert accounts.session(token) is None
    assert {(Code.SESSION,)} == {refused.codes for refused in refusals}  # type: ignore[union-attr]
    accounts.sign_out(token)
    assert [] == asked


@pytest.mark.attack("SESS-17")
def test_a_token_of_a_session_that_was_forgotten_opens_nothing() -> None:
    """Purged with its record, and never an empty key that somebody else's session falls under."""
    world = World()
    one = ann(world)
    world.tick(days=2)
    world.accounts.purge()

    assert () == tuple(world.store.select(Session, Every(), limit=1))
    assert not opens(world, one)


@pytest.mark.attack("SESS-14")
def test_no_argument_sets_a_field_of_a_session() -> None:
    """Whose it is, how long it lives and when the password came are the library's own."""
    world = World()
    one = ann(world)

    for field in ("account_id", "expires_at", "epoch", "opened_at", "password_entered_at", "methods"):
        with pytest.raises(TypeError):
            world.accounts.sign_in(PUBLIC, "ann", PASSWORD, **{field: "x"})
        with pytest.raises(TypeError):
            world.accounts.reauthenticate(one.session_token, PASSWORD, **{field: "x"})
        planted = world.accounts.register(PUBLIC, public_form("bob", **{field: "x"}))
        assert isinstance(planted, Refused)
        assert (Code.UNKNOWN_FIELD,) == planted.codes
    odd = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember="yes"))  # type: ignore[arg-type]
    assert not odd.session.remembered


# --------------------------------------------------------------------------------------- where it is kept


class OutOfReach(MemoryStore):
    """A scratch store that is down whenever it is said to be."""

    down = False

    def select(self, *args: Any, **kwargs: Any) -> Any:
        """As the store itself, while it is up."""
        if self.down:
            raise Unavailable("down")
        return super().select(*args, **kwargs)

    def commit(self, *changes: Any) -> None:
        """As the store itself, while it is up."""
        if self.down:
            raise Unavailable("down")
        super().commit(*changes)


@pytest.mark.attack("SESS-20")
def test_what_may_be_forgotten_has_no_say_in_sessions() -> None:
    """The scratch store holds counts alone: planted, flushed or down, it neither ends nor revives one."""
    scratch = OutOfReach()
    world = World(scratch=scratch)
    one = ann(world)
    assert () == tuple(scratch.select(Session, Every(), limit=1))
    scratch.commit(Add(one.session))

    world.accounts.sign_out(one.session_token)
    assert not opens(world, one)

    scratch.down = True
    two = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))
    assert opens(world, two)
    world.accounts.sign_out(two.session_token)
    assert not opens(world, two)
    scratch.down = False
    assert not opens(world, two)
    scratch.commit(Add(world.store.select(Account, Every(), limit=1)[0]))
    assert not opens(world, one)


@pytest.mark.attack("SESS-20")
def test_no_setting_keeps_sessions_anywhere_else() -> None:
    """There is no such setting: what is named is refused when the city is put together."""
    for setting in ("session_store", "sessions_in_scratch"):
        with pytest.raises((ConfigurationError, TypeError)):
            city_policy(**{setting: MemoryStore()})
        with pytest.raises((ConfigurationError, TypeError)):
            World(**{setting: MemoryStore()})


@pytest.mark.parametrize("act", ["change_email", "add_license"])
def test_a_session_that_ends_in_between_opens_nothing(act: str) -> None:
    """The door saw it alive; by the time the flow reads it, the person has signed out elsewhere."""
    store = Interleaved(MemoryStore())
    world = World(store=store)  # type: ignore[arg-type]
    one = ann(world)
    store.before_commit_of(AttemptCount, lambda: world.accounts.sign_out(one.session_token))

    if act == "change_email":
        outcome: object = world.accounts.change_email(one.session_token, "new@mail.example.org")
    else:
        outcome = world.accounts.add_license(one.session_token, "CSLB 1012345")

    assert store.happened
    assert isinstance(outcome, Refused)
    assert (Code.SESSION,) == outcome.codes
