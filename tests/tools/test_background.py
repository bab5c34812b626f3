"""One thread that repeats something, and what a fork leaves of it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from permit_accounts.tools.background import Background, repeat

PATIENCE = 20
INSTANT = timedelta(microseconds=1)


class Rounds:
    """Counts rounds and rings for each; answers whether there was something to do from a list."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.threads = set()
        self.count = 0
        self.rung = threading.Semaphore(0)

    def __call__(self, should_stop):
        self.count += 1
        self.threads.add(threading.current_thread())
        self.rung.release()
        return self.answers.pop(0) if self.answers else False

    def wait(self, rounds=1):
        for _ in range(rounds):
            assert self.rung.acquire(timeout=PATIENCE), "no round came"


@pytest.fixture
def rounds():
    return Rounds()


@pytest.fixture
def background(rounds):
    background = Background(rounds, "test-background")
    yield background
    background.stop()


def test_started_twice_is_one_thread(background, rounds):
    """However often it is started, one thread runs, and it keeps no process from ending."""
    for _ in range(3):
        background.start(INSTANT)
    rounds.wait(3)
    background.stop()

    (thread,) = rounds.threads
    assert ("test-background", True, False) == (thread.name, thread.daemon, thread.is_alive())


def test_stop_ends_a_long_wait_at_once(background, rounds):
    """Nobody waits for the interval when the process is to end."""
    background.start(timedelta(days=1))
    rounds.wait()

    background.stop()

    assert 1 == rounds.count


def test_stop_waits_for_the_round():
    """What is done at the moment is done to its end before `stop` returns."""
    begun, go_on, finished = threading.Event(), threading.Event(), []

    def round_(should_stop):
        begun.set()
        assert go_on.wait(PATIENCE)
        finished.append(should_stop())
        return False

    background = Background(round_, "test-background")
    background.start(INSTANT)
    assert begun.wait(PATIENCE)
    stopping = threading.Thread(target=background.stop)
    stopping.start()
    go_on.set()
    stopping.join(PATIENCE)

    assert not stopping.is_alive()
    assert 1 == finished.count(True)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_started_again_after_its_thread_died():
    """A thread that an exception ended is replaced by the next start."""
    died = threading.Semaphore(0)
    again = threading.Event()

    def round_(should_stop):
        if again.is_set():
            died.release()
            return False
        died.release()
        raise RuntimeError("unforeseen")

    background = Background(round_, "test-background")
    background.start(INSTANT)
    assert died.acquire(timeout=PATIENCE)
    background.stop()
    again.set()

    background.start(INSTANT)
    try:
        assert died.acquire(timeout=PATIENCE)
    finally:
        background.stop()


def test_after_a_fork(background, rounds):
    """In a child the thread is gone and the lock may be held by nobody; it begins anew where it had run."""
    background.start(INSTANT)
    rounds.wait()
    parents = background._running
    background._lock.acquire()

    background.after_fork()
    try:
        assert parents is not background._running
        rounds.wait()
    finally:
        background.stop()
        parents.stopped.set()
        parents.join(PATIENCE)
    assert not parents.is_alive()


def test_after_a_fork_where_nothing_ran(background, rounds):
    """What was never started stays so."""
    background.after_fork()

    assert [] == [thread for thread in threading.enumerate() if thread.name == "test-background"]
    assert 0 == rounds.count


def test_no_pause_while_there_is_something_to_do():
    """Rounds follow each other at once until one finds nothing; then it waits the interval."""
    rounds = Rounds(True, True, False, True)
    waited = []

    repeat(rounds, lambda: rounds.count == 5, wait=waited.append, interval=timedelta(seconds=2))

    assert 5 == rounds.count
    assert [2.0, 2.0] == waited
