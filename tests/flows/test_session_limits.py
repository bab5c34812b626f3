"""How long a session lives, what it may do without the password, and where it is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import attrs
import pytest

from flows.people import ann, confirmed, events
from permit_accounts import (
    PUBLIC,
    Accounts,
    Code,
    EventName,
    Refused,
    SessionsEnded,
    SignedIn,
)
from permit_accounts.model.records import Session
from permit_accounts.ports import Every, Is, Replace
from permit_accounts.testing.world import PASSWORD, World, city_policy
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


@pytest.mark.attack("CFG-06", "SESS-06")
def test_a_city_that_stops_offering_them_ends_long_sessions() -> None:
    """Those made before are sessions like any other: idle after half an hour, over after a day."""
    world = World()
    one, two = remembered(world), signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True))
    policy = city_policy(remember_me=False)
    strict = Accounts(attrs.evolve(world.services, policy=policy), email=world.mailbox)
    world.tick(hours=23)
    assert opens(world, two)

    assert strict.session(one.session_token) is None
    assert opens(world, one)
    assert strict.session(two.session_token) is not None
    for _ in range(4):
        world.tick(minutes=15)
        strict.session(two.session_token)
    assert strict.session(two.session_token) is None


@pytest.mark.attack("SESS-12")
@pytest.mark.parametrize(("idle", "pause"), [(1, 0.7), (4, 3), (5, 3.5), (6, 4), (30, 22)])
def test_whoever_is_at_work_is_not_idle_however_short_the_limit(idle: int, pause: float) -> None:
    """A limit shorter than the time between two notes of "seen" must not end a session that is in use."""
    world = World(city_policy(session_idle=timedelta(minutes=idle)))
    one = ann(world)

    for _ in range(20):
        world.tick(minutes=pause)
        assert opens(world, one)
    world.tick(minutes=idle)
    assert not opens(world, one)


@pytest.mark.attack("SESS-12")
def test_when_a_session_ends_is_said() -> None:
    """If it is not seen again, and at the latest; being seen puts off the one and never the other."""
    world = World(city_policy(session_absolute=timedelta(hours=1)))
    one = ann(world)
    begun = world.now()
    said = []
    for _ in range(3):
        found = world.accounts.session(one.session_token)
        assert found is not None
        said.append((found.ends_at - begun, found.latest_end - begun))
        world.tick(minutes=29)
    minutes = [tuple(moment.total_seconds() / 60 for moment in pair) for pair in said]
    assert [(30, 60), (59, 60), (60, 60)] == minutes


@pytest.mark.attack("SESS-12")
def test_dead_sessions_push_out_no_live_one() -> None:
    """A remembered one at home, and ten forgotten at the library since: the person is still known at home."""
    world = World()
    home = remembered(world)
    for _ in range(25):
        world.tick(hours=2)
        signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))

    assert opens(world, home)
    assert len(world.store.select(Session, Every(), limit=100)) <= world.policy.max_sessions
    assert [] == events(world, EventName.EXCESS_SESSIONS_ENDED)


@pytest.mark.attack("SESS-12")
def test_of_too_many_live_ones_the_one_unseen_for_longest_goes() -> None:
    """And it is put on record; those of an older epoch go before it, unrecorded."""
    world = World()
    old = remembered(world)
    signed_in(world.accounts.end_other_sessions(old.session_token))
    world.tick(minutes=1)
    first = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True))
    world.tick(minutes=1)
    for _ in range(world.policy.max_sessions - 2):
        signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True))
    kept = [session.id for session in world.store.select(Session, Every(), limit=100)]
    assert first.session.id in kept
    assert world.policy.max_sessions == len(kept)

    for count in (1, 2):
        signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True))
        ended = events(world, EventName.EXCESS_SESSIONS_ENDED)
        assert ["1"] * count == [event.params["count"] for event in ended]
    assert not opens(world, first)


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
