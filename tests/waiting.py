"""Things that wait until a test lets them go on: for tests of what goes on meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any, Final

from permit_accounts.ports import Change
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.tools.encoded_hash import Cost

PATIENCE: Final = 60.0
"""Seconds after which something that never comes is a failure."""


class Gate:
    """Where it is shut, threads that come to it wait until it is opened."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._open.set()
        self._came = threading.Semaphore(0)

    def shut(self) -> None:
        """Let nobody through from now on."""
        self._open.clear()

    def open(self) -> None:
        """Let everybody through."""
        self._open.set()

    def pass_through(self) -> None:
        """Come to the gate, and wait where it is shut."""
        if not self._open.is_set():
            self._came.release()
            assert self._open.wait(PATIENCE), "nobody opened the gate"

    async def came(self, count: int = 1) -> None:
        """Wait until so many more threads have come to the shut gate."""
        for _ in range(count):
            assert await asyncio.to_thread(self._came.acquire, timeout=PATIENCE), "nobody came"


class GatedHasher(CheapHasher):
    """The cheap hasher, with a gate inside its slots: who waits there takes up one of the hashes at once."""

    def __init__(self, *args: Any, **bounds: Any) -> None:
        super().__init__(*args, **bounds)
        self.gate = Gate()
        self.threads: set[str] = set()

    def _counted(self, text: bytes, salt: bytes, cost: Cost, length: int) -> bytes:
        self.threads.add(threading.current_thread().name)
        self.gate.pass_through()
        return super()._counted(text, salt, cost, length)


class GatedStore(MemoryStore):
    """The store in memory, with a gate before each question and each commit."""

    def __init__(self) -> None:
        super().__init__()
        self.before_question = Gate()
        self.before_commit = Gate()

    def select(self, *args: Any, **kwargs: Any) -> Sequence[Any]:
        """As the store, once it may."""
        self.before_question.pass_through()
        return super().select(*args, **kwargs)

    def commit(self, *changes: Change) -> None:
        """As the store, once it may."""
        self.before_commit.pass_through()
        super().commit(*changes)
