"""A password that too many failures shut to strangers: what shuts it, what stays open, and what opens it."""

from __future__ import annotations

import itertools
import time
from datetime import datetime, timedelta

import attrs
import pytest

from flows.people import (
    LICENSE,
    NUMBER,
    account,
    ann,
    at,
    at_once,
    confirmed,
    events,
    fail_until,
    grant,
    guess,
    invited,
    kinds,
    letters,
    paused_by,
    rewrite,
    sessions,
    templates,
    temporary,
)
from interleaving import Interleaved
from permit_accounts import (
    PUBLIC,
    Code,
    EventName,
    PasswordReset,
    Problem,
    Refused,
    SignedIn,
    Standing,
)
from permit_accounts.model.codes import ActorKind
from permit_accounts.model.records import Account, AttemptCount, Session
from permit_accounts.ports import Every, Remove
from permit_accounts.rules.waits import Verdict
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import (
    PASSWORD,
    World,
    city_policy,
    setup_form,
)
from permit_accounts.tools import throttle
from story import ANSWER, NEW_PASSWORD, newest_link, signed_in
from tools.counted_city import DownStore

GENERIC = Refused((Problem(Code.WRONG_CREDENTIALS),))


def test_the_fiftieth_failure_is_told_and_the_hundredth_shuts_strangers_out() -> None:
    """The owner hears of fifty in a row; at a hundred strangers are shut out, and nothing ends."""
    world = World()
    made = ann(world)
    world.deliver()
    before = account(world)

    fail_until(world, "ann", 49)
    assert [] == letters(world)
    fail_until(world, "ann", 1)
    assert ["failures-notice"] == templates(world)
    assert [(before.id, ActorKind.SYSTEM)] == _done(world, EventName.FAILURES_NOTIFIED)
    fail_until(world, "ann", 49)
    assert account(world).untrusted_closed_at is None
    fail_until(world, "ann", 1)

    after = account(world)
    assert world.now() - timedelta(hours=1) < (after.untrusted_closed_at or before.created_at) <= world.now()
    assert (before.epoch, Standing.ACTIVE) == (after.epoch, after.standing)
    assert [(before.id, ActorKind.SYSTEM)] == _done(world, EventName.PASSWORD_CLOSED_FOR_UNTRUSTED)
    world.tick(days=2)
    assert GENERIC == world.accounts.sign_in(PUBLIC, "ann", PASSWORD)
    assert made.session.epoch == after.epoch
    fail_until(world, "ann", 3)
    assert 1 == len(events(world, EventName.PASSWORD_CLOSED_FOR_UNTRUSTED))
    assert () == violations(world.store)


def _done(world: World, name: EventName) -> list[tuple[str | None, ActorKind]]:
    """To whom it was done, and by whom."""
    return [(event.account_id, event.actor) for event in events(world, name)]


@pytest.mark.attack("THR-13")
def test_the_notice_is_not_lost_where_the_fiftieth_turns_out_to_be_none() -> None:
    """The fiftieth attempt was under way while the next one failed, and was no guess in the end."""
    world = World()
    ann(world)
    fail_until(world, "ann", 49)
    world.tick(days=2)
    world.deliver()
    keys = throttle.keys_for(
        world.services, account=account(world), name="public:ann", visitor=at("192.0.2.1")
    )

    fiftieth = throttle.reserve(world.services, keys)
    guess(world, "ann", 1, visitor=at("192.0.2.2"))
    throttle.settle(world.services, fiftieth, Verdict.NEUTRAL)
    guess(world, "ann", 1, visitor=at("192.0.2.3"))

    assert ["failures-notice"] == templates(world)


def test_the_notice_comes_once_a_day_and_ends_with_the_shutting() -> None:
    """However many fail, and though the owner's sign-ins begin the count anew; each day while it goes on."""
    world = World(city_policy(notify_failures=5, hard_cap=60))
    made = ann(world)
    world.deliver()
    home = at("192.0.2.1", made.device_token)
    for _ in range(3):
        fail_until(world, "ann", 7)
        signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=home))
    assert ["failures-notice"] == templates(world)

    told: list[datetime] = []
    while account(world).untrusted_closed_at is None:
        fail_until(world, "ann", 1)
        told.append(account(world).failures_told_at or world.now())
    days = sorted(set(told))
    assert len(days) > 2
    assert all(later - day >= timedelta(days=1) for day, later in itertools.pairwise(days))
    assert len(days) == len(letters(world)) == len(events(world, EventName.FAILURES_NOTIFIED))

    world.tick(days=2)
    fail_until(world, "ann", 3)
    assert len(days) == len(letters(world))


def test_of_two_failures_at_once_one_is_told() -> None:
    """The mark is in the account, committed with the mail."""
    world = World(city_policy(notify_failures=5))
    ann(world)
    world.deliver()
    fail_until(world, "ann", 4)
    paused_by(world, lambda seconds: time.sleep(0))

    at_once(*[lambda: guess(world, "ann", 1, visitor=at("192.0.2.1"))] * 4)

    assert ["failures-notice"] == templates(world)


