"""Puts what a roster tells into the store, a chunk of licenses in one commit, until it is so.

Whoever writes the same licenses at the same time (another import, a registration) makes a commit meet a
`Conflict`; the chunk is then read afresh, merged again and committed again. So an import may be interrupted
anywhere and told again, and two at once come to the same state.

Accounts are never touched. Where one that has finished its set-up holds a license and has another e-mail
address than the roster tells, staff learn of it by an event in the same commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from permit_accounts.model.codes import EventName, LinkState, Standing
from permit_accounts.model.errors import Conflict
from permit_accounts.model.records import Account, License
from permit_accounts.model.values import Value
from permit_accounts.ports import Add, Change, Replace
from permit_accounts.rules.roster_facts import merged
from permit_accounts.tools import audit, lookups
from permit_accounts.tools.batch_commits import BatchCommits
from permit_accounts.tools.services import Services

#: Licenses in one commit: enough to share the wait for the disk and the pages of the table, few enough that
#: a portal's own commits wait a tenth of a second (measured with SQLite: 0.1 s).
CHUNK: Final = 5000

_TRIES: Final = 5
_FINISHED: Final = frozenset({Standing.ACTIVE, Standing.DISABLED})


@attrs.frozen(eq=False, repr=False)
class Told(Value):
    """What one row of the file says, and the line on which it begins."""

    line: int
    license: License


@attrs.frozen(eq=False, repr=False)
class Written(Value):
    """What came of a chunk.

    Args:
        differs: Rows whose address is not an account's, each once for each such account.
        failed: Rows whose license somebody else kept changing, or whose record cannot be read.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    differs: tuple[Told, ...] = ()
    failed: tuple[Told, ...] = ()

    def __add__(self, other: Written) -> Written:
        return Written(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.differs + other.differs,
            self.failed + other.failed,
        )


class RosterWriter:
    """Writes the licenses of one file, or with `dry_run` only finds out what writing them would do.

    Args:
        s: The services.
        dry_run: Whether nothing is to be committed.
    """

    def __init__(self, s: Services, *, dry_run: bool) -> None:
        self._s = s
        self._dry_run = dry_run
        self._commits = BatchCommits(s, dry_run=dry_run)
        # Cost: where nobody's claim is verified, no row needs to be asked who holds it.
        self._held = bool(lookups.links_in(s, LinkState.VERIFIED, limit=1))
        self._all_new = not (dry_run or self._held)
        self.chunk = min(CHUNK, s.store.max_changes)

    def write(self, told: Sequence[Told]) -> Written:
        """Write at most `chunk` licenses; where an exception is raised, some of them are written.

        Raises:
            Unavailable: The store is out of reach, or somebody holds a lock on it.
        """
        # Cost: in the order of their ids, the licenses of one page of a table are written together.
        told = sorted(told, key=_license_id)
        if self._all_new:
            try:
                self._commits.commit([Add(row.license) for row in told])
            except Conflict:
                self._all_new = False
            else:
                return Written(added=len(told))
        written = self._merge(told)
        self._all_new = not (self._dry_run or self._held) and written.added == len(told)
        return written

    def _merge(self, told: Sequence[Told]) -> Written:
        for _ in range(_TRIES):
            steps = [self._step(row) for row in told]
            changes = [change for _, made in steps for change in made]
            if len(changes) > self._s.store.max_changes and len(told) > 1:
                break
            try:
                self._commits.commit(changes)
            except Conflict:
                continue
            return sum((written for written, _ in steps), Written())
        if len(told) == 1:
            return Written(failed=tuple(told))
        half = len(told) // 2
        return self._merge(told[:half]) + self._merge(told[half:])

    def _step(self, row: Told) -> tuple[Written, list[Change]]:
        """What one row comes to, and the changes that make it so."""
        old = lookups.license_record(self._s, row.license.id)
        new = row.license if old is None else merged(old, row.license)
        others = self._other_addresses(row.license) if self._held else []
        differs = (row,) * len(others)
        if old is None:
            return Written(added=1, differs=differs), [Add(new), *self._events(others, new)]
        if new is old:
            return Written(unchanged=1, differs=differs), []
        events = [] if _address_of(old) == _address_of(new) else self._events(others, new)
        return Written(changed=1, differs=differs), [Replace(old, new), *events]

    def _other_addresses(self, told: License) -> list[Account]:
        """The accounts past their set-up that hold the license and have another address than it tells."""
        if told.contact is None or told.contact.email_key is None:
            return []
        links = [link for link in lookups.links_on(self._s, told.id) if link.state is LinkState.VERIFIED]
        holders = (lookups.account(self._s, link.account_id) for link in links)
        return [
            account
            for account in holders
            if account is not None
            and account.standing in _FINISHED
            and account.email_key != told.contact.email_key
        ]

    def _events(self, accounts: Sequence[Account], record: License) -> list[Change]:
        most = self._s.store.max_changes - 1
        return [
            audit.system_event(
                self._s,
                EventName.CONTACT_DIFFERS,
                at=self._s.now(),
                account_id=account.id,
                license_id=record.id,
                for_desk=True,
            )
            for account in accounts[:most]
        ]


def _license_id(told: Told) -> str:
    return told.license.id


def _address_of(record: License) -> str | None:
    return record.contact.email_key if record.contact is not None else None
