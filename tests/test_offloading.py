"""Threads for those who await: bounds, cancelling, context, loops, forks and closing."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import subprocess
import sys
import textwrap
import threading
import weakref
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import partial

import pytest

from permit_accounts import ConfigurationError, TryAgainLater
from permit_accounts.offloading import Call, Threads
from permit_accounts.testing.races import race_threads
from waiting import PATIENCE, Gate

REQUEST: ContextVar[str] = ContextVar("REQUEST", default="nobody's")


@pytest.fixture
def gate() -> Iterator[Gate]:
    """A gate that is open at the end, so that no thread outlives its test."""
    made = Gate()
    yield made
    made.open()


class Spoken(str):
    """A text of which one can see whether anybody still has it."""


async def begun(threads: Threads, act: Callable[[], object]) -> asyncio.Task[object]:
    """A task that has asked for its thread."""
    task = asyncio.create_task(threads.answer(Call(act)))
    await asyncio.sleep(0)
    return task


def test_the_answer_comes_back() -> None:
    """From a thread that is not the caller's, under the name that was given."""

    async def story() -> tuple[str, int]:
        threads = Threads("clerk", threads=1, waiting=0)
        name = await threads.answer(Call(lambda: threading.current_thread().name))
        return name, await threads.answer(Call(partial(divmod, 7, 4)))

    assert ("clerk_0", (1, 3)) == asyncio.run(story())


@pytest.mark.parametrize("fault", [ValueError("the very one"), TryAgainLater("the very one")])
def test_an_exception_passes_as_it_is(fault: Exception) -> None:
    """It is the same object, and takes no place with it."""

    def failing() -> None:
        raise fault

    async def story() -> list[BaseException | None]:
        threads = Threads("clerk", threads=1, waiting=0)
        return [await outcome(threads.answer(Call(failing))) for _ in range(3)]

    assert [fault] * 3 == asyncio.run(story())


async def outcome(awaited: object) -> BaseException | None:
    """What was raised."""
    try:
        await awaited  # type: ignore[misc]
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize(("threads", "waiting"), [(1, 0), (3, 0), (2, 3)])
def test_one_too_many_is_refused_at_once(threads: int, waiting: int, gate: Gate) -> None:
    """Nothing queues without end; and there is room again when one is over."""
    gate.shut()

    async def story() -> tuple[int, BaseException | None, list[object]]:
        office = Threads("clerk", threads=threads, waiting=waiting)
        taken = [await begun(office, gate.pass_through) for _ in range(threads + waiting)]
        await gate.came(threads)
        refused = await outcome(office.answer(Call(gate.pass_through)))
        over = sum(task.done() for task in taken)
        gate.open()
        await asyncio.gather(*taken)
        again = await asyncio.gather(
            *[office.answer(Call(partial(abs, -n))) for n in range(threads + waiting)]
        )
        return over, refused, list(again)

    over, refused, again = asyncio.run(story())
    assert (0, True) == (over, isinstance(refused, TryAgainLater))
    assert list(range(threads + waiting)) == again


def test_what_has_not_begun_never_begins(gate: Gate) -> None:
    """Who has gone away is not served, what was asked is let go at once, and the place is free."""
    gate.shut()
    done: list[str] = []

    async def story() -> tuple[bool, object]:
        office = Threads("clerk", threads=1, waiting=1)
        first = await begun(office, gate.pass_through)
        await gate.came()
        spoken = Spoken("an unspeakable password")
        kept = weakref.ref(spoken)
        second = await begun(office, partial(done.append, spoken))
        del spoken
        assert kept() is not None
        second.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await second
        gc.collect()
        still_there = kept() is not None
        third = await begun(office, lambda: "served")
        gate.open()
        await first
        served = await third
        await office.close()
        return still_there, served

    assert ((False, "served"), []) == (asyncio.run(story()), done)


def test_what_has_begun_is_done_to_its_end(gate: Gate) -> None:
    """Who is cancelled goes at once; the call is not cut in two, and holds its place until it is over."""
    gate.shut()
    done: list[str] = []

    def act() -> None:
        gate.pass_through()
        done.append("whole")

    async def story() -> tuple[bool, BaseException | None, list[str]]:
        office = Threads("clerk", threads=1, waiting=0)
        task = await begun(office, act)
        await gate.came()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        refused = await outcome(office.answer(Call(act)))
        before = list(done)
        gate.open()
        await office.close()
        return task.cancelled(), refused, before

    cancelled, refused, before = asyncio.run(story())
    assert (True, [], ["whole"]) == (cancelled, before, done)
    assert isinstance(refused, TryAgainLater)


