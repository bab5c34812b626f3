"""Services with a clock of their own, and attempts told in one line: for tests of what is counted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from permit_accounts.model.codes import Standing
from permit_accounts.model.errors import Conflict, Unavailable
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account, AttemptCount
from permit_accounts.ports import Change, Every, Replace, Store
from permit_accounts.rules.policy import Policy
from permit_accounts.rules.waits import Verdict
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.texts.catalog import TomlCatalog
from permit_accounts.tools import devices, throttle
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.services import Services
from permit_accounts.tools.throttle import Attempt, Reservation

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HERE = Visitor(ip="192.0.2.7")


class City:
    """One city's services; its pauses pass no time but are noted, unless `pause` says otherwise."""

    def __init__(
        self, store: Store | None = None, *, scratch: Store | None = None, pause: Any = None, **policy: Any
    ) -> None:
        self.now = START
        self.paused: list[float] = []
        self.store = store if store is not None else MemoryStore()
        keyring = Keyring.new(os.urandom)
        self.s = Services(
            store=self.store,
            scratch=scratch if scratch is not None else self.store,
            hasher=CheapHasher(keyring),
            keyring=keyring,
            policy=Policy(**policy),
            catalog=TomlCatalog(),
            now=lambda: self.now,
            pause=self.paused.append if pause is None else pause,
        )

    def tick(self, **span: float) -> None:
        """Time passes."""
        self.now += timedelta(**span)

    def account(self, account_id: str = "00ann", **fields: Any) -> Account:
        """An account as the flows would find it."""
        return Account(
            id=account_id,
            account_type="public",
            standing=Standing.ACTIVE,
            username=account_id,
            created_at=START,
            **fields,
        )

    def known(self, account: Account, visitor: Visitor = HERE) -> Visitor:
        """The same visitor on a device that the account knows."""
        token = devices.new_device_token(self.s, account.id, self.now)
        return attrs.evolve(visitor, device_token=token)

    def reserve(
        self,
        who: Account | str,
        visitor: Visitor = HERE,
        *,
        temporary_shape: bool = False,
    ) -> Reservation:
        """An attempt at an account or at a name that nobody has, up to where something would be checked."""
        account = who if isinstance(who, Account) else None
        name = who if isinstance(who, str) else ""
        keys = throttle.keys_for(self.s, account=account, name=name, visitor=visitor)
        return throttle.reserve(self.s, keys, temporary_shape=temporary_shape)

    def attempt(
        self, who: Account | str, verdict: Verdict, visitor: Visitor = HERE, *, temporary_shape: bool = False
    ) -> Attempt:
        """The same, told to its end."""
        reservation = self.reserve(who, visitor, temporary_shape=temporary_shape)
        throttle.settle(self.s, reservation, verdict)
        return reservation.attempt

    def wrong(self, who: Account | str, visitor: Visitor = HERE, *, times: int = 1) -> list[Attempt]:
        """So many wrong ones, one after the other."""
        return [self.attempt(who, Verdict.WRONG, visitor) for _ in range(times)]

    def right(self, who: Account | str, visitor: Visitor = HERE) -> Attempt:
        """A right one."""
        return self.attempt(who, Verdict.RIGHT, visitor)

    def guess_on(self, who: Account | str, visitor: Visitor = HERE, *, until: datetime) -> int:
        """How often somebody is checked who never stops, each time as soon as the wait is over."""
        checked = 0
        while self.now < until:
            made = self.attempt(who, Verdict.WRONG, visitor)
            if made.wait is None:
                checked += 1
            else:
                self.now += made.wait
        return checked

    def counts(self, layer: str = "", store: Store | None = None) -> Sequence[AttemptCount]:
        """What is kept, of one layer or of all."""
        kept = (store or self.store).select(AttemptCount, Every(), limit=10_000)
        return [count for count in kept if count.id.startswith(layer)]


class DownStore:
    """A store whose answers can be switched off, as a network does."""

    def __init__(self, store: Store | None = None) -> None:
        self.inner = store if store is not None else MemoryStore()
        self.max_changes = self.inner.max_changes
        self.down = False
        self.commits_left: int | None = None
        self.asked = 0

    def select(self, kind: Any, where: Any, **given: Any) -> Any:
        """As the store inside, unless it is down."""
        self.asked += 1
        if self.down:
            raise Unavailable("switched off")
        return self.inner.select(kind, where, **given)

    def run(self) -> str:
        """As the store inside, where it tells."""
        return str(getattr(self.inner, "run", str)())

    def commit(self, *changes: Change) -> None:
        """As the store inside, unless it is down or has used up the commits it is left."""
        if self.down or self.commits_left == 0:
            raise Unavailable("switched off")
        if self.commits_left is not None:
            self.commits_left -= 1
        self.inner.commit(*changes)


class OvertakenStore(MemoryStore):
    """A store in which somebody else is faster: so many times, at counts whose id begins so."""

    def __init__(self, times: int = 0, only: str = "") -> None:
        super().__init__()
        self.times = times
        self.only = only

    def commit(self, *changes: Change) -> None:
        """As any store, once nobody is faster."""
        records = [change.old if isinstance(change, Replace) else change.record for change in changes]
        if self.times and any(record.id.startswith(self.only) for record in records):
            self.times -= 1
            raise Conflict("somebody was faster")
        super().commit(*changes)
