"""One import of the roster at a time, in a thread of its own, with how far it has come and what came of it.

A hundred thousand rows take some ten seconds, longer than a request should. What is known of an import is in
the memory of this process: where the process ends, it is forgotten with it and nothing else is lost, for an
import may be cut off anywhere and told again. That it was begun stands in the history.

The file of a trial is kept packed, so that whoever tried it may import that very file without sending it
again: one file in a process, in memory and never on a disk, for half an hour, for that member of staff alone,
and until another file comes. After that time nobody can import it; its memory is given back at the next look
at the page.
"""

from __future__ import annotations

import gzip
import io
import logging
import shutil
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import BinaryIO, Final, cast

import attrs

from permit_accounts import (
    Accounts,
    FileRefused,
    Refused,
    RosterColumns,
    RosterProgress,
    RosterReport,
    StaffDesk,
    StaffMember,
    problem_file,
)
from permit_accounts.web import faults

#: Long enough to read what a trial says of its rows.
KEPT_FOR: Final = timedelta(minutes=30)
#: Files of this kind become a fifth in a moment; more effort would save little.
_PACKED: Final = 1

_log: Final = logging.getLogger("permit_accounts.staff_console")


@attrs.frozen(kw_only=True)
class Wanted:
    """What was asked for.

    Args:
        staff: Who imports.
        reason: Why.
        dry_run: Whether nothing is to be written.
        authority: The board of rows that name none; None for the one of the policy.
        language: Which language the file of problems is in.
    """

    staff: StaffMember
    reason: str
    dry_run: bool
    authority: str | None
    language: str


@attrs.define(kw_only=True, eq=False)
class Run:
    """One import, under way or over.

    Args:
        wanted: What was asked for.
        packed: The file with every row's problem, packed: its lines are much alike.
        progress: How far it has come.
        outcome: What came of it; None while it is under way or where it failed.
        failed: Whether it ended by a fault.
        over: Whether it has ended.
        file: What was tried, packed; None where there is nothing to go on with.
        file_until: How long it is kept.
    """

    wanted: Wanted
    packed: io.BytesIO = attrs.field(factory=io.BytesIO, repr=False)
    progress: RosterProgress | None = None
    outcome: RosterReport | FileRefused | Refused | None = None
    failed: bool = False
    over: bool = False
    file: bytes | None = attrs.field(default=None, repr=False)
    file_until: datetime | None = None


class RosterRuns:
    """The imports of this process.

    Args:
        accounts: The city's accounts.
        columns: What the city's files call their columns.
    """

    def __init__(self, accounts: Accounts, *, columns: RosterColumns | None) -> None:
        self._accounts = accounts
        self._columns = columns
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._latest: Run | None = None

    @property
    def latest(self) -> Run | None:
        """The import that was begun last."""
        return self._latest

    def start(self, file: BinaryIO, wanted: Wanted) -> bool:
        """Begin an import; False where another is under way."""
        with self._lock:
            if self._latest is not None and not self._latest.over:
                return False
            self._begin(file, wanted)
            return True

    def tried(self, staff: StaffMember) -> str:
        """The hash of the file that this member of staff has tried and may import now; empty for none."""
        run = self._latest
        if run is None or not run.over or run.file is None or run.file_until is None:
            return ""
        if run.file_until <= self._accounts.services.now():
            run.file = None
            return ""
        report = run.outcome
        if not isinstance(report, RosterReport) or run.wanted.staff.id != staff.id:
            return ""
        return report.file_hash

    def import_tried(self, staff: StaffMember, *, fingerprint: str, language: str) -> bool:
        """Begin the import of the file that was tried; False where it is another by now, or gone.

        Args:
            fingerprint: Of the file whose trial was looked at: what is imported is what was tried.
        """
        with self._lock:
            run = self._latest
            packed = run.file if run is not None else None  # a page that is shown now may let it go
            tried = self.tried(staff)
            if run is None or packed is None or not tried or tried != fingerprint:
                return False
            self._begin(
                io.BytesIO(gzip.decompress(packed)),
                attrs.evolve(run.wanted, staff=staff, dry_run=False, language=language),
            )
            return True

    def finish(self) -> None:
        """Wait for the import that is under way."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def problem_bytes(self) -> bytes | None:
        """Every problem of the latest import's rows as a CSV file; None while there is none."""
        run = self._latest
        return gzip.decompress(run.packed.getvalue()) if run is not None and run.over else None

    def _begin(self, file: BinaryIO, wanted: Wanted) -> None:
        run = Run(wanted=wanted)
        thread = threading.Thread(
            target=self._run, args=(file, run), name="permit-accounts-roster", daemon=True
        )
        # Where the machine has no thread left it fails here, and no import is under way.
        thread.start()
        self._latest, self._thread = run, thread

    def _keep(self, file: BinaryIO, run: Run) -> None:
        """What was tried and can be imported; a file that was refused as a whole cannot."""
        if not run.wanted.dry_run or not isinstance(run.outcome, RosterReport):
            return
        packed = io.BytesIO()
        file.seek(0)
        with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=_PACKED) as target:
            shutil.copyfileobj(file, target)
        run.file = packed.getvalue()
        run.file_until = self._accounts.services.now() + KEPT_FOR

    def _run(self, file: BinaryIO, run: Run) -> None:
        def hear(progress: RosterProgress) -> None:
            run.progress = progress

        try:
            run.outcome = self._imported(file, run, hear)
            self._keep(file, run)
        except Exception as error:
            _log.error("a roster import failed: %s", faults.kind_and_place(error))
            run.failed = True
        finally:
            file.close()
            run.over = True

    def _imported(
        self, file: BinaryIO, run: Run, hear: Callable[[RosterProgress], None]
    ) -> RosterReport | FileRefused | Refused:
        wanted = run.wanted
        with (
            gzip.GzipFile(fileobj=run.packed, mode="wb") as packed,
            problem_file(self._accounts.services, cast(BinaryIO, packed), language=wanted.language) as tell,
        ):
            return StaffDesk(self._accounts, actor=wanted.staff).import_roster(
                file,
                reason=wanted.reason,
                columns=self._columns,
                authority=wanted.authority,
                dry_run=wanted.dry_run,
                progress=hear,
                tell=tell,
            )
