"""A bounded number of threads for those who await: what is asked of them is done whole, or never begun.

An event loop must not wait for a hash or a database, so a call goes to a thread, and whoever awaits it goes
on with others meanwhile. The threads of an executor are bounded, but its queue is not: under a flood it would
grow without end, and those who wait in it would wait for minutes. Here what exceeds a bound is refused at
once (ASVS 5.0, 15.2.2).
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Generic, TypeVar

from permit_accounts.model.errors import ConfigurationError, TryAgainLater

T = TypeVar("T")


class Call(Generic[T]):
    """One call that is made once or never.

    Crash reporters print the variables of every frame. What the call is made with, passwords among it, is
    therefore in none: it is on the way from here to the function that is called, which masks it.

    Args:
        act: The function with its arguments, such as a `partial`.
    """

    __slots__ = ("_acts",)

    def __init__(self, act: Callable[[], T]) -> None:
        self._acts = [act]

    def make(self) -> T:
        """Make the call, keeping nothing of it."""
        return self._acts.pop()()

    def forget(self) -> None:
        """Let go of what it would have been made with."""
        self._acts.clear()


class Threads:
    """So many threads of one's own, and so many calls that wait for one; begun anew on each side of a fork.

    Args:
        name: What the threads are called, followed by a number.
        threads: How many calls are made at once. A thread is started when there is a call for it.
        waiting: How many calls wait for a thread.
    """

    def __init__(self, name: str, *, threads: int, waiting: int) -> None:
        self._name = name
        self._threads = threads
        self._waiting = waiting
        self._closed = False
        self._begin()

    async def answer(self, call: Call[T]) -> T:
        """What came of a call, made in a thread with a copy of the context variables of who awaits it.

        Raises:
            ConfigurationError: The threads have been closed.
            TryAgainLater: Too many calls are under way, or the system starts no more threads.
        """
        return await asyncio.wrap_future(self._submitted(call))

    async def close(self) -> None:
        """Take no more calls, and wait for those that were taken."""
        self._follow_fork()
        self._closed = True
        await asyncio.to_thread(self._executor.shutdown)

    def _submitted(self, call: Call[T]) -> Future[T]:
        self._follow_fork()
        if self._closed:
            raise ConfigurationError("these accounts were closed; make another AsyncAccounts")
        places, context = self._places, copy_context()
        if not places.acquire(blocking=False):
            raise TryAgainLater("too many calls are under way")
        try:
            future = self._executor.submit(lambda: context.run(call.make))
        except RuntimeError as error:
            # The executor has put it into its queue before it looked for a thread.
            call.forget()
            places.release()
            raise TryAgainLater("no thread could be started") from error

        def over(_: Future[T]) -> None:
            # One that was cancelled stays in the executor's queue for a while, with nothing in it.
            call.forget()
            places.release()

        future.add_done_callback(over)
        return future

    def _follow_fork(self) -> None:
        """In the child of a fork an executor would count on threads that stayed behind in the parent."""
        if self._pid != os.getpid():
            self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix=self._name)
        self._places = threading.BoundedSemaphore(self._threads + self._waiting)
