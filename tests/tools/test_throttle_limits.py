"""Limits on mails, registrations, staff issues and security answers."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from interleaving import Interleaved
from permit_accounts.model.codes import Code
from permit_accounts.model.errors import TryAgainLater, Unavailable
from permit_accounts.model.outcomes import AnswerChecked, Problem, Refused, SignedOut, refused
from permit_accounts.model.records import AttemptCount
from permit_accounts.ports import Remove
from permit_accounts.rules.policy import Limit
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.tools.throttle import limits
from tools.counted_city import START, City, DownStore, OvertakenStore

HOURLY = Limit(count=3, within=timedelta(hours=1))
DAILY = Limit(count=4, within=timedelta(days=1))
WRONG = refused(Code.ANSWER_WRONG, "answer")


def test_over_the_limit_nothing_changes() -> None:
    """Three an hour; refused ones are not counted, so asking on does not prolong the wait."""
    city = City()
    assert [True, True, True, False, False] == [
        limits.allow(city.s, "reset", "ann@example.org", HOURLY) for _ in range(5)
    ]
    before = city.counts()
    assert not limits.allow(city.s, "reset", "ann@example.org", HOURLY)
    assert before == city.counts()

    city.tick(hours=1)
    assert limits.allow(city.s, "reset", "ann@example.org", HOURLY)


def test_names_and_kinds_are_counted_apart() -> None:
    """Another mailbox and another purpose have their own limit."""
    city = City()
    for _ in range(3):
        assert limits.allow(city.s, "reset", "ann@example.org", HOURLY)

    assert limits.allow(city.s, "reset", "ben@example.org", HOURLY)
    assert limits.allow(city.s, "usernames", "ann@example.org", HOURLY)
    assert not limits.allow(city.s, "reset", "ann@example.org", HOURLY)


def test_all_limits_must_allow() -> None:
    """Three an hour and four a day, in one record."""
    city = City()
    allowed = []
    for _ in range(10):
        allowed.append(limits.allow(city.s, "reset", "ann@example.org", HOURLY, DAILY))
        city.tick(minutes=15)

    assert [True, True, True, False, True, False, False, False, False, False] == allowed
    assert len(city.counts()) == 1


@pytest.mark.attack("LOG-05")
def test_no_name_stands_there_in_clear() -> None:
    """What is kept is an HMAC, and the record ends with its limit."""
    city = City()
    limits.allow(city.s, "reset", "ann@example.org", HOURLY)
    (count,) = city.counts()

    assert "ann" not in repr(count)
    assert START + timedelta(hours=1) == count.expires_at


def test_a_limit_is_told_with_its_span() -> None:
    """Where the limit is told at all, it says when to come again, and whom to call."""
    city = City()
    told = {"seconds": "3600", "minutes": "60", "phone": city.s.policy.support_phone}
    assert Refused((Problem(Code.LIMIT, "", told),)) == limits.refusal(city.s, HOURLY)


def test_many_at_once_pass_no_more_than_the_limit() -> None:
    """Twenty at one moment: three are allowed."""
    city = City()
    with ThreadPoolExecutor(20) as threads:
        allowed = list(
            threads.map(lambda _: limits.allow(city.s, "reset", "ann@example.org", HOURLY), range(20))
        )

    assert allowed.count(True) == 3


@pytest.mark.attack("THR-12")
def test_the_limit_holds_without_the_scratch_store() -> None:
    """It is counted in the durable store then."""
    scratch = DownStore()
    city = City(scratch=scratch)
    scratch.down = True

    assert [True, True, True, False] == [
        limits.allow(city.s, "reset", "ann@example.org", HOURLY) for _ in range(4)
    ]


def test_without_the_durable_store_nothing_is_allowed() -> None:
    """The fault is the world's, and is raised."""
    store = DownStore()
    city = City(store)
    store.down = True

    with pytest.raises(Unavailable):
        limits.allow(city.s, "reset", "ann@example.org", HOURLY)


def test_who_is_always_overtaken_is_sent_away() -> None:
    """Nothing is allowed uncounted, and nothing goes on for ever."""
    city = City(OvertakenStore(10**9))

    with pytest.raises(TryAgainLater):
        limits.allow(city.s, "reset", "ann@example.org", HOURLY)
    assert 0 < len(city.paused) < 1000


@pytest.mark.attack("THR-16")
def test_a_damaged_record_keeps_the_limit(tmp_path: Path) -> None:
    """A row that cannot be read is neither no limit nor a closed door: another takes its place."""
    city = City(SQLiteStore(tmp_path / "city.db", create=True))
    assert limits.allow(city.s, "reset", "ann@example.org", HOURLY)
    with closing(sqlite3.connect(tmp_path / "city.db")) as connection, connection:
        connection.execute("UPDATE attempt_count SET allowed = 'x'")

    assert [True, True, True, False] == [
        limits.allow(city.s, "reset", "ann@example.org", HOURLY) for _ in range(4)
    ]


# ------------------------------------------------------------------------------------------- security answers


