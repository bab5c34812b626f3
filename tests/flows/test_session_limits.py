"""How long a session lives, what it may do without the password, and where it is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from flows.people import ann, confirmed
from interleaving import Interleaved
from permit_accounts import (
    PUBLIC,
    Code,
    ConfigurationError,
    Refused,
    SessionsEnded,
    SignedIn,
    Unavailable,
)
from permit_accounts.model.records import Account, AttemptCount, Session
from permit_accounts.ports import Add, Every, Is, Replace
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.world import PASSWORD, World, city_policy, public_form
from story import ANSWER, NEW_PASSWORD, newest_link, signed_in


def remembered(world: World) -> SignedIn:
    confirmed(world)
    return signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True))


def opens(world: World, held: SignedIn) -> bool:
    return world.accounts.session(held.session_token) is not None


def record(world: World, held: SignedIn) -> Session:
    return world.store.select(Session, Is("id", held.session.id), limit=1)[0]


# ------------------------------------------------------------------------------------------------- how long


@pytest.mark.attack("SESS-12")
@pytest.mark.parametrize(("minutes", "lives"), [(29.98, True), (30, False), (31, False)])
def test_half_an_hour_of_nothing_ends_it(minutes: float, lives: bool) -> None:
    """The idle limit is the server's, to the second."""
    world = World()
    one = ann(world)

    world.tick(minutes=minutes)

    assert lives == opens(world, one)


@pytest.mark.attack("SESS-12")
def test_whoever_goes_on_working_is_in_for_a_day_and_no_longer() -> None:
    """Never idle, and yet over after 24 hours; being seen is written every few minutes, not each time."""
    world = World()
    one = ann(world)
    writes = 0
    for _ in range(24 * 60 // 4 - 1):
        before = record(world, one).version
        world.tick(minutes=4)
        assert opens(world, one)
        writes += record(world, one).version - before

    world.tick(minutes=4)

    assert not opens(world, one)
    assert 24 * 60 // 8 - 1 >= writes  # five minutes must have passed, and a request comes each four


@pytest.mark.attack("SESS-12")
@pytest.mark.parametrize("remember", [False, True])
def test_a_moment_that_cannot_be_is_not_believed(remember: bool) -> None:
    """Last seen in the future: the session is over, however long it was to live."""
    world = World()
    confirmed(world)
    one = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=remember))
    kept = record(world, one)
    world.store.commit(Replace(kept, attrs.evolve(kept, seen_at=world.now().replace(year=2999))))

    assert not opens(world, one)


@pytest.mark.attack("SESS-12")
def test_a_clock_set_back_a_little_signs_nobody_out() -> None:
    """Clocks are corrected by seconds; a touch's width is allowed."""
    world = World()
    one = ann(world)

    world.tick(minutes=-4)

    assert opens(world, one)


@pytest.mark.attack("SESS-06")
def test_a_copied_remembered_token_dies_thirty_days_after_the_password() -> None:
    """However it is used: no request prolongs it, and the copy is the same session as the original."""
    world = World()
    one = remembered(world)

    for _ in range(29):
        world.tick(days=1)
        assert opens(world, one)
        assert 1 == len(world.accounts.sessions(one.session_token))  # type: ignore[arg-type]
    world.tick(hours=23, minutes=59)
    assert opens(world, one)
    world.tick(minutes=1)

    assert not opens(world, one)


def _end_it(world: World, held: SignedIn) -> None:
    other = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))
    assert SessionsEnded(count=1) == world.accounts.end_session(other.session_token, held.session.id)


def _sign_out(world: World, held: SignedIn) -> None:
    world.accounts.sign_out(held.session_token)


def _change(world: World, held: SignedIn) -> None:
    world.accounts.change_password(held.session_token, PASSWORD, NEW_PASSWORD)


def _reset(world: World, held: SignedIn) -> None:
    world.accounts.request_password_reset("ann")
    link = newest_link(world, "ann@mail.example.org", "/reset-password")
    world.accounts.reset_password(link, NEW_PASSWORD, ANSWER)


def _disable(world: World, held: SignedIn) -> None:
    world.desk().disable("ann", PUBLIC, reason="reported stolen")


