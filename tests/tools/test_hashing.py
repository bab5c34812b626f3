"""The hasher, real and for tests: the same work in every branch, bounded, fail closed, never weakened."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import resource
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

import argon2
import pytest
from argon2.exceptions import HashingError

from permit_accounts.model.errors import ConfigurationError, TryAgainLater
from permit_accounts.model.secret import Secret
from permit_accounts.rules.policy import Argon2Cost, Policy
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.testing.hasher_contract import HasherContract
from permit_accounts.tools.encoded_hash import AnyCost, Cost, too_costly
from permit_accounts.tools.hashing import (
    Argon2Hasher,
    Argon2WithoutFloor,
    argon2id,
)
from permit_accounts.tools.keyring import Keyring

RIGHT = Secret("seven quiet lanterns drift")
WRONG = Secret("eight quiet lanterns drift")
NO_TIME = timedelta(0)
V1 = hashlib.sha256(b"first pepper").digest()
V2 = hashlib.sha256(b"second pepper").digest()


def ring(pepper: Mapping[str, bytes] | None = None) -> Keyring:
    return Keyring(
        seal=[hashlib.sha256(b"seal").digest()], count=hashlib.sha256(b"count").digest(), pepper=pepper
    )


class Work:
    """Argon2 itself, noting what each call cost."""

    def __init__(self) -> None:
        self.costs: list[tuple[int, int]] = []

    def __call__(self, text: bytes, salt: bytes, cost: Cost, length: int) -> bytes:
        self.costs.append((cost.time_cost, cost.memory_cost))
        return argon2id(text, salt, cost, length)

    def spent(self) -> list[tuple[int, int]]:
        """What was computed since the last time it was asked."""
        costs, self.costs = self.costs, []
        return costs


class Made(Protocol):
    """A hasher of some cost and its noted work."""

    def __call__(
        self, time_cost: int, memory_cost: int, pepper: Mapping[str, bytes] | None = None
    ) -> tuple[Argon2WithoutFloor, Callable[[], list[tuple[int, int]]]]: ...


def library_hasher(
    time_cost: int, memory_cost: int, pepper: Mapping[str, bytes] | None = None
) -> tuple[Argon2WithoutFloor, Callable[[], list[tuple[int, int]]]]:
    work = Work()
    cost = AnyCost(time_cost, memory_cost, 1)
    return Argon2WithoutFloor(cost, ring(pepper), concurrency=2, compute=work), work.spent


def cheap_hasher(
    time_cost: int, memory_cost: int, pepper: Mapping[str, bytes] | None = None
) -> tuple[Argon2WithoutFloor, Callable[[], list[tuple[int, int]]]]:
    hasher = CheapHasher(ring(pepper), time_cost=time_cost, memory_cost=memory_cost)

    def spent() -> list[tuple[int, int]]:
        calls, hasher.calls[:] = hasher.calls[:], []
        return [(passes, memory) for _, passes, memory in calls]

    return hasher, spent


@pytest.mark.attack("PWD-03", "PWD-05")
class TestArgon2Contract(HasherContract):
    """The library's logic keeps the port's promises."""

    @pytest.fixture
    def hasher(self) -> Argon2WithoutFloor:
        return library_hasher(2, 32)[0]


class TestPepperedContract(HasherContract):
    """And it does with a pepper."""

    @pytest.fixture
    def hasher(self) -> Argon2WithoutFloor:
        return library_hasher(1, 16, {"v1": V1})[0]


class TestCheapContract(HasherContract):
    """What stands in for it in tests keeps them too."""

    @pytest.fixture
    def hasher(self) -> CheapHasher:
        return CheapHasher(ring())


@pytest.fixture(params=[library_hasher, cheap_hasher])
def made(request: pytest.FixtureRequest) -> Any:
    return request.param


# ------------------------------------------------------------------------------------- what is written


@pytest.mark.attack("HASH-07")
def test_the_default_is_the_policys_and_pinned() -> None:
    """Passes, memory and lanes are ours, whatever the package's defaults become."""
    encoded = Argon2Hasher(Policy().argon2, ring(), concurrency=1).hash(RIGHT)

    assert encoded.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_others_can_read_what_is_written(made: Made) -> None:
    """The text is the usual one, so accounts can leave for another system."""
    encoded = made(2, 32)[0].hash(RIGHT)

    assert argon2.PasswordHasher().verify(encoded, RIGHT.reveal())


