"""The throttle: what is counted where, who waits, who never does, and what comes of each attempt."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from permit_accounts.model.codes import Code
from permit_accounts.model.errors import TryAgainLater, Unavailable
from permit_accounts.model.outcomes import Problem, Refused
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import AttemptCount
from permit_accounts.ports import Add, Remove, Replace, UpTo
from permit_accounts.rules.policy import Limit
from permit_accounts.rules.waits import Verdict
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.tools import throttle
from permit_accounts.tools.throttle import Attempt, Reservation
from permit_accounts.tools.throttle.keys import _warn_of_no_address
from tools.counted_city import HERE, START, City, DownStore, OvertakenStore

NOWHERE = Visitor()
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def elsewhere(n: int) -> Visitor:
    """One of very many addresses."""
    return Visitor(ip=f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}")


@pytest.fixture
def city() -> City:
    return City()


# ---------------------------------------------------------------------------------------------- the name


def test_ten_wrong_ones_are_free_then_the_name_waits(city: City) -> None:
    """The eleventh is not checked before 30 s have passed."""
    ann = city.account()

    assert [None] * 10 + [30 * SECOND] * 2 == [made.wait for made in city.wrong(ann, NOWHERE, times=12)]
    city.tick(seconds=29)
    assert SECOND == city.reserve(ann, NOWHERE).attempt.wait
    city.tick(seconds=1)
    assert city.wrong(ann, NOWHERE)[0].wait is None
    assert MINUTE == city.reserve(ann, NOWHERE).attempt.wait


@pytest.mark.attack("THR-08")
def test_a_day_of_guessing_at_one_name(city: City) -> None:
    """39 are checked in the first 24 hours, 24 in the next, whether from one address or from a thousand."""
    ann = city.account()
    assert city.guess_on(ann, NOWHERE, until=START + DAY) == 39
    assert city.guess_on(ann, NOWHERE, until=START + 2 * DAY) == 24

    ben, checked = city.account("00ben"), 0
    for n in range(3000):
        made = city.wrong(ben, elsewhere(n))[0]
        checked += made.wait is None
        city.tick(seconds=(DAY / 3000).total_seconds())
    assert checked <= 39


@pytest.mark.attack("ENUM-11")
def test_a_name_that_nobody_has_waits_alike(city: City) -> None:
    """Every answer of the throttle is the same, level by level, for temporary passwords too."""
    told = []
    for who in (city.account(), "public:nobody"):
        city.now = START
        answers = []
        for _ in range(30):
            made = city.wrong(who, NOWHERE)[0]
            shape = city.attempt(who, Verdict.WRONG, NOWHERE, temporary_shape=True)
            again = city.reserve(who, NOWHERE).attempt
            answers += [
                (one.trusted, one.wait, one.temporary_only, one.first_refusal) for one in (made, shape, again)
            ]
            city.tick(seconds=40)
        told.append(answers)

    assert told[0] == told[1]
    assert any(waiting for _, waiting, _, _ in told[0])


def test_the_answer_says_when_to_come_again(city: City) -> None:
    """In whole seconds and minutes, rounded up: for Retry-After and for people."""
    ann = city.account()
    city.wrong(ann, NOWHERE, times=10)
    refused = city.reserve(ann, NOWHERE).attempt

    assert refused.must_wait
    assert not city.reserve("public:else", NOWHERE).attempt.must_wait
    for wait, seconds, minutes in (
        (timedelta(seconds=30), "30", "1"),
        (timedelta(seconds=60), "60", "1"),
        (timedelta(seconds=60, microseconds=1), "61", "2"),
        (timedelta(microseconds=1), "1", "1"),
    ):
        told = attrs.evolve(refused, wait=wait).refusal()
        assert Refused((Problem(Code.WAIT, "", {"seconds": seconds, "minutes": minutes}),)) == told


@pytest.mark.attack("THR-04")
def test_all_names_of_an_account_are_one_count(city: City) -> None:
    """The count is the account's, whichever of its names was typed; an unknown name has its own."""
    ann = city.account()
    for name in ("license:us-ca-cslb:1012345", "license:us-ca-cslb:1012346"):
        for _ in range(5):
            keys = throttle.keys_for(city.s, account=ann, name=name, visitor=NOWHERE)
            throttle.settle(city.s, throttle.reserve(city.s, keys), Verdict.WRONG)

    assert city.reserve(ann, NOWHERE).attempt.must_wait
    assert not city.reserve("license:us-ca-cslb:1012345", NOWHERE).attempt.must_wait


