"""Races: several threads or processes let loose on one store in the same moment."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier as ProcessBarrier
from threading import Barrier, Thread
from typing import Final, TypeVar

from permit_accounts.model.errors import Conflict
from permit_accounts.ports import Change, Store

T = TypeVar("T")

PATIENCE: Final = 60.0
"""Seconds after which a race that does not end is a failure."""


def race_threads(*contestants: Callable[[], T]) -> list[T | Exception]:
    """What each returned or raised, in their order. All begin in the same moment, each in its own thread."""
    start = Barrier(len(contestants))
    results: list[T | Exception] = [TimeoutError("the race did not end")] * len(contestants)

    def run(number: int) -> None:
        start.wait(PATIENCE)
        try:
            results[number] = contestants[number]()
        except Exception as error:
            results[number] = error

    threads = [Thread(target=run, args=(number,), daemon=True) for number in range(len(contestants))]
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # else a short work is over before another thread has its turn
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    finally:
        sys.setswitchinterval(usual)
    return results


def race_processes(
    reopen: Callable[[], Store], entries: Sequence[Sequence[Sequence[Change]]]
) -> list[list[str]]:
    """How each process fared in each round: `"done"`, `"Conflict"`, or the name of another error.

    Args:
        reopen: Opens the same data again; it is pickled and called once in each process.
        entries: For each process, for each round, the changes that it commits. All processes begin a round
            in the same moment.
    """
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(len(entries))
    ends = [context.Pipe(duplex=False) for _ in entries]
    processes = [
        context.Process(target=_contend, args=(reopen, rounds, start, sender), daemon=True)
        for rounds, (_, sender) in zip(entries, ends, strict=True)
    ]
    for process in processes:
        process.start()
    results = [receiver.recv() if receiver.poll(PATIENCE) else ["TimeoutError"] for receiver, _ in ends]
    for process in processes:
        process.join(PATIENCE)
    return results


def _contend(
    reopen: Callable[[], Store],
    rounds: Sequence[Sequence[Change]],
    start: ProcessBarrier,
    sender: Connection,
) -> None:
    store, results = reopen(), []
    for changes in rounds:
        start.wait(PATIENCE)
        try:
            store.commit(*changes)
            results.append("done")
        except Conflict:
            results.append("Conflict")
        except Exception as error:
            results.append(type(error).__name__)
    sender.send(results)