def test_what_others_wrote_can_be_read(made: Made) -> None:
    """And they can come from one."""
    theirs = argon2.PasswordHasher(time_cost=2, memory_cost=32, parallelism=1).hash(RIGHT.reveal())
    hasher, _ = made(2, 32)

    assert hasher.verify(theirs, RIGHT)
    assert not hasher.verify(theirs, WRONG)
    assert not hasher.needs_rehash(theirs)


def test_the_cost_is_the_recommended_one_and_may_be_the_least() -> None:
    """RFC 9106's second recommended option is what `Policy` has; OWASP's minimum passes, in one lane too."""
    assert Argon2Cost(time_cost=3, memory_cost=65536, parallelism=4) == Policy().argon2
    for passes, memory in ((3, 65536), (2, 19456), (1, 47104)):
        Argon2Cost(time_cost=passes, memory_cost=memory, parallelism=1)


@pytest.mark.attack("HASH-07")
def test_a_cost_without_floor_is_refused() -> None:
    """What the tests are run with cannot be configured."""
    with pytest.raises(ConfigurationError, match="takes an Argon2Cost"):
        Argon2Hasher(AnyCost(1, 8, 1), ring())  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="OWASP minimum"):
        Argon2Cost(time_cost=1, memory_cost=8, parallelism=1)


def test_the_cheap_one_says_that_it_is_for_tests() -> None:
    """`Accounts.open` refuses it by this."""
    assert CheapHasher.for_tests
    assert not Argon2Hasher.for_tests


def test_the_cheap_one_notes_what_was_asked() -> None:
    """Each computed hash stands there with its reason and its cost."""
    hasher = CheapHasher(ring())
    encoded = hasher.hash(RIGHT)
    hasher.verify(encoded, RIGHT)
    hasher.verify(None, RIGHT)

    assert [("hash", 1, 8), ("verify", 1, 8), ("verify", 1, 8)] == hasher.calls


def test_salts_come_from_where_chance_comes_from() -> None:
    """So a test that holds chance holds every byte."""
    asked: list[int] = []

    def chance(count: int) -> bytes:
        asked.append(count)
        return bytes(range(count))

    first, second = (CheapHasher(ring(), random=chance).hash(RIGHT) for _ in range(2))

    assert first == second
    assert [16, 16] == asked


# ------------------------------------------------------------------------------- one work in every branch


@pytest.mark.attack("ENUM-02")
@pytest.mark.parametrize(
    "stored",
    [None, "", "x", "!", "$2b$12$abcdefghijklmnopqrstuuJ9bHgVq0Xn9mGZc2o3G8m1Yx1W2ZfK6", "own", "other"],
)
@pytest.mark.parametrize("secret", [RIGHT, WRONG, Secret(""), Secret("\ud800"), Secret("x\0")])
def test_every_check_costs_one_hash_at_todays_cost(made: Made, stored: str | None, secret: Secret) -> None:
    """Known, unknown, without a password, with a damaged one; right, wrong or odd: the work is the same."""
    hasher, spent = made(3, 64)
    encoded = {"own": hasher.hash(RIGHT), "other": hasher.hash(WRONG)}.get(stored or "", stored)
    spent()

    hasher.verify(encoded, secret)

    assert [(3, 64)] == spent()


@pytest.mark.attack("ENUM-03")
@pytest.mark.parametrize(("passes", "memory"), [(1, 8), (1, 64), (2, 32), (3, 48), (1, 150)])
@pytest.mark.parametrize("secret", [RIGHT, WRONG])
def test_a_cheaper_hash_is_topped_up(made: Made, passes: int, memory: int, secret: Secret) -> None:
    """An account whose hash is old costs what all cost, right or wrong, to within one step of Argon2."""
    old = made(passes, memory)[0].hash(RIGHT)
    hasher, spent = made(3, 64)

    assert (secret is RIGHT) == hasher.verify(old, secret)

    costs = spent()
    assert (passes, memory) == costs[0]
    assert 0 <= 3 * 64 - sum(t * m for t, m in costs) < 3 * 8


def test_a_difference_too_small_for_argon2_is_let_go(made: Made) -> None:
    """Below 8 KiB there is nothing to compute."""
    old = made(3, 60)[0].hash(RIGHT)
    hasher, spent = made(3, 64)

    assert hasher.verify(old, RIGHT)
    assert [(3, 60)] == spent()


