"""The commits of an import, which tells a batch again after a conflict, but not as long as a lock is held.

A lock that is not had is a conflict too, after some five seconds. Tried again for every half of a batch, down
to single rows, it would hold an import up for three quarters of an hour, and leave out rows that are right.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from permit_accounts.model.errors import Conflict, Unavailable
from permit_accounts.ports import Change
from permit_accounts.tools.services import Services

#: For how long conflicts may be waited for with nothing written between them, in seconds. Judgment: conflicts
#: of those who are merely faster take milliseconds, and three locks that are not had take this.
LONGEST: Final = 15.0

#: What whoever imports is told then.
LOCKED: Final = (
    "others hold a lock on what is to be written; import the file again once they are done: it goes on where "
    "it stopped"
)


class BatchCommits:
    """Commits batches to one store.

    Args:
        s: The services.
        dry_run: Whether nothing is to be committed.
        monotonic: Seconds on a clock that nobody sets.
    """

    def __init__(
        self, s: Services, *, dry_run: bool, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = s.store
        self._dry_run = dry_run
        self._monotonic = monotonic
        self._waited = 0.0

    def commit(self, changes: Sequence[Change]) -> None:
        """Commit a batch.

        Raises:
            Conflict: Others were faster; the batch is to be looked at afresh.
            Unavailable: The store is out of reach, or conflicts have been waited for too long. What earlier
                batches wrote is written.
        """
        if not changes or self._dry_run:
            return
        began = self._monotonic()
        try:
            self._store.commit(*changes)
        except Conflict as error:
            self._waited += self._monotonic() - began
            if self._waited >= LONGEST:
                raise Unavailable(LOCKED) from error
            raise
        self._waited = 0.0
