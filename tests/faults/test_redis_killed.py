"""Redis counts attempts, and is killed before a call, or in the midst of it: nobody notices but the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from faults.points import DOORS
from faults.telling import Call, Expected, MemorySnapshots, patient_policy, tell
from permit_accounts.model.records import AttemptCount
from permit_accounts.ports import Change, Every
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.redis import RedisStore
from permit_accounts.testing.faulty import FaultyStore
from permit_accounts.testing.world import World
from servers.redis_server import OwnServer, own_server


class Killed:
    """Each flow of the day while Redis dies under it, at its first word to it, or its second, in turn."""

    def __init__(self, server: OwnServer, scratch: RedisStore) -> None:
        self._server = server
        self._durable = MemoryStore()
        self._snapshots = MemorySnapshots(self._durable)
        self._scratch = Dying(scratch, server)
        self.world = World(patient_policy(), store=self._durable, scratch=self._scratch)
        self.struck: Counter[str] = Counter()
        self.wrong: list[str] = []

    def tell(self) -> None:
        """Tell the day."""
        tell(self.world, self._meddle)

    def _meddle(self, call: Call) -> None:
        if call.name not in DOORS or call.name in self.struck:
            return
        kept, now = self._snapshots.keep(), self.world.now()
        expected = Expected.of(call, self._durable)
        for word in (1, 2):
            self._snapshots.put_back(kept)
            self.world._now = now
            self._scratch.die_at(word)
            self.wrong += [f"{call.name}: {words}" for words in expected.wrong_again(call, self._durable)]
            self.struck[call.name] += self._scratch.died
            self._scratch.live()
        self._snapshots.put_back(kept)
        self.world._now = now


class Dying(FaultyStore):
    """A store in Redis whose server is killed before the n-th word to it, and stays dead until `live`."""

    def __init__(self, store: RedisStore, server: OwnServer) -> None:
        super().__init__(store)
        self._server = server
        self._words_left = 0
        self.died = False

    def die_at(self, word: int) -> None:
        """Be killed before this word, counted from one."""
        self._words_left, self.died = word, False

    def live(self) -> None:
        """Be there again, empty."""
        self._words_left = 0
        if self.died:
            self._server.start()
            self.died = False

    def select(self, *args: Any, **kwargs: Any) -> Sequence[Any]:
        """As the store itself, if its server still lives."""
        self._hear()
        return super().select(*args, **kwargs)

    def commit(self, *changes: Change) -> None:
        """As the store itself, if its server still lives."""
        self._hear()
        super().commit(*changes)

    def _hear(self) -> None:
        self._words_left -= 1
        if self._words_left == 0:
            self._server.kill()
            self.died = True


@pytest.mark.attack("THR-12", "SESS-20")
def test_redis_is_killed_under_every_flow(tmp_path: Path) -> None:
    """Each flow comes to what it comes to on a quiet day, in its outcome and in what is kept."""
    with own_server(tmp_path) as server, closing(RedisStore(server.url)) as scratch:
        loop = Killed(server, scratch)
        scratch.select(AttemptCount, Every(), limit=1)

        loop.tell()

        assert [] == loop.wrong
        assert loop.struck.total() > len(DOORS)
        assert {"register", "sign_in", "reset_password", "finish_setup"} <= set(loop.struck)