TODAY = AnyCost(3, 64, 1)
#: In four lanes, then dearer; in one lane before the cost was lowered, and long before.
BEFORE = (AnyCost(2, 64, 4), AnyCost(2, 128, 4), AnyCost(3, 128, 1), AnyCost(1, 96, 1))


@pytest.mark.attack("ENUM-03")
@pytest.mark.parametrize("secret", [RIGHT, WRONG, Secret("")])
@pytest.mark.parametrize("cost", [None, TODAY, *BEFORE, AnyCost(1, 64, 4)])
def test_a_cost_of_before_is_everybodys(cost: AnyCost | None, secret: Secret) -> None:
    """Lanes take another time, and more work takes longer: where one person has such a hash, all do it."""
    spent: Counter[int] = Counter()

    def noting(text: bytes, salt: bytes, cost: Cost, length: int) -> bytes:
        spent[cost.parallelism] += cost.time_cost * cost.memory_cost
        return argon2id(text, salt, cost, length)

    stored = None if cost is None else Argon2WithoutFloor(cost, ring()).hash(RIGHT)
    hasher = Argon2WithoutFloor(TODAY, ring(), earlier=BEFORE, compute=noting)

    assert (cost is not None and secret is RIGHT) == hasher.verify(stored, secret)

    assert {1: 3 * 128, 4: 2 * 128} == spent


def test_lanes_that_nobody_named_are_set_against_todays() -> None:
    """Nobody is locked out by a forgotten declaration, and no more is spent than today's work."""
    costs: list[Cost] = []

    def noting(text: bytes, salt: bytes, cost: Cost, length: int) -> bytes:
        costs.append(cost)
        return argon2id(text, salt, cost, length)

    stored = Argon2WithoutFloor(AnyCost(3, 32, 4), ring()).hash(RIGHT)

    assert Argon2WithoutFloor(TODAY, ring(), compute=noting).verify(stored, RIGHT)
    assert [AnyCost(3, 32, 4), AnyCost(3, 32, 1)] == costs


@pytest.mark.attack("ENUM-02")
def test_the_decoy_follows_the_configured_cost(made: Made) -> None:
    """Another setting, another decoy: nothing remembers the old one."""
    for passes, memory in ((1, 16), (2, 64)):
        hasher, spent = made(passes, memory)
        hasher.verify(None, RIGHT)
        assert [(passes, memory)] == spent()


# --------------------------------------------------------------------------------------------- fail closed


def damaged(encoded: str) -> Mapping[str, str]:
    """Every way in which a stored hash has been seen to be damaged."""
    head, parameters, salt, tag = encoded.rsplit("$", 3)
    bits = "AQgw"  # in the last of 43 characters only the upper four bits are the tag's
    other_bits = tag[:-1] + chr(ord(tag[-1]) + 1) if tag[-1] in bits else tag[:-1] + "B"
    return {
        "one character less": encoded[:-1],
        "five less": encoded[:-5],
        "twenty less": encoded[:-20],
        "cut after the salt": f"{head}${parameters}${salt}",
        "empty tag": f"{head}${parameters}${salt}$",
        "short tag": f"{head}${parameters}${salt}${tag[:4]}",
        "tag of 45 characters": f"{head}${parameters}${salt}${tag}AA",
        "spare bits set": f"{head}${parameters}${salt}${other_bits}",
        "short salt": f"{head}${parameters}${salt[:-4]}${tag}",
        "salt of 25 characters": f"{head}${parameters}${salt}AAA${tag}",
        "words for numbers": encoded.replace("p=1", "p=four"),
        "no passes": encoded.replace("t=2", "t=0"),
        "leading zero": encoded.replace("t=2", "t=02"),
        "other digits": encoded.replace("t=2", "t=٢"),
        "no memory": encoded.replace("m=32", "m=0"),
        "less memory than lanes need": encoded.replace("p=1", "p=5"),
        "another type": encoded.replace("argon2id", "argon2i"),
        "an unknown type": encoded.replace("argon2id", "argon2x"),
        "another version": encoded.replace("v=19", "v=16"),
        "no version": encoded.replace("v=19$", ""),
        "upper case": encoded.upper(),
        "leading space": f" {encoded}",
        "trailing newline": f"{encoded}\n",
        "trailing NUL": f"{encoded}\0",
        "not ASCII": f"{encoded}é",
        "twice": encoded + encoded,
        "empty pepper id": f"p:{encoded}",
        "odd pepper id": f"p:v 1{encoded}",
        "the password itself": RIGHT.reveal(),
        "too much memory": encoded.replace("m=32", f"m={(1 << 20) + 1}"),
        "all memory there is": encoded.replace("m=32", "m=4294967295"),
        "too many passes": encoded.replace("t=2", "t=17"),
        "endless passes": encoded.replace("t=2", "t=4294967295"),
        "too many lanes": encoded.replace("m=32", "m=4096").replace("p=1", "p=17"),
        "too much work": encoded.replace("m=32", "m=1048576").replace("t=2", "t=5"),
        "a megabyte": encoded + "A" * 1_000_000,
    }