def test_a_success_does_not_clear_the_name(city: City) -> None:
    """Only its own reservation goes: else the owner's sign-ins would renew a stranger's guesses."""
    ann = city.account()
    city.wrong(ann, NOWHERE, times=9)
    city.right(ann, NOWHERE)
    city.wrong(ann, NOWHERE)

    assert city.reserve(ann, NOWHERE).attempt.must_wait


@pytest.mark.attack("THR-03")
def test_signing_in_to_ones_own_account_clears_no_guesses(city: City) -> None:
    """Four guesses and a sign-in of one's own, again and again: the victim's and the source's counts grow."""
    victim, own = city.account("00victim"), city.account("00own")
    source_waits = 0
    for _ in range(6):
        source_waits += sum(made.must_wait for made in city.wrong(victim, times=4))
        city.right(own)

    name, source = city.counts("a"), city.counts("d")
    assert [10] == [count.failures for count in name]
    assert [10] == [count.failures for count in source]
    assert source_waits == 14


def test_an_ordinary_sign_in_leaves_nothing(city: City) -> None:
    """Known or unknown device, a success with nothing counted keeps no record."""
    ann = city.account()
    city.right(ann)
    city.right(ann, city.known(ann))

    assert [] == city.counts()


def test_a_neutral_attempt_leaves_all_as_it_was(city: City) -> None:
    """A form with another problem, or too much load, is neither a guess nor a success."""
    ann = city.account()
    known = city.known(ann)
    city.wrong(ann, times=3)
    city.wrong(ann, known, times=2)
    before = {count.id: count.failures for count in city.counts()}

    city.attempt(ann, Verdict.NEUTRAL)
    city.attempt(ann, Verdict.NEUTRAL, known)

    assert before == {count.id: count.failures for count in city.counts()}
    assert [] == [count for count in city.counts() if count.pending]


# ------------------------------------------------------------------------------------- while a name waits


@pytest.mark.attack("THR-09")
def test_refusals_while_waiting_change_nothing(city: City) -> None:
    """A hundred of them write nothing after the first, and the wait ends when it would have ended."""
    ann = city.account()
    city.wrong(ann, times=10)
    first = city.reserve(ann).attempt
    kept = city.counts()

    for verdict in [Verdict.WRONG] * 99 + [Verdict.RIGHT]:
        city.tick(milliseconds=100)
        assert city.attempt(ann, verdict).must_wait

    assert first.first_refusal
    assert kept == city.counts()
    city.tick(seconds=20)
    assert city.right(ann).wait is None
    assert city.wrong(ann)[0].wait is None
    assert MINUTE == city.reserve(ann).attempt.wait


def test_the_first_refusal_of_each_wait_is_told(city: City) -> None:
    """One event per bucket and level, whoever asks."""
    ann = city.account()
    city.wrong(ann, NOWHERE, times=10)
    for wait in (30, 60, 120):
        told = [city.reserve(ann, visitor).attempt.first_refusal for visitor in (NOWHERE, HERE, NOWHERE)]
        assert [True, False, False] == told
        city.tick(seconds=wait)
        city.wrong(ann, NOWHERE)


# ---------------------------------------------------------------------------------------------- the device


@pytest.mark.attack("THR-08", "LIC-12")
def test_a_known_device_feels_nothing_of_strangers(city: City) -> None:
    """While the name waits, while its source waits, and while the password is closed."""
    ann = city.account()
    known = city.known(ann)
    city.guess_on(ann, NOWHERE, until=START + 90 * HOUR)
    city.wrong(ann, NOWHERE)
    for n in range(25):
        city.wrong(f"public:n{n}")
    assert city.reserve(ann, elsewhere(2)).attempt.must_wait
    assert city.reserve(city.account("00ben")).attempt.must_wait

    made = city.reserve(ann.closed_for_untrusted(city.now), known).attempt

    assert (True, None, False, 0) == (made.trusted, made.wait, made.temporary_only, made.hard_count)


def test_a_known_device_has_a_count_of_its_own(city: City) -> None:
    """The same schedule, on that device alone; the name and the source are not charged."""
    ann = city.account()
    known, other = city.known(ann), city.known(ann)
    city.wrong(ann, known, times=10)

    assert 30 * SECOND == city.reserve(ann, known).attempt.wait
    assert city.reserve(ann, known).attempt.trusted
    assert not city.reserve(ann, other).attempt.must_wait
    assert not city.reserve(ann).attempt.must_wait
    assert ["b"] == [count.id[0] for count in city.counts() if count.failures]