def _shut(world: World) -> SignedIn:
    """Ann, whose password is shut to strangers' devices by their hundred failures."""
    made = confirmed(world)
    fail_until(world, "ann", 100)
    world.tick(days=2)
    assert GENERIC == world.accounts.sign_in(PUBLIC, "ann", PASSWORD)
    return made


def test_a_known_device_opens_it_again() -> None:
    """The owner's browser signs in all the while, and strangers begin anew after it."""
    world = World()
    made = _shut(world)
    epoch = account(world).epoch

    signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=at("192.0.2.1", made.device_token)))

    assert (None, epoch) == (account(world).untrusted_closed_at, account(world).epoch)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)


def test_a_reset_by_mail_opens_it_again() -> None:
    """New credentials are not charged with failures at the old."""
    world = World()
    _shut(world)
    world.accounts.request_password_reset("ann")

    world.accounts.reset_password(newest_link(world, "ann@mail.example.org"), NEW_PASSWORD, ANSWER)

    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", NEW_PASSWORD), SignedIn)


def test_staff_open_it_again() -> None:
    """By hand, for a caller who was checked; or with a new temporary password and the set-up after it."""
    world = World()
    _shut(world)
    world.desk().open("ann", reason="asked by telephone")
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)

    world = World()
    _shut(world)
    issued = temporary(world, "ann", second_reason="the mailbox is gone")
    page = grant(world, issued.password, "ann", kind=PUBLIC)
    world.accounts.finish_setup(page.token, setup_form(page.asks, password=NEW_PASSWORD))
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", NEW_PASSWORD), SignedIn)


def test_a_success_at_ninety_nine_begins_anew() -> None:
    """The cap counts failures in a row; the owner's sign-in ends the row."""
    world = World()
    made = ann(world)
    fail_until(world, "ann", 99)

    signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=at("192.0.2.1", made.device_token)))
    fail_until(world, "ann", 99)

    assert account(world).untrusted_closed_at is None


@pytest.mark.attack("THR-12")
def test_a_scratch_store_that_is_flushed_opens_nothing() -> None:
    """Waits may be forgotten; the hundred, the closing and every session are in the durable store."""
    scratch = MemoryStore()
    world = World(scratch=scratch)
    made = ann(world)
    fail_until(world, "ann", 99)

    scratch.commit(*(Remove(count) for count in scratch.select(AttemptCount, Every(), limit=100)))
    fail_until(world, "ann", 1)

    assert account(world).untrusted_closed_at is not None
    assert GENERIC == world.accounts.sign_in(PUBLIC, "ann", PASSWORD)
    assert [made.session.id] == [session.id for session in sessions(world)]


@pytest.mark.attack("THR-12")
def test_without_the_scratch_store_the_limits_stand() -> None:
    """Counted in the durable store meanwhile: people get in, and guesses are no more than before."""
    scratch = DownStore()
    world = World(scratch=scratch)
    made = ann(world)
    scratch.down = True

    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
    assert {"wrong-credentials": 10, "wait": 3} == kinds(guess(world, "ann", 13))
    visitor = attrs.evolve(at("192.0.2.1"), device_token=made.device_token)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=visitor), SignedIn)


@pytest.mark.attack("THR-14")
def test_where_the_password_is_shut_a_reset_under_way_is_finished() -> None:
    """The closing is about strangers' passwords; a disabled account finishes nothing."""
    world = World()
    confirmed(world)
    world.accounts.request_password_reset("ann")
    link = newest_link(world, "ann@mail.example.org")
    rewrite(world, untrusted_closed_at=world.now())
    assert isinstance(world.accounts.reset_password(link, NEW_PASSWORD, ANSWER), PasswordReset)
    assert account(world).untrusted_closed_at is None

    world.accounts.request_password_reset("ann")
    link = newest_link(world, "ann@mail.example.org")
    page = grant(world, invited(world).password)
    world.desk().disable("ann", reason="reported stolen")
    world.desk().disable(NUMBER, reason="reported stolen")
    dead = world.accounts.reset_password(link, PASSWORD, ANSWER)
    assert (Code.LINK_INVALID,) == dead.codes  # type: ignore[union-attr]
    dead = world.accounts.finish_setup(page.token, setup_form(page.asks))
    assert (Code.SETUP_EXPIRED,) == dead.codes  # type: ignore[union-attr]
    world.desk().enable("ann", reason="cleared up")
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", NEW_PASSWORD), SignedIn)


@pytest.mark.attack("THR-14")
@pytest.mark.parametrize("kind", [Session, Account])
def test_disabled_in_the_last_moment_is_disabled(kind: type) -> None:
    """Checked again by the commit: right before it staff disable the account, and nothing is opened."""
    store = Interleaved(MemoryStore())
    world = World(store=store)  # type: ignore[arg-type]
    page = grant(world, invited(world).password)
    store.before_commit_of(kind, lambda: world.desk().disable(NUMBER, reason="reported stolen"))

    dead = world.accounts.finish_setup(page.token, setup_form(page.asks))

    assert store.happened
    assert (Code.SETUP_EXPIRED,) == dead.codes  # type: ignore[union-attr]
    assert ([], Standing.DISABLED) == (sessions(world), account(world, LICENSE).standing)