@pytest.mark.attack("HASH-02")
@pytest.mark.parametrize("damage", list(damaged("$argon2id$v=19$m=32,t=2,p=1$a$aa")))
def test_a_damaged_hash_fails_closed(made: Made, damage: str) -> None:
    """It verifies nothing, raises nothing, costs one hash at today's cost and is told from a good one."""
    hasher, spent = made(2, 32)
    encoded = hasher.hash(RIGHT)
    stored = damaged(encoded)[damage]
    assert stored != encoded
    spent()

    assert not hasher.verify(stored, RIGHT)

    assert [(2, 32)] == spent()
    assert not hasher.readable(stored)
    assert hasher.readable(encoded)


def test_too_costly_is_never_what_is_made_today() -> None:
    """A city may choose more than the ceiling; then the ceiling is that."""
    huge = Argon2Cost(time_cost=20, memory_cost=2 << 20, parallelism=32)

    assert not too_costly(huge, huge)
    assert too_costly(huge, Argon2Cost())


@pytest.mark.attack("HASH-07")
def test_a_lowered_setting_locks_nobody_out() -> None:
    """Hashes of 10 passes over 128 MiB are still checked when the setting is back at 3 over 64."""
    assert not too_costly(AnyCost(10, 131072, 4), Argon2Cost())


def test_no_memory_for_a_hash_is_nobodys_fault(made: Made) -> None:
    """What Argon2 raises where memory is not to be had is `TryAgainLater`, and the slot is free again."""

    def starved(text: bytes, salt: bytes, cost: Cost, length: int) -> bytes:
        raise HashingError("Memory allocation error")

    hasher = Argon2WithoutFloor(AnyCost(1, 8, 1), ring(), concurrency=1, queue=0, compute=starved)
    for _ in range(3):
        with pytest.raises(TryAgainLater, match="no memory"):
            hasher.verify(None, RIGHT)
    with pytest.raises(TryAgainLater, match="no memory"):
        hasher.hash(RIGHT)


@pytest.mark.attack("LOG-03")
@pytest.mark.parametrize("pepper", [None, {"v1": V1}])
@pytest.mark.parametrize("fault", [HashingError, MemoryError, KeyboardInterrupt, TryAgainLater])
def test_whatever_goes_wrong_shows_no_password(
    fault: type[BaseException], pepper: Mapping[str, bytes] | None
) -> None:
    """Crash reporters print the variables of every frame, and follow every cause and context."""

    def failing(text: bytes, salt: bytes, cost: Cost, length: int) -> bytes:
        raise fault("out of memory")

    hasher = Argon2WithoutFloor(AnyCost(1, 8, 1), ring(pepper), concurrency=1, queue=0, compute=failing)
    if fault is TryAgainLater:
        hasher = Argon2WithoutFloor(AnyCost(1, 8, 1), ring(pepper), concurrency=1, queue=0, wait=NO_TIME)
    stored = library_hasher(1, 8, pepper)[0].hash(RIGHT)
    told = []
    with hasher._queue.slot() if fault is TryAgainLater else nullcontext():
        for act in (hasher.hash, partial(hasher.verify, None), partial(hasher.verify, stored)):
            try:
                act(RIGHT)
            except BaseException as error:
                told += _reports(error)

    assert 3 <= len(told)
    assert [] == [report for report in told if RIGHT.reveal() in report]


def _reports(error: BaseException | None) -> list[str]:
    """What a reporter prints of an error and of all that it hangs on, whether or not it says so."""
    if error is None:
        return []
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    return ["".join(report.format()), *_reports(error.__cause__), *_reports(error.__context__)]


# ------------------------------------------------------------------------------------------------ upgrades