def test_nothing_is_kept_of_a_call_that_is_over() -> None:
    """Neither where it went well nor where it failed, as long as the fault is in somebody's hands."""

    def taking(spoken: str, *, well: bool) -> int:
        length = len(spoken)
        del spoken
        return length if well else length // 0

    async def story() -> list[bool]:
        office = Threads("clerk", threads=1, waiting=0)
        left = []
        for well in (True, False):
            spoken = Spoken("an unspeakable password")
            kept = weakref.ref(spoken)
            call = Call(partial(taking, spoken, well=well))
            del spoken
            fault = await outcome(office.answer(call))
            gc.collect()
            left.append((fault is None, kept() is None))
        return left

    assert [(True, True), (False, True)] == asyncio.run(story())


@pytest.mark.attack("WEB-16")
def test_each_call_sees_its_own_context() -> None:
    """Variables of the request are those of who awaits, and what a call sets is gone with it."""

    def told() -> str:
        seen = REQUEST.get()
        REQUEST.set("left behind")
        return seen

    async def request(office: Threads, name: str) -> tuple[str, str]:
        REQUEST.set(name)
        return await office.answer(Call(told)), REQUEST.get()

    async def story() -> list[tuple[str, str]]:
        office = Threads("clerk", threads=3, waiting=100)
        answers = await asyncio.gather(*(request(office, f"of {n}") for n in range(100)))
        return [*answers, (await office.answer(Call(told)), REQUEST.get())]

    expected = [(f"of {n}", f"of {n}") for n in range(100)]
    assert [*expected, ("nobody's", "nobody's")] == asyncio.run(story())


def test_one_loop_after_another_and_several_at_once() -> None:
    """The threads belong to no loop: tests make a new one for each case, servers one for each thread."""
    office = Threads("clerk", threads=2, waiting=100)

    async def story(first: int) -> list[int]:
        return list(
            await asyncio.gather(*(office.answer(Call(partial(abs, -n))) for n in range(first, first + 9)))
        )

    for _ in range(3):
        assert list(range(9)) == asyncio.run(story(0))
    together = race_threads(*(lambda n=n: asyncio.run(story(n)) for n in (0, 100, 200)))
    assert [list(range(n, n + 9)) for n in (0, 100, 200)] == together


def test_closing_waits_for_what_is_under_way_and_takes_no_more(gate: Gate) -> None:
    """Also for what waits for a thread; twice is the same as once."""
    gate.shut()

    async def story() -> tuple[bool, list[object], BaseException | None]:
        office = Threads("clerk", threads=1, waiting=1)
        taken = [await begun(office, gate.pass_through), await begun(office, lambda: "done")]
        await gate.came()
        closing = asyncio.create_task(office.close())
        await asyncio.sleep(0)
        refused = await outcome(office.answer(Call(gate.pass_through)))
        early = closing.done()
        gate.open()
        await closing
        await office.close()
        return early, [task.done() and task.result() for task in taken], refused

    early, results, refused = asyncio.run(story())
    assert (False, [None, "done"]) == (early, results)
    assert isinstance(refused, ConfigurationError)


def test_a_system_without_threads_is_too_much_at_once() -> None:
    """The call is never made, not even when there are threads again; nor is its place lost."""
    made: list[str] = []

    async def story() -> tuple[BaseException | None, BaseException | None]:
        office = Threads("clerk", threads=1, waiting=0)
        usual = threading.stack_size(2**46)  # more than there are addresses for
        try:
            refused = await outcome(office.answer(Call(partial(made.append, "never"))))
        finally:
            threading.stack_size(usual)
        later = await outcome(office.answer(Call(partial(made.append, "later"))))
        await office.close()
        return refused, later

    refused, later = asyncio.run(story())
    assert isinstance(refused, TryAgainLater)
    assert (None, ["later"]) == (later, made)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_the_child_of_a_fork_has_threads_of_its_own() -> None:
    """A server that loads the application and forks its workers answers in each; so does the parent after."""
    script = """
        import asyncio, os, sys, threading, warnings
        from permit_accounts.offloading import Call, Threads
        from waiting import Gate

        warnings.simplefilter("ignore", DeprecationWarning)
        gate = Gate()
        gate.shut()
        office = Threads("clerk", threads=2, waiting=0)

        async def answered():
            # Two calls that wait for each other: there are two threads, and room for both.
            meeting = threading.Barrier(2)
            calls = [office.answer(Call(lambda: meeting.wait(20) >= 0 and os.getpid())) for _ in range(2)]
            return await asyncio.wait_for(asyncio.gather(*calls), 20) == [os.getpid()] * 2

        # Both threads have been started; one is idle and one is under way when the process forks.
        assert asyncio.run(answered())
        elsewhere = threading.Thread(target=lambda: asyncio.run(office.answer(Call(gate.pass_through))))
        elsewhere.start()
        asyncio.run(gate.came())
        child = os.fork()
        if child == 0:
            right = asyncio.run(answered())
            asyncio.run(office.close())
            sys.exit(7 if right else 1)
        gate.open()
        elsewhere.join()
        assert asyncio.run(answered())
        _, status = os.waitpid(child, 0)
        sys.exit(os.waitstatus_to_exitcode(status))
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (7, "") == (run.returncode, run.stderr)
