"""The threads that handlers run in, for adapters with an event loop, which must not wait for one that blocks.

There are two pools: a storm of sign-ins, which take the hash of a password each, fills its own and leaves the
other to quick requests.
"""

from __future__ import annotations

from collections.abc import Collection
from contextvars import copy_context
from functools import partial
from typing import Final

from permit_accounts.contrib.dispatch import READING, body_limit
from permit_accounts.offloading import Call, Threads
from permit_accounts.web.request import Handler, Request
from permit_accounts.web.response import Response

#: Enough for a database on this machine. Each thread more takes the interpreter's lock from the event loop
#: more often; a database out on a network, which is mostly waited for, wants more.
QUICK_THREADS: Final = 4
#: More than there are processors: those that find no free one wait in the library's own queue, which is
#: bounded and says when to come again.
SLOW_THREADS: Final = 16
#: What exceeds the threads waits, but not without end (ASVS 5.0, 15.2.2).
_WAITING: Final = 512


class Pools:
    """Two pools of threads that handlers run in.

    Args:
        quick_threads: How many quick requests are answered at once.
        in_loop: The paths that are read in the event loop itself; see `permit_accounts.contrib.asgi`.
    """

    def __init__(self, quick_threads: int = QUICK_THREADS, *, in_loop: Collection[str] = ()) -> None:
        self._in_loop: Final = frozenset(in_loop)
        self._quick: Final = Threads("permit-accounts-quick", threads=quick_threads, waiting=_WAITING)
        self._slow: Final = Threads("permit-accounts-slow", threads=SLOW_THREADS, waiting=_WAITING)

    async def body_limit(self, handler: Handler, request: Request) -> int:
        """How much of its body is read, which may ask the host application who this is.

        Raises:
            TryAgainLater: There is too much to do.
        """
        limit = partial(body_limit, handler, request)
        return limit() if request.method in READING else await self._quick.answer(Call(limit))

    async def handle(self, handler: Handler, request: Request) -> Response:
        """The handler's answer. What waits for who was cancelled never begins.

        Raises:
            TryAgainLater: There is too much to do.
        """
        slow = handler.is_slow(request)
        if not slow and request.method in READING and request.path in self._in_loop:
            return copy_context().run(handler.handle, request)
        threads = self._slow if slow else self._quick
        return await threads.answer(Call(partial(handler.handle, request)))