@pytest.mark.attack("HASH-04", "HASH-07")
@pytest.mark.parametrize(
    ("passes", "memory", "due"),
    [
        (3, 64, False),
        (1, 8, True),
        (2, 64, True),
        (3, 63, True),
        (4, 48, True),  # as much work in less memory
        (9, 32, True),
        (4, 64, False),
        (3, 128, False),
        (1, 192, False),  # as much work in more memory
        (1, 191, True),
    ],
)
def test_only_what_is_weaker_is_hashed_again(made: Made, passes: int, memory: int, due: bool) -> None:
    """Less work or less memory is weaker; more of both is not, and is never taken down."""
    stored = made(passes, memory)[0].hash(RIGHT)

    assert due == made(3, 64)[0].needs_rehash(stored)


@pytest.mark.attack("HASH-04")
def test_a_second_rehash_is_not_due(made: Made) -> None:
    """Once hashed again, it stays."""
    hasher, _ = made(3, 64)

    assert hasher.needs_rehash(made(1, 8)[0].hash(RIGHT))
    assert not hasher.needs_rehash(hasher.hash(RIGHT))


@pytest.mark.attack("ENUM-03", "HASH-04")
@pytest.mark.parametrize(
    ("cost", "due"),
    [
        (AnyCost(3, 64, 4), True),
        (AnyCost(3, 48, 4), True),
        (AnyCost(3, 128, 4), False),
        (AnyCost(1, 192, 4), False),
        (AnyCost(3, 64, 1), False),
    ],
)
def test_other_lanes_are_due_where_nothing_is_lost_by_it(cost: AnyCost, due: bool) -> None:
    """Lanes are not strength but show in time: what is as strong is made anew, what is stronger stays."""
    stored = Argon2WithoutFloor(cost, ring()).hash(RIGHT)

    assert due == Argon2WithoutFloor(TODAY, ring()).needs_rehash(stored)


@pytest.mark.parametrize("stored", ["", "x", "$argon2id$v=19$m=64,t=3,p=1$c2hvcnQ$c2hvcnQ"])
def test_what_is_no_hash_is_due(made: Made, stored: str) -> None:
    """Whatever cannot be read is not what is made today."""
    assert made(3, 64)[0].needs_rehash(stored)


# -------------------------------------------------------------------------------------------------- pepper


def test_the_pepper_goes_in_before_the_hash() -> None:
    """base64(HMAC-SHA-256(pepper, text)) is what Argon2 is given, so a stolen table is worth nothing."""
    encoded = CheapHasher(ring({"v1": V1})).hash(RIGHT)
    prefix, rest = encoded[:4], encoded[4:]
    fed = base64.b64encode(hmac.digest(V1, RIGHT.reveal().encode(), "sha256"))

    assert prefix == "p:v1"
    assert argon2.PasswordHasher().verify(rest, fed)


@pytest.mark.attack("HASH-10")
def test_the_ring_of_peppers_turns(made: Made) -> None:
    """A hash under the older pepper verifies and is due; under the newest it is not."""
    older = made(1, 8, {"v1": V1})[0].hash(RIGHT)
    turned, _ = made(1, 8, {"v2": V2, "v1": V1})

    assert turned.verify(older, RIGHT)
    assert not turned.verify(older, WRONG)
    assert turned.needs_rehash(older)
    again = turned.hash(RIGHT)
    assert again.startswith("p:v2$")
    assert not turned.needs_rehash(again)


@pytest.mark.attack("HASH-10")
def test_hashes_from_before_the_pepper_still_verify(made: Made) -> None:
    """A city may take up a pepper at any time; each hash gets it at the next sign-in."""
    plain = made(1, 8)[0].hash(RIGHT)
    peppered, _ = made(1, 8, {"v1": V1})

    assert peppered.verify(plain, RIGHT)
    assert not peppered.verify(plain, WRONG)
    assert peppered.needs_rehash(plain)


@pytest.mark.attack("HASH-10")
def test_a_pepper_that_is_gone_or_wrong_opens_nothing(made: Made) -> None:
    """The generic failure, at the price of one hash; nothing says that the pepper is missing."""
    stored = made(1, 8, {"v1": V1})[0].hash(RIGHT)

    for pepper in (None, {"v2": V2}):
        hasher, spent = made(1, 8, pepper)
        assert not hasher.verify(stored, RIGHT)
        assert [(1, 8)] == spent()
        assert not hasher.readable(stored)
        assert hasher.needs_rehash(stored)
    wrong, _ = made(1, 8, {"v1": V2})
    assert not wrong.verify(stored, RIGHT)


# ------------------------------------------------------------------------------------------------- bounded


