"""The city's roster of contractors: imported from a CSV file into `License` records, and exported again.

Contractors who were issued a permit by the Building and Safety Division after 1 September 2014 are in the
city's records already and call staff for a temporary password. Who they are is what an import tells the
library. It writes licenses and nothing else: no account, no name, no password and no e-mail. An account that
finished its set-up is never changed by it, and whoever is missing from a later file loses nothing.

The file is read twice, as a stream: once to check it from end to end, so that a file which is refused has
changed nothing, and once to write. An import may be interrupted anywhere, killed or unplugged, and be told
again: what is there already is found unchanged.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import BinaryIO, Final, TypeAlias

from permit_accounts.model.codes import Code, EventName
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.people import StaffMember
from permit_accounts.model.roster import (
    LEFT_OUT,
    RosterProgress,
    RosterRefused,
    RosterReport,
    RosterStage,
    RowProblem,
    RowReason,
)
from permit_accounts.rules.licenses import FORMATS
from permit_accounts.rules.roster_columns import NAMES, RosterColumns
from permit_accounts.rules.roster_export import PROBLEM_HEADER, license_cells, problem_cells
from permit_accounts.rules.roster_rows import RowFault, Wanted
from permit_accounts.tools import audit, lookups
from permit_accounts.tools.csv_file import Unreadable
from permit_accounts.tools.repeats import Repeat
from permit_accounts.tools.roster_file import Encoding, Reading, RosterFile, Source, opened
from permit_accounts.tools.roster_writer import RosterWriter, Told
from permit_accounts.tools.services import Services

Target: TypeAlias = "str | os.PathLike[str] | BinaryIO"

#: A report names so many problems; `tell` hears all of them.
PROBLEMS_KEPT: Final = 1000
_HEARD_EVERY: Final = 10_000


def import_roster(
    s: Services,
    source: Source,
    *,
    authority: str | None = None,
    columns: RosterColumns | None = None,
    permits_after: date | None = None,
    division: str | None = None,
    encoding: Encoding | None = None,
    dry_run: bool = False,
    actor: StaffMember | None = None,
    progress: Callable[[RosterProgress], None] | None = None,
    tell: Callable[[RowProblem], None] | None = None,
) -> RosterReport | RosterRefused:
    """Read a roster and make its licenses known.

    Each license on it is new, changed or unchanged. The roster replaces what an earlier roster said; what
    staff corrected or a register answered stays. Where an account past its set-up holds a license and has
    another e-mail address than the roster tells, that is reported, and an event tells staff.

    Rows of one license that say the same count once; rows that differ are all refused, for nobody can say
    which of them is right. The canonical number decides what one license is.

    Args:
        s: The services.
        source: A path, or a file that is open in binary mode. Never a path that a visitor named.
        authority: The board of every row that names none, such as `us-ca-cslb`; by default the one that the
            policy's account types take.
        columns: What the city calls its columns.
        permits_after: Take only rows whose last permit was issued after this day.
        division: Take only rows whose last permit was issued by this division.
        encoding: By default UTF-8 where the whole file is UTF-8, else windows-1252.
        dry_run: Report what would come of it and write nothing.
        actor: Who imports; by default the library itself.
        progress: Called now and then. The report in the last call is what was surely written, should the
            import be interrupted; to stop it, raise.
        tell: Called for every problem with a row, also those beyond the first thousand.

    Returns:
        The report, or why the whole file was refused.

    Raises:
        ConfigurationError: An argument cannot be used.
        OSError: The file cannot be read.
        Unavailable: The store is out of reach. What was written is written; import the file again.
    """
    reading = Reading(
        columns=columns or RosterColumns(),
        authority=_authority(s, authority),
        wanted=Wanted(permits_after=permits_after, division=division),
        encoding=encoding,
        as_of=s.now(),
    )
    try:
        with opened(source) as file:
            return _Import(s, file, reading, dry_run=dry_run, progress=progress, tell=tell).run(actor)
    except Unreadable as error:
        return RosterRefused(fault=error.fault, line=error.line, params=error.params)


def export_roster(s: Services, target: Target) -> int:
    """Write every license on the roster to a CSV file, and say how many there are.

    UTF-8 with the mark by which spreadsheet programs know it, every cell in quotation marks, and nothing in
    it that a program would run: a leading apostrophe makes text of what looks like a formula. An import
    takes exactly those apostrophes away again, so that importing an export changes nothing.

    Args:
        target: A path, whose file is replaced, or a file that is open in binary mode.

    Raises:
        OSError: The file cannot be written.
        Unavailable: The store is out of reach.
    """
    on_roster = (record for record in lookups.all_licenses(s) if record.on_roster_since is not None)
    return _write(target, NAMES, map(license_cells, on_roster))


def export_problems(problems: Iterable[RowProblem], target: Target) -> int:
    """Write what an import said of its rows to a CSV file, as safe to open as the roster, and count them."""
    return _write(target, PROBLEM_HEADER, map(problem_cells, problems))


class _Import:
    """One import on its way: what has been counted so far, and who hears of it."""

    def __init__(
        self,
        s: Services,
        source: BinaryIO,
        reading: Reading,
        *,
        dry_run: bool,
        progress: Callable[[RosterProgress], None] | None,
        tell: Callable[[RowProblem], None] | None,
    ) -> None:
        self._s = s
        self._file = RosterFile(source, reading, self._hear)
        self._dry_run = dry_run
        self._progress = progress
        self._tell = tell
        self._stage = RosterStage.CHECKING
        self._counts = dict.fromkeys(_COUNTED, 0)
        self._problems: list[RowProblem] = []

    def run(self, actor: StaffMember | None) -> RosterReport:
        """Check, then write.

        Raises:
            Unreadable: The file is refused.
        """
        self._file.check()
        self._stage = RosterStage.IMPORTING
        self._import()
        if not self._dry_run:
            self._s.store.commit(self._event(actor))
        self._hear()
        return self._report()

    def _import(self) -> None:
        writer = RosterWriter(self._s, names=self._file.layout.places, dry_run=self._dry_run)
        counts = self._counts
        chunk: list[Told] = []
        for line, cells in self._file.rows():
            if cells is not None and not cells:
                counts["blank_lines"] += 1
                continue
            counts["rows"] += 1
            told = self._told(line, cells)
            if told is not None:
                chunk.append(told)
            if len(chunk) == writer.chunk:
                self._write(writer, chunk)
                chunk = []
            elif counts["rows"] % _HEARD_EVERY == 0:
                self._hear()
        self._write(writer, chunk)

    def _told(self, line: int, cells: Sequence[str] | None) -> Told | None:
        """What a row says, or None where it is not taken."""
        if cells is None:
            return self._refuse(line, [RowFault("", RowReason.QUOTE)])
        reader = self._file.reader
        license_id = reader.license_of(cells)
        if isinstance(license_id, RowFault):
            return self._leave(line, cells, license_id)
        key = str(license_id)
        told = reader.facts_of(cells, key)
        if isinstance(told, tuple):
            return self._refuse(line, told, key)
        match self._file.repeated.take(key):
            case Repeat.FIRST:
                return Told(line, told)
            case Repeat.AGAIN:
                self._counts["duplicates"] += 1
            case Repeat.CONTRADICTED:
                column = self._file.layout.column("license")
                self._refuse(line, [RowFault(column, RowReason.DUPLICATE)], key)
        return None

    def _leave(self, line: int, cells: Sequence[str], fault: RowFault) -> None:
        """A row that names no license, or was not wanted."""
        if fault.reason in LEFT_OUT:
            self._counts["left_out"] += 1
            self._say(RowProblem(line, fault.column, fault.reason))
            return
        faults = [fault]
        if isinstance(fault.reason, Code) and isinstance(others := self._file.reader.facts_of(cells, ""), tuple):
            faults += others
        self._refuse(line, faults)

    def _refuse(self, line: int, faults: Iterable[RowFault], license_id: str = "") -> None:
        self._counts["refused"] += 1
        for fault in dict.fromkeys(faults):
            self._say(RowProblem(line, fault.column, fault.reason, license_id))

    def _write(self, writer: RosterWriter, chunk: Sequence[Told]) -> None:
        written = writer.write(chunk)
        self._counts["added"] += written.added
        self._counts["changed"] += written.changed
        self._counts["unchanged"] += written.unchanged
        for told in written.failed:
            self._refuse(told.line, [RowFault("", RowReason.NOT_WRITTEN)], told.license.id)
        for told in written.differs:
            self._counts["contact_differs"] += 1
            column = self._file.layout.column("email")
            self._say(RowProblem(told.line, column, RowReason.CONTACT_DIFFERS, told.license.id))
        self._hear()

    def _say(self, problem: RowProblem) -> None:
        if len(self._problems) < PROBLEMS_KEPT:
            self._problems.append(problem)
        if self._tell is not None:
            self._tell(problem)

    def _hear(self) -> None:
        if self._progress is not None:
            self._progress(
                RosterProgress(
                    stage=self._stage,
                    bytes_done=self._file.bytes_done,
                    bytes_total=self._file.size,
                    report=self._report(),
                )
            )
    ...