def test_a_success_clears_the_device(city: City) -> None:
    """Whoever mistyped often and then gets it right begins anew."""
    ann = city.account()
    known = city.known(ann)
    city.wrong(ann, known, times=12)
    city.tick(hours=1)
    city.right(ann, known)

    assert [] == city.counts("b")
    assert [None] * 10 == [made.wait for made in city.wrong(ann, known, times=10)]


def test_a_device_is_dead_after_a_hundred_failures(city: City) -> None:
    """It is then a stranger's, for the rest of its token's life; the hundred are counted over months."""
    ann = city.account()
    known = city.known(ann)
    checked = 0
    while city.now < START + 170 * DAY:
        made = city.wrong(ann, known)[0]
        checked += made.trusted and not made.must_wait
        city.tick(days=1)

    assert checked == 100
    assert not city.reserve(ann, known).attempt.trusted
    assert city.reserve(ann, city.known(ann)).attempt.trusted


# ------------------------------------------------------------------------------------------- the hard count


def test_the_hard_count_is_of_unknown_devices_in_a_row(city: City) -> None:
    """Each attempt is told which one it is, nobody's names too; known devices have none."""
    ann = city.account()

    assert [1, 2, 3] == [made.hard_count for made in city.wrong(ann, NOWHERE, times=3)]
    assert [0] == [made.hard_count for made in city.wrong(ann, city.known(ann))]
    assert [1, 2] == [made.hard_count for made in city.wrong("public:nobody", times=2)]
    assert city.reserve(ann, HERE).attempt.hard_count == 4