class Gate:
    """A hash that does not end before it is let, and knows how many were under way at once."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.arrived = threading.Semaphore(0)
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def __call__(self, text: bytes, salt: bytes, cost: Cost, length: int) -> bytes:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self.arrived.release()
        assert self.open.wait(30)
        with self._lock:
            self._now -= 1
        return b"t" * length


@pytest.mark.attack("HASH-08")
def test_no_more_hashes_at_once_than_slots() -> None:
    """The rest wait in the queue, dummy work like any other, and all are served in the end."""
    gate = Gate()
    hasher = Argon2WithoutFloor(AnyCost(1, 8, 1), ring(), concurrency=2, queue=16, compute=gate)

    with ThreadPoolExecutor(20) as threads:
        waiting = [threads.submit(hasher.verify, None, RIGHT) for _ in range(10)]
        waiting += [threads.submit(hasher.hash, RIGHT) for _ in range(10)]  # type: ignore[list-item]
        assert gate.arrived.acquire(timeout=30)
        assert gate.arrived.acquire(timeout=30)
        gate.open.set()
        results = [future.result(30) for future in waiting]

    assert gate.most == 2
    assert results.count(False) == 10


@pytest.mark.attack("HASH-08")
def test_beyond_the_queue_one_is_sent_away_at_once() -> None:
    """One slot with two places: the fourth does not wait, and whoever comes later finds room again."""
    gate = Gate()
    hasher = Argon2WithoutFloor(AnyCost(1, 8, 1), ring(), concurrency=1, queue=2, compute=gate)

    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(hasher.hash, RIGHT) for _ in range(8)]
        done = threading.Semaphore(0)
        for future in asked:
            future.add_done_callback(lambda _: done.release())
        for _ in range(5):
            assert done.acquire(timeout=30)
        gate.open.set()

    refused = [future for future in asked if future.exception() is not None]
    assert len(refused) == 5
    assert {TryAgainLater} == {type(future.exception()) for future in refused}
    assert hasher.hash(RIGHT)


@pytest.mark.attack("HASH-08")
def test_nobody_waits_longer_than_the_policy_says() -> None:
    """A slot that does not come free in time is `TryAgainLater`, and the place in the queue is given back."""
    gate = Gate()
    hasher = Argon2WithoutFloor(
        AnyCost(1, 8, 1), ring(), concurrency=1, queue=1, wait=timedelta(milliseconds=1), compute=gate
    )

    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(hasher.hash, RIGHT)
        assert gate.arrived.acquire(timeout=30)
        for _ in range(3):
            with pytest.raises(TryAgainLater, match="in time"):
                hasher.verify(None, RIGHT)
        gate.open.set()
        assert first.result(30)


@pytest.mark.attack("HASH-08")
def test_forty_at_once_take_the_memory_of_the_slots() -> None:
    """Forty sign-ins at once, of 40 MiB each on two slots, need 80 MiB and not 1,600.

    Less than 32 MiB would measure the C library, which keeps what a thread gave back.
    """
    patient = timedelta(minutes=2)
    hasher = Argon2WithoutFloor(AnyCost(1, 40 * 1024, 1), ring(), concurrency=2, queue=40, wait=patient)
    hasher.verify(None, RIGHT)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with ThreadPoolExecutor(40) as threads:
        results = list(threads.map(lambda _: hasher.verify(None, RIGHT), range(40)))

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert [False] * 40 == results
    assert grown < 160 * 1024  # KiB


@pytest.mark.attack("HASH-08")
def test_slots_are_the_cores_of_this_process() -> None:
    """By default as many as the process may use; a setting wins."""
    gate = Gate()
    hasher = Argon2WithoutFloor(AnyCost(1, 8, 1), ring(), compute=gate)
    cores = len(os.sched_getaffinity(0))

    with ThreadPoolExecutor(cores + 2) as threads:
        asked = [threads.submit(hasher.hash, RIGHT) for _ in range(cores + 2)]
        for _ in range(cores):
            assert gate.arrived.acquire(timeout=30)
        gate.open.set()
        assert all(future.result(30) for future in asked)

    assert cores == gate.most


@pytest.mark.parametrize(
    "bounds", [{"concurrency": 0}, {"concurrency": 1, "queue": -1}, {"wait": timedelta(seconds=-1)}]
)
def test_senseless_bounds_are_refused(bounds: dict[str, Any]) -> None:
    """A hasher without a slot would let nobody in."""
    with pytest.raises(ConfigurationError, match="at least one slot"):
        Argon2Hasher(Argon2Cost(), ring(), **bounds)
