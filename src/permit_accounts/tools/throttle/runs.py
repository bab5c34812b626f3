"""Which run of its server a scratch store was answered by, where it can tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from permit_accounts.ports import Store


@runtime_checkable
class TellsRuns(Protocol):
    """A store whose server may come back with older counts, and which notices."""

    def run(self) -> str:
        """A word that is another after each start of the server; empty where it does not tell.

        It is of this thread's last look-up.
        """
        ...


def run_of(store: Store) -> Callable[[], str]:
    """How to ask a store for it: one that cannot tell has the same run for ever."""
    return store.run if isinstance(store, TellsRuns) else str