def told(city: City, outcome: object, *, account: str | None = "00ann") -> list[bool]:
    """What the flow was told, whether tries are left."""
    lefts: list[bool] = []

    def flow(left: bool) -> object:
        lefts.append(left)
        return outcome

    who = city.account(account) if account is not None else None
    assert outcome is limits.with_answer_limit(city.s, who, flow)
    return lefts


def test_the_eleventh_wrong_answer_of_a_day_is_not_checked() -> None:
    """Ten per account, whatever the link; a day after the first there is one more."""
    city = City()

    assert [[True]] * 10 + [[False]] * 5 == [told(city, WRONG) for _ in range(15)]
    city.tick(days=1, microseconds=-1)
    assert [False] == told(city, WRONG)
    city.tick(microseconds=1)
    assert [True] == told(city, WRONG)


@pytest.mark.parametrize(
    "outcome", [SignedOut(), refused(Code.PASSWORD_SHORT, "password"), AnswerChecked(matches=True)]
)
def test_what_was_not_wrong_is_taken_back(outcome: object) -> None:
    """A right answer, and a form with another problem, use up no try and leave no record."""
    city = City()

    assert [[True]] * 30 == [told(city, outcome) for _ in range(30)]
    assert [] == city.counts()


def test_answers_told_to_staff_are_tries_too() -> None:
    """One budget, whether the answer came by the page or by telephone."""
    city = City()
    for _ in range(5):
        told(city, WRONG)
        told(city, AnswerChecked(matches=False))

    assert [False] == told(city, WRONG)


def test_taking_back_is_told_again_after_a_lost_race() -> None:
    """A right answer leaves nothing, although somebody else was faster for a while."""
    store = OvertakenStore()
    city = City(store)

    def flow(left: bool) -> object:
        store.times = 5
        return SignedOut()

    limits.with_answer_limit(city.s, city.account(), flow)
    assert [] == city.counts()


def test_a_right_answer_forgives_no_wrong_one() -> None:
    """Nine wrong, one right, one wrong: that was the tenth."""
    city = City()
    for _ in range(9):
        told(city, WRONG)
    told(city, SignedOut())

    assert [True] == told(city, WRONG)
    assert [False] == told(city, WRONG)


@pytest.mark.attack("THR-01")
def test_answers_that_were_forgotten_and_counted_again_are_others() -> None:
    """A right answer is taken back and a wrong one counted while a third is begun: both stand."""
    store = Interleaved(MemoryStore())
    city = City(store)  # type: ignore[arg-type]

    def right(left: bool) -> object:
        city.tick(seconds=1)
        store.before_commit_of(AttemptCount, meanwhile)
        told(city, WRONG)
        return SignedOut()

    def meanwhile() -> None:
        (count,) = city.counts("h")
        store.commit(Remove(count))
        told(city, WRONG)

    limits.with_answer_limit(city.s, city.account(), right)

    assert store.happened
    assert [2] == [len(count.allowed) for count in city.counts("h")]


def test_a_flow_that_fails_uses_up_no_try() -> None:
    """A fault is nobody's wrong answer."""
    city = City()

    def flow(left: bool) -> object:
        raise TryAgainLater("the queue is full")

    with pytest.raises(TryAgainLater):
        limits.with_answer_limit(city.s, city.account(), flow)
    assert [] == city.counts()


def test_a_dead_link_has_no_answer_to_try() -> None:
    """Nobody's tries are used up, since it is nobody's link."""
    city = City()

    assert [True] == told(city, WRONG, account=None)
    assert [] == city.counts()


def test_tries_are_kept_in_the_durable_store() -> None:
    """Flushing the scratch store gives nobody ten more."""
    scratch = MemoryStore()
    city = City(scratch=scratch)
    told(city, WRONG)

    assert len(city.counts("h")) == 1
    assert [] == city.counts(store=scratch)


def test_answers_in_parallel_are_counted_first() -> None:
    """Twenty at once: ten are checked."""
    city = City()
    with ThreadPoolExecutor(20) as threads:
        lefts = list(threads.map(lambda _: told(city, WRONG), range(20)))

    assert lefts.count([True]) == 10


def test_right_answers_in_parallel_leave_nothing() -> None:
    """Each takes back itself, whoever is faster."""
    city = City()
    together = threading.Barrier(5)

    def flow(left: bool) -> object:
        together.wait(30)
        return SignedOut()

    with ThreadPoolExecutor(5) as threads:
        list(threads.map(lambda _: limits.with_answer_limit(city.s, city.account(), flow), range(5)))

    assert [] == city.counts()


def test_what_cannot_be_taken_back_stays(caplog: pytest.LogCaptureFixture) -> None:
    """The store went away after the answer: the outcome stands, the try counts for a day."""
    store = DownStore()
    city = City(store)
    store.commits_left = 1

    assert [True] == told(city, SignedOut())
    store.commits_left = None
    assert len(city.counts("h")) == 1
    assert "not taken back" in caplog.text


def test_a_count_that_was_purged_meanwhile_is_gone() -> None:
    """Somebody else cleaned up between the answer and its settlement."""
    city = City()

    def flow(left: bool) -> object:
        city.store.commit(*(Remove(count) for count in city.counts()))
        return SignedOut()

    limits.with_answer_limit(city.s, city.account(), flow)
    assert [] == city.counts()