def test_the_hundredth_failure_is_told_to_one_attempt(city: City) -> None:
    """Fifty and a hundred each come once, 84 hours after the first guess."""
    ann = city.account()
    counts = []
    while city.now < START + 90 * HOUR:
        made = city.wrong(ann, NOWHERE)[0]
        if made.wait is None:
            counts.append((made.hard_count, city.now - START))
        else:
            city.now += made.wait

    numbers = [number for number, _ in counts]
    assert list(range(1, len(counts) + 1)) == numbers
    assert 84 * HOUR == timedelta(hours=dict(counts)[100] // HOUR)


@pytest.mark.parametrize("device", ["known", "unknown"])
def test_any_success_begins_the_hard_count_anew(city: City, device: str) -> None:
    """At 99 a sign-in of the owner, on whatever device, gives 100 again."""
    ann = city.account()
    city.s.store.commit(Add(_hard_count(city, 99)))

    city.right(ann, city.known(ann) if device == "known" else NOWHERE)

    assert [] == city.counts("c")
    assert city.reserve(ann, NOWHERE).attempt.hard_count == 1


def test_beyond_the_cap_no_chosen_password_is_compared(city: City) -> None:
    """Even should nobody have closed the account: the hundred and first is for a temporary one only."""
    ann = city.account()
    city.s.store.commit(Add(_hard_count(city, 99)))

    assert [(100, False), (101, True)] == [
        (made.hard_count, made.temporary_only) for made in city.wrong(ann, NOWHERE, times=2)
    ]


def test_new_credentials_begin_a_new_hard_count(city: City) -> None:
    """After a reset the failures at the old password are nobody's."""
    ann = city.account()
    city.wrong(ann, NOWHERE, times=5)

    assert city.reserve(ann.with_password("h"), NOWHERE).attempt.hard_count == 1
    assert city.reserve(ann, NOWHERE).attempt.hard_count == 6


def test_staff_can_begin_it_anew(city: City) -> None:
    """What opens the account without new credentials forgets the count in its own commit."""
    ann = city.account()
    city.wrong(ann, NOWHERE, times=7)

    city.store.commit(*throttle.hard_count_cleared(city.s, ann))

    assert city.reserve(ann, NOWHERE).attempt.hard_count == 1
    assert throttle.hard_count_cleared(city.s, city.account("00ben")) == ()


def test_flushing_the_scratch_store_reopens_nothing() -> None:
    """Waits are forgotten; the hard count and the device's are not."""
    scratch = MemoryStore()
    city = City(scratch=scratch)
    ann = city.account()
    known = city.known(ann)
    city.wrong(ann, NOWHERE, times=10)
    city.wrong(ann, known, times=10)
    assert city.reserve(ann, NOWHERE).attempt.must_wait

    scratch.commit(*(Remove(count) for count in city.counts(store=scratch)))

    after = city.reserve(ann, NOWHERE).attempt
    assert (None, 11) == (after.wait, after.hard_count)
    assert city.reserve(ann, known).attempt.must_wait


# --------------------------------------------------------------------------------------- temporary passwords


@pytest.mark.attack("THR-08")
def test_a_temporary_password_never_waits_for_its_name(city: City) -> None:
    """While the name waits it is let through for that alone, and charged to its source alone."""
    ann = city.account()
    city.wrong(ann, NOWHERE, times=10)
    before = city.counts("a"), city.counts("c")

    made = [city.attempt(ann, Verdict.WRONG, temporary_shape=True) for _ in range(5)]

    assert [(None, True, 0)] * 5 == [(one.wait, one.temporary_only, one.hard_count) for one in made]
    assert before == (city.counts("a"), city.counts("c"))
    assert [5] == [count.failures for count in city.counts("d")]


def test_while_nothing_waits_it_is_an_ordinary_attempt(city: City) -> None:
    """Compared with the one hash that the account has, and counted."""
    ann = city.account()
    made = city.attempt(ann, Verdict.WRONG, temporary_shape=True)

    assert (None, False, 1) == (made.wait, made.temporary_only, made.hard_count)
    assert [1] == [count.failures for count in city.counts("a")]


@pytest.mark.attack("ENUM-11", "ENUM-12")
def test_while_the_password_is_closed_it_is_counted_like_any_other(city: City) -> None:
    """It passes, for a temporary one alone; were it not counted, that would tell who is known."""
    closed = city.account().closed_for_untrusted(START)

    for n, shape in enumerate((True, False), start=1):
        made = city.attempt(closed, Verdict.WRONG, temporary_shape=shape)
        assert (None, True, n) == (made.wait, made.temporary_only, made.hard_count)
        assert [n] == [count.failures for count in city.counts("a")]
    city.wrong(closed, times=8)
    around = city.attempt(closed, Verdict.WRONG, temporary_shape=True)
    assert (None, True, 0) == (around.wait, around.temporary_only, around.hard_count)


@pytest.mark.attack("ENUM-11", "ENUM-12")
def test_a_closed_password_looks_like_any_other(city: City) -> None:
    """Closed, open or nobody's: each attempt is let through or made to wait at the same moments."""
    told = []
    for who in (city.account("00a").closed_for_untrusted(START), city.account("00b"), "public:nobody"):
        city.now = START
        answers = []
        for n in range(40):
            shape = n % 3 == 0
            made = city.attempt(who, Verdict.WRONG, elsewhere(n), temporary_shape=shape)
            answers.append((made.wait, made.first_refusal, made.must_wait))
            city.tick(seconds=20)
        told.append(answers)

    assert told[0] == told[1] == told[2]


def test_its_source_can_make_it_wait(city: City) -> None:
    """The one limit that it has beside the queue of hashes."""
    ann = city.account()
    for n in range(20):
        city.attempt(f"public:n{n // 3}", Verdict.WRONG, temporary_shape=True)

    assert city.reserve(ann, temporary_shape=True).attempt.must_wait
    assert not city.reserve(ann, NOWHERE, temporary_shape=True).attempt.must_wait


def test_on_a_known_device_it_goes_around_too(city: City) -> None:
    """A device that waits after its owner's own mistakes still takes a temporary password."""
    ann = city.account()
    known = city.known(ann)
    city.wrong(ann, known, times=10)

    made = city.attempt(ann, Verdict.WRONG, known, temporary_shape=True)

    assert (True, None, True) == (made.trusted, made.wait, made.temporary_only)
    assert [10] == [count.failures for count in city.counts("b")]
    assert [1] == [count.failures for count in city.counts("d")]


def test_on_a_known_device_its_source_counts_when_it_goes_around(city: City) -> None:
    """Around its own count there is still the source's, full or waiting."""
    ann = city.account()
    known = city.known(ann)
    city.wrong(ann, known, times=10)
    for n in range(20):
        city.wrong(f"public:n{n // 3}")

    assert city.reserve(ann, known, temporary_shape=True).attempt.must_wait


def test_a_right_one_takes_itself_back(city: City) -> None:
    """The source is charged for failures only."""
    ann = city.account()
    city.wrong(ann, NOWHERE, times=10)
    city.attempt(ann, Verdict.RIGHT, temporary_shape=True)

    assert [] == city.counts("d")


# ---------------------------------------------------------------------------------------------- the source


def test_a_source_waits_after_twenty_failures(city: City) -> None:
    """Whatever the names; other sources and known devices do not wait, and ten minutes later it is over."""
    ann = city.account()
    for n in range(20):
        assert not city.wrong(f"public:n{n // 3}")[0].must_wait

    refused = city.reserve(ann).attempt
    assert (10 * MINUTE, True) == (refused.wait, refused.first_refusal)
    assert not city.reserve(ann).attempt.first_refusal
    assert not city.reserve(ann, elsewhere(1)).attempt.must_wait
    assert not city.reserve(ann, city.known(ann)).attempt.must_wait
    city.tick(minutes=10)
    assert not city.reserve(ann).attempt.must_wait


def test_a_network_of_ipv6_is_one_source(city: City) -> None:
    """Changing the address within a /64 changes nothing."""
    for n in range(20):
        city.wrong(f"public:n{n // 3}", Visitor(ip=f"2001:db8:1:2::{n + 1:x}"))

    assert city.reserve(city.account(), Visitor(ip="2001:db8:1:2:ffff::")).attempt.must_wait
    assert not city.reserve(city.account(), Visitor(ip="2001:db8:1:3::1")).attempt.must_wait


@pytest.mark.attack("THR-18")
def test_spraying_makes_the_source_wait_and_nobody_else(city: City) -> None:
    """The tenth name that fails at a source within an hour; then one further name for each ten minutes."""
    for n in range(9):
        city.wrong(f"public:n{n}")
        city.tick(minutes=5)
    assert not city.wrong("public:n9")[0].must_wait

    assert 10 * MINUTE == city.reserve("public:n10").attempt.wait
    assert not city.reserve("public:n10", elsewhere(1)).attempt.must_wait
    city.tick(minutes=10)
    assert not city.wrong("public:n10")[0].must_wait
    assert city.reserve("public:n11").attempt.must_wait


def test_one_name_failing_often_is_no_spray(city: City) -> None:
    """Only its first failure within the hour is a name more."""
    ann = city.account()
    for _ in range(9):
        city.wrong(ann)
        city.tick(minutes=1)

    assert [1] == [count.failures for count in city.counts("e")]
    city.tick(hours=1)
    city.wrong(ann)
    assert [1] == [count.failures for count in city.counts("e")]
    assert not city.reserve("public:else").attempt.must_wait


@pytest.mark.attack("THR-18", "LIC-12")
def test_spraying_from_everywhere_keeps_nobody_out(city: City) -> None:
    """One guess at each of 3000 names from rotating addresses: an honest stranger still gets in."""
    for n in range(3000):
        assert not city.wrong(f"license:us-ca-cslb:{1000000 + n}", elsewhere(n))[0].must_wait

    assert not city.right(city.account(), elsewhere(5000)).must_wait
    assert not city.right(city.account(), elsewhere(7)).must_wait


@pytest.mark.attack("LIC-12")
@pytest.mark.parametrize("addresses", [1, 100])
def test_a_public_list_locks_nobody_out(city: City, addresses: int) -> None:
    """Six wrong ones for each of many numbers: few are checked, and the owners are let in at once."""
    checked = 0
    for n in range(300):
        made = city.wrong(f"license:us-ca-cslb:{1000000 + n}", elsewhere(n % addresses), times=6)
        checked += sum(not one.must_wait for one in made)

    assert checked <= 20 * addresses
    ann = city.account()
    assert not city.right(ann, elsewhere(70000)).must_wait
    assert not city.right(ann, city.known(ann, elsewhere(0))).must_wait


@pytest.mark.attack("THR-07")
@pytest.mark.parametrize("ip", ["", "unknown", "/run/app.sock"])
def test_without_an_address_names_are_still_limited(
    city: City, ip: str, caplog: pytest.LogCaptureFixture
) -> None:
    """No count is shared by everybody, none is missing for a name, and the log says so once."""
    _warn_of_no_address.cache_clear()
    nowhere = Visitor(ip=ip)
    with caplog.at_level(logging.WARNING):
        for n in range(50):
            assert not city.wrong(f"public:n{n}", nowhere)[0].must_wait
        ann = city.account()
        city.wrong(ann, nowhere, times=10)

    assert city.reserve(ann, nowhere).attempt.must_wait
    assert not city.right(city.account("00ben"), nowhere).must_wait
    assert 1 == [record.message for record in caplog.records].count(
        "no client address is known: limits by source do not apply, limits by name do"
    )


# ---------------------------------------------------------------------------------------- doors with a token


@pytest.mark.attack("THR-08")
def test_the_way_through_the_mailbox_is_not_closed_by_guessing(city: City) -> None:
    """Behind a link the count is another, which nobody reaches without the mailbox."""
    ann = city.account()
    city.wrong(ann, NOWHERE, times=12)
    keys = throttle.keys_for_token(ann)

    for _ in range(10):
        made = throttle.reserve(city.s, keys)
        assert Attempt(trusted=False) == made.attempt
        throttle.settle(city.s, made, Verdict.WRONG)
    assert throttle.reserve(city.s, keys).attempt.must_wait
    assert [12] != [count.failures for count in city.counts("c")]


def test_behind_a_link_a_closed_account_is_open(city: City) -> None:
    """A reset is what opens it again."""
    closed = city.account().closed_for_untrusted(START)

    assert not throttle.reserve(city.s, throttle.keys_for_token(closed)).attempt.temporary_only


# ----------------------------------------------------------------------------------------- attempts under way


def test_no_more_than_the_free_ones_are_under_way(city: City) -> None:
    """The eleventh waits for a settlement for ten seconds in short steps, and is then told to wait."""
    ann = city.account()
    held = [city.reserve(ann, NOWHERE) for _ in range(10)]

    refused = city.reserve(ann, NOWHERE).attempt

    assert (30 * SECOND, False) == (refused.wait, refused.first_refusal)
    assert abs(sum(city.paused) - 10) < 0.05
    assert max(city.paused) <= 0.05
    for made in held:
        throttle.settle(city.s, made, Verdict.RIGHT)
    assert [] == city.counts()


def test_whoever_waits_for_a_settlement_goes_on_after_it() -> None:
    """The right one among the ten makes room."""
    settled: list[float] = []

    def pause(seconds: float) -> None:
        settled.append(seconds)
        if len(settled) == 3:
            throttle.settle(city.s, held.pop(), Verdict.RIGHT)

    city = City(pause=pause)
    ann = city.account()
    held = [city.reserve(ann, NOWHERE) for _ in range(10)]

    assert city.reserve(ann, NOWHERE).attempt.wait is None
    assert len(settled) == 3


def test_a_policy_may_spare_the_wait_for_settlements() -> None:
    """With no patience at all the eleventh is told at once."""
    city = City(throttle_settle=timedelta(0))
    ann = city.account()
    for _ in range(10):
        city.reserve(ann, NOWHERE)

    assert city.reserve(ann, NOWHERE).attempt.must_wait
    assert [] == city.paused


def test_a_temporary_password_goes_around_those_under_way() -> None:
    """It waits for a settlement like any other, since it may be a chosen one; then it is let through."""
    city = City()
    ann = city.account()
    for _ in range(10):
        city.reserve(ann, NOWHERE)

    made = city.reserve(ann, HERE, temporary_shape=True).attempt

    assert (None, True) == (made.wait, made.temporary_only)
    assert city.paused


def test_a_source_full_of_attempts_under_way_waits(city: City) -> None:
    """Twenty at one address are as many as may fail there; a temporary password does not pass either."""
    for n in range(20):
        city.reserve(f"public:n{n}")

    assert city.reserve("public:else").attempt.must_wait
    assert city.reserve("public:else", temporary_shape=True).attempt.must_wait
    assert not city.reserve("public:else", elsewhere(1)).attempt.must_wait


def test_a_worker_that_died_took_its_guess_with_it(city: City) -> None:
    """What nobody settles is a failure after a minute, and its late verdict is not counted twice."""
    ann = city.account()
    lost = city.reserve(ann)
    city.wrong(ann, times=9)
    city.tick(seconds=61)

    assert [10, 10] == [count.failures + len(count.pending) for count in city.counts("a") + city.counts("c")]
    assert not city.reserve(ann).attempt.must_wait  # the wait of 30 s is over
    throttle.settle(city.s, lost, Verdict.WRONG)
    city.tick(minutes=5)
    assert city.reserve(ann).attempt.hard_count == 12


# --------------------------------------------------------------------------------- when stores do not answer


@pytest.mark.attack("THR-12")
@pytest.mark.parametrize("down_from", ["the start", "the first commit"])
def test_without_the_scratch_store_the_durable_one_counts(down_from: str) -> None:
    """Never unlimited: ten are free and the eleventh waits, at once."""
    scratch = DownStore()
    city = City(scratch=scratch)
    ann = city.account()
    if down_from == "the start":
        scratch.down = True
    else:
        scratch.commits_left = 0

    made = city.wrong(ann, times=11)

    assert [None] * 10 + [30 * SECOND] == [one.wait for one in made]
    assert list(range(1, 11)) == [one.hard_count for one in made[:10]]
    assert [] == city.counts(store=scratch.inner)


@pytest.mark.attack("THR-12")
def test_a_scratch_store_that_dies_in_between_settles_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Its counts stay under way and become failures; the durable ones are settled all the same."""
    scratch = DownStore()
    city = City(scratch=scratch)
    made = city.reserve(city.account())
    scratch.down = True

    throttle.settle(city.s, made, Verdict.RIGHT)

    assert [] == city.counts("c")
    assert [1, 1] == [len(count.pending) for count in city.counts(store=scratch.inner)]
    assert "will count as a failure: Unavailable" in caplog.text


def test_without_the_durable_store_nothing_is_admitted() -> None:
    """The fault is the world's; what was reserved meanwhile is taken back."""
    store, scratch = DownStore(), MemoryStore()
    city = City(store, scratch=scratch)
    store.commits_left = 0

    with pytest.raises(Unavailable):
        city.reserve(city.account())
    assert [] == city.counts(store=scratch)


def test_one_store_out_of_reach_is_a_fault() -> None:
    """There is no other to count in."""
    store = DownStore()
    city = City(store)
    store.down = True

    with pytest.raises(Unavailable):
        city.reserve(city.account())


def test_two_stores_share_the_counts(city: City) -> None:
    """Name and source in the one that may forget, device and hard count in the one that lasts."""
    scratch = MemoryStore()
    city = City(scratch=scratch)
    ann = city.account()
    city.wrong(ann)
    city.wrong(ann, city.known(ann))
    city.wrong("public:nobody")

    assert {"b", "c"} == {count.id[0] for count in city.counts()}
    assert {"a", "d", "e", "f"} == {count.id[0] for count in city.counts(store=scratch)}


def test_two_stores_hold_the_cap(city: City) -> None:
    """The hard count's own commit says which attempt it is, and closes the password beyond the cap."""
    city = City(scratch=MemoryStore())
    city.store.commit(Add(_hard_count(city, 99)))

    assert [(100, False), (101, True)] == [
        (made.hard_count, made.temporary_only) for made in city.wrong(city.account(), NOWHERE, times=2)
    ]


def test_a_lost_race_at_a_name_is_told_again() -> None:
    """As often as it takes; the attempt is counted once, and the pauses in between stay short."""
    city = City(OvertakenStore(15))
    made = city.reserve(city.account(), NOWHERE)

    assert made.attempt.hard_count == 1
    assert [1, 1] == [len(count.pending) for count in city.counts("a") + city.counts("c")]
    assert 15 == len(city.paused)
    assert sum(city.paused) < 1


@pytest.mark.attack("THR-01")
def test_whoever_always_loses_is_sent_away_unchecked() -> None:
    """Not let through uncounted, and not kept for ever."""
    city = City(OvertakenStore(10**9))

    with pytest.raises(TryAgainLater):
        city.reserve(city.account())
    assert sum(city.paused) < 10


def test_the_loser_at_a_source_goes_on() -> None:
    """One busy address must not slow itself down: the attempt is counted at its name, and later if wrong."""
    store = OvertakenStore(10**9, only="d")
    city = City(store)
    made = city.reserve(city.account())

    assert made.attempt.wait is None
    assert ["a", "c"] == [count.id[0] for count in city.counts()]
    store.times = 0
    throttle.settle(city.s, made, Verdict.WRONG)
    assert [1] == [count.failures for count in city.counts("d")]


def test_who_lost_at_a_source_and_then_waited_is_counted_there() -> None:
    """What was true before a wait is not taken for true after it."""
    store = OvertakenStore()
    pauses: list[float] = []
    others: list[Reservation] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 1:  # the race is lost, and now the source is full
            others.extend(city.reserve(f"public:n{n}") for n in range(20))
        elif len(pauses) == 2:
            for other in others:
                throttle.settle(city.s, other, Verdict.RIGHT)

    city = City(store, pause=pause)
    store.times = 1
    city.reserve("public:last")

    assert len(pauses) > 1
    assert [1] == [len(count.pending) for count in city.counts("d")]


def test_a_settlement_that_loses_a_race_is_told_again() -> None:
    """Nothing of a right attempt stays counted."""
    store = OvertakenStore()
    city = City(store)
    made = city.reserve(city.account())
    store.times = 20

    throttle.settle(city.s, made, Verdict.RIGHT)

    assert [] == city.counts()


def test_a_settlement_that_never_wins_gives_up(caplog: pytest.LogCaptureFixture) -> None:
    """It raises nothing, since the flow is over; the attempt will count as a failure."""
    store = OvertakenStore()
    city = City(store)
    made = city.reserve(city.account())
    store.times = 10**9

    throttle.settle(city.s, made, Verdict.RIGHT)

    assert "will count as a failure: TryAgainLater" in caplog.text
    assert [1, 1, 1] == [len(count.pending) for count in city.counts()]


def test_a_lost_race_for_the_hard_count_alone() -> None:
    """In its own store it is told again by itself; if it never wins, the rest is taken back."""
    scratch = MemoryStore()
    city = City(OvertakenStore(5), scratch=scratch)
    assert city.reserve(city.account()).attempt.hard_count == 1

    city = City(OvertakenStore(10**9), scratch=MemoryStore())
    with pytest.raises(TryAgainLater):
        city.reserve(city.account())
    assert [] == city.counts(store=city.s.scratch)


def test_a_failure_is_counted_where_the_count_was_forgotten() -> None:
    """The scratch store was flushed between reservation and settlement."""
    city = City()
    ann = city.account()
    made = city.reserve(ann)
    city.store.commit(*(Remove(count) for count in city.counts()))

    throttle.settle(city.s, made, Verdict.WRONG)

    assert [("a", 1), ("c", 1), ("d", 1)] == [
        (count.id[0], count.failures) for count in city.counts() if count.id[0] in "acd"
    ]


# ------------------------------------------------------------------------------------------ what is kept


def _hard_count(city: City, failures: int) -> AttemptCount:
    """The hard count of 00ann as it would be after so many failures."""
    trial = City(scratch=MemoryStore())
    trial.s = attrs.evolve(trial.s, keyring=city.s.keyring)
    trial.wrong(city.account(), NOWHERE)
    (count,) = trial.counts("c")
    return attrs.evolve(count, failures=failures)


@pytest.mark.attack("THR-15", "LOG-05")
def test_names_typed_at_random_leave_little_and_expire(city: City) -> None:
    """A record of each layer per name, without the name in it, and all of them purged a day later."""
    for n in range(500):
        city.wrong(f"public:my-real-password-{n}", elsewhere(n))

    kept = city.counts()
    assert len(kept) == 5 * 500  # name, hard count, source, spray and sprayed name
    assert not any("real" in repr(count) for count in kept)
    assert max(len(count.id) for count in kept) <= 40
    expired = city.store.select(AttemptCount, UpTo("expires_at", START + DAY + MINUTE), limit=10_000)
    assert len(kept) == len(expired)


def test_what_is_kept_for_an_account_ends_too(city: City) -> None:
    """The device's count with its token, the hard count a year after the last failure."""
    ann = city.account()
    city.wrong(ann, NOWHERE)
    city.wrong(ann, city.known(ann))

    assert {"a": DAY + MINUTE, "b": 180 * DAY, "c": 366 * DAY} == {
        count.id[0]: count.expires_at - START for count in city.counts()
    }


@pytest.mark.attack("THR-16")
@pytest.mark.parametrize("layer", ["a", "b", "c", "d"])
@pytest.mark.parametrize("failures", [-(2**62), -1, 2**62])
def test_a_planted_number_keeps_the_limit(city: City, layer: str, failures: int) -> None:
    """No number in a record buys more than the free guesses, and none is a fault."""
    ann = city.account()
    visitor = city.known(ann) if layer == "b" else HERE
    city.wrong(ann, visitor)
    (count,) = city.counts(layer)
    city.store.commit(Replace(count, attrs.evolve(count, failures=failures)))

    made = city.wrong(ann, visitor, times=40)

    assert sum(not one.must_wait for one in made) <= 20


@pytest.mark.attack("THR-16")
@pytest.mark.parametrize("layer", ["a", "b", "c", "d"])
def test_a_record_that_cannot_be_read_keeps_the_limit(
    tmp_path: Path, layer: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither unlimited nor closed for good: another record takes its place, and an error is logged."""
    city = City(SQLiteStore(tmp_path / "city.db", create=True, synchronous="NORMAL"))
    ann = city.account()
    visitor = city.known(ann) if layer == "b" else HERE
    city.wrong(ann, visitor)
    with closing(sqlite3.connect(tmp_path / "city.db")) as connection, connection:
        connection.execute("UPDATE attempt_count SET pending = 'x' WHERE id LIKE ?", (f"{layer}:%",))

    made = city.wrong(ann, visitor, times=11)

    assert sum(not one.must_wait for one in made) in {9, 10}
    assert made[-1].must_wait
    assert ("damaged" in caplog.text) == (layer != "d")


def test_a_city_may_set_its_own_numbers() -> None:
    """Each number of the schedule is the policy's."""
    city = City(
        throttle_free=2,
        throttle_first_wait=5 * SECOND,
        throttle_max_wait=MINUTE,
        source_failures=Limit(count=6, within=MINUTE),
        source_wait=2 * MINUTE,
        hard_cap=60,
    )
    ann = city.account()
    assert [None, None, 5 * SECOND] == [made.wait for made in city.wrong(ann, NOWHERE, times=3)]
    for n in range(6):
        city.wrong(f"public:n{n // 2}")
    assert 2 * MINUTE == city.reserve(ann).attempt.wait