@pytest.mark.attack("SESS-06")
@pytest.mark.parametrize("end", [_end_it, _sign_out, _change, _reset, _disable])
def test_a_remembered_session_dies_at_once_by_whatever_ends_sessions(
    end: Callable[[World, SignedIn], None],
) -> None:
    """The list, sign-out, a change, a reset, disabling: a cookie that outlives them would be a second key."""
    world = World()
    one = remembered(world)

    end(world, one)

    assert not opens(world, one)


@pytest.mark.attack("SESS-06")
def test_each_device_has_a_session_of_its_own() -> None:
    """Ending one leaves the other; what is stored opens neither."""
    world = World()
    one = remembered(world)
    two = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True))

    world.accounts.sign_out(one.session_token)

    assert opens(world, two)
    assert world.accounts.session(two.session.id) is None
    assert two.session_token not in repr(world.store.select(Session, Every(), limit=10))


def test_a_city_may_offer_no_long_sessions() -> None:
    """`Policy.strict` has no remember-me: ticking the box changes nothing."""
    world = World(city_policy(remember_me=False))
    one = remembered(world)

    assert not one.session.remembered
    world.tick(minutes=30)
    assert not opens(world, one)


# -------------------------------------------------------------------------------------------- what it may do

Sensitive = Callable[[World, SignedIn], object]
SENSITIVE: dict[str, Sensitive] = {
    "change_email": lambda w, s: w.accounts.change_email(s.session_token, "new@mail.example.org"),
    "end_other_sessions": lambda w, s: w.accounts.end_other_sessions(s.session_token),
    "release_license": lambda w, s: w.accounts.release_license(s.session_token, "us-ca-cslb:1012345"),
    "export_account": lambda w, s: w.accounts.export_account(s.session_token),
}
BY_PASSWORD: dict[str, Callable[[World, SignedIn, str], object]] = {
    "change_password": lambda w, s, p: w.accounts.change_password(s.session_token, p, NEW_PASSWORD),
    "change_security_question": lambda w, s, p: w.accounts.change_security_question(
        s.session_token, p, "first-dish", "potato soup"
    ),
    "close_account": lambda w, s, p: w.accounts.close_account(s.session_token, p),
}


@pytest.mark.attack("SESS-09", "SESS-06")
@pytest.mark.parametrize("act", SENSITIVE)
def test_a_sensitive_act_asks_for_a_password_of_the_last_quarter_of_an_hour(act: str) -> None:
    """A remembered session is not fresh (ASVS 5.0, 7.5.1); entering the password makes it so."""
    world = World()
    one = remembered(world)
    world.accounts.add_license(one.session_token, "CSLB 1012345")

    world.tick(minutes=15, seconds=1)
    refused = SENSITIVE[act](world, one)
    fresh = signed_in(world.accounts.reauthenticate(one.session_token, PASSWORD))
    done = SENSITIVE[act](world, fresh)

    assert isinstance(refused, Refused)
    assert (Code.PASSWORD_AGAIN,) == refused.codes
    assert not isinstance(done, Refused)


@pytest.mark.attack("SESS-09", "SESS-06")
@pytest.mark.parametrize("act", BY_PASSWORD)
def test_what_changes_a_credential_asks_for_the_password_itself(act: str) -> None:
    """However fresh the session: who found an open browser changes nothing."""
    world = World()
    one = remembered(world)

    for wrong in ("", "not the password of ann", "x" * 2000):
        refused = BY_PASSWORD[act](world, one, wrong)
        assert isinstance(refused, Refused)
        assert (Code.WRONG_CREDENTIALS,) == refused.codes
    assert opens(world, one)
    assert not isinstance(BY_PASSWORD[act](world, one, PASSWORD), Refused)


def test_the_window_ends_with_its_last_second() -> None:
    """Fifteen minutes are fresh; the same session is entered for good, never prolonged."""
    world = World()
    one = remembered(world)
    world.tick(minutes=15)

    kept = signed_in(world.accounts.end_other_sessions(one.session_token))

    assert one.session.expires_at == kept.session.expires_at
    assert one.session.password_entered_at == kept.session.password_entered_at
    again = signed_in(world.accounts.reauthenticate(kept.session_token, PASSWORD))
    assert one.session.expires_at == again.session.expires_at
    assert world.now() == again.session.password_entered_at


# --------------------------------------------------------------------------------------- what is no session


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
