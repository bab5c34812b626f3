"""Flows inside a transaction of the application's: what they do is in it, what must outlive it is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import attrs

from permit_accounts.front_door import FrontDoor
from permit_accounts.model.records import AuditEvent, OutboxEmail, Record
from permit_accounts.ports import Add, Change, Store, Where
from permit_accounts.tools.services import Services
from permit_accounts.tools.throttle import Attempt, Keys

R = TypeVar("R", bound=Record)
T = TypeVar("T")


class JoinedDoor(FrontDoor):
    """Tells a flow once, inside a transaction of the application's.

    Attempts are counted outside of it, as ever: a transaction that is rolled back takes no count back.

    Args:
        door: Where everybody else goes in; its alarm listens here too.
        store: Takes part in the transaction.
    """

    def __init__(self, door: FrontDoor, store: Store) -> None:
        super().__init__(door.services)
        self._door: Final = door
        self._inside: Final = store

    def told(self, flow: Callable[[Services], T]) -> T:
        """What came of a flow.

        Raises:
            Conflict: Others were faster. Whoever has the transaction decides whether to begin it anew.
        """
        own = self.services.store
        return flow(attrs.evolve(self.services, store=_TracesApart(self._inside, own)))

    def counted(
        self, keys: Keys, flow: Callable[[Services, Attempt], T], *, temporary_shape: bool = False
    ) -> T:
        """What came of a flow in which a secret is checked: decided and counted outside, then done inside.

        The transaction is written to last of all. In a SQLite file it has the only lock from then on, and a
        count that is settled afterwards would wait for it.

        Raises:
            Conflict: Others were faster. The attempt is settled, for its secret was the right one.
        """
        held = _HeldBack(self.services.store)

        def decide(s: Services, attempt: Attempt) -> T:
            return flow(attrs.evolve(s, store=_TracesApart(held, s.store)), attempt)

        outcome = self._door.counted(keys, decide, temporary_shape=temporary_shape)
        if held.changes:
            self._inside.commit(*held.changes)
        return outcome


class _HeldBack:
    """A store that is asked as ever, and whose next commit is made later, by somebody else.

    Attributes:
        changes: What is to be committed.
    """

    def __init__(self, store: Store) -> None:
        self.max_changes = store.max_changes
        self.changes: tuple[Change, ...] = ()
        self._store: Final = store

    def select(
        self,
        kind: type[R],
        where: Where,
        *,
        limit: int,
        after: R | None = None,
        newest_first: bool = False,
    ) -> Sequence[R]:
        """Those records of a kind that match, as everybody sees them."""
        return self._store.select(kind, where, limit=limit, after=after, newest_first=newest_first)

    def commit(self, *changes: Change) -> None:
        """Hold these changes back."""
        self.changes = changes


class _TracesApart:
    """A joined store; but the trace of what was refused is kept beside it, and stays whatever comes of it.

    A flow that refuses adds events and e-mails and nothing else. One that does what was asked changes an
    account.
    """

    def __init__(self, joined: Store, own: Store) -> None:
        self.max_changes = joined.max_changes
        self._joined: Final = joined
        self._own: Final = own

    def select(
        self,
        kind: type[R],
        where: Where,
        *,
        limit: int,
        after: R | None = None,
        newest_first: bool = False,
    ) -> Sequence[R]:
        """Those records of a kind that match, as the transaction sees them."""
        return self._joined.select(kind, where, limit=limit, after=after, newest_first=newest_first)

    def commit(self, *changes: Change) -> None:
        """Apply all changes in order, or none."""
        (self._own if all(map(_is_trace, changes)) else self._joined).commit(*changes)


def _is_trace(change: Change) -> bool:
    return isinstance(change, Add) and isinstance(change.record, AuditEvent | OutboxEmail)
