"""Computes what keeps a core busy on a thread that lets others go first.

A hash takes a tenth of a second of a core, and a session check less than a millisecond. Where both want the
same core, the check would wait for the hash's turn to end, and again at its next step. Whoever signs in feels
nothing of it if the hash is what waits: a turn is a few milliseconds.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Final, TypeVar

from permit_accounts.model.errors import TryAgainLater

T = TypeVar("T")

#: Steps of `nice` below the process. At ten a thread gets a tenth of a core that another wants too.
_STEPS: Final = 10


def aside(work: Callable[[], T], platform: str = sys.platform) -> T:
    """What this computes.

    Only Linux has a priority for each thread, and the threads that this one starts have it too. Elsewhere the
    caller's own thread does the work.

    Raises:
        TryAgainLater: There is no thread for it now.
    """
    if platform != "linux":
        return work()
    computed: Future[T] = Future()
    try:
        # A thread for each: a pool would not be there any more in the child of a fork.
        threading.Thread(target=_compute, args=(work, computed), name="permit-accounts-hash").start()
    except RuntimeError:
        raise TryAgainLater("there is no thread for a hash now") from None
    return computed.result()


def _compute(work: Callable[[], T], computed: Future[T]) -> None:
    try:
        with suppress(OSError):  # a sandbox may forbid it
            own = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, own, os.getpriority(os.PRIO_PROCESS, own) + _STEPS)
        computed.set_result(work())
    except BaseException as error:
        computed.set_exception(error)
