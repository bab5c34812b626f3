"""One import of a roster on its way: each row is read, counted and handed on, and who asked is told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import BinaryIO, Final

from permit_accounts.model.codes import Code, EventName
from permit_accounts.model.files import ImportStage
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.people import StaffMember
from permit_accounts.model.roster import LEFT_OUT, RosterProgress, RosterReport, RowProblem, RowReason
from permit_accounts.rules.roster_rows import RowFault
from permit_accounts.tools.repeats import Repeat
from permit_accounts.tools.roster_file import Reading, RosterFile
from permit_accounts.tools.roster_writer import RosterWriter, Told
from permit_accounts.tools.row_report import Problems, note_the_import
from permit_accounts.tools.services import Services

_HEARD_EVERY: Final = 10_000
_COUNTED: Final = (
    *("rows", "added", "changed", "unchanged", "duplicates"),
    *("left_out", "refused", "blank_lines", "contact_differs"),
)


class RosterImport:
    """One import on its way: what has been counted so far, and who hears of it.

    Args:
        s: The services.
        source: The file, open in binary mode and seekable.
        reading: How it is to be read.
        dry_run: Whether nothing is to be written.
        progress: Called now and then.
        tell: Called for every problem with a row.
    """

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
        self._stage = ImportStage.CHECKING
        self._counts = dict.fromkeys(_COUNTED, 0)
        self._problems = Problems(tell)

    def run(self, actor: StaffMember | None, reason: str) -> RosterReport:
        """Check the file, then write what it tells, then note who imported it and why.

        Raises:
            Unreadable: The file is refused.
        """
        self._file.check()
        self._stage = ImportStage.IMPORTING
        self._hear()  # before anything is written: whoever heard of the check alone knows that nothing was
        self._import()
        if not self._dry_run:
            of_file = {"file_hash": self._file.file_hash, "encoding": self._file.encoding}
            note_the_import(
                self._s, EventName.ROSTER_IMPORTED, self._counts, actor=actor, reason=reason, **of_file
            )
        self._hear()
        return self._report()

    def _import(self) -> None:
        writer = RosterWriter(self._s, dry_run=self._dry_run)
        chunk: list[Told] = []
        for line, cells in self._file.rows():
            told = self._told(line, cells)
            if told is not None:
                chunk.append(told)
                if len(chunk) == writer.chunk:
                    self._write(writer, chunk)
                    chunk = []
        self._write(writer, chunk)

    def _told(self, line: int, cells: Sequence[str] | None) -> Told | None:
        """What a row says, or None where it is not taken."""
        self._counts["rows"] += 1
        if self._counts["rows"] % _HEARD_EVERY == 0:
            self._hear()
        if cells is None:
            self._refuse(line, (RowFault("", RowReason.QUOTE),))
            return None
        license_id = self._file.reader.license_of(cells)
        if not isinstance(license_id, LicenseId):
            self._leave(line, cells, license_id)
            return None
        key = str(license_id)
        told = self._file.reader.facts_of(cells, key)
        if isinstance(told, tuple):
            self._refuse(line, told, key)
            return None
        return Told(line, told) if self._is_first(line, key) else None

    def _is_first(self, line: int, key: str) -> bool:
        """Whether a license's row is to be taken: the only one, or the first of several that say the same."""
        repeat = self._file.repeated.take(key)
        if repeat is Repeat.AGAIN:
            self._counts["duplicates"] += 1
        if repeat is Repeat.CONTRADICTED:
            column = self._file.layout.column("license")
            self._refuse(line, (RowFault(column, RowReason.DUPLICATE),), key)
        return repeat is Repeat.FIRST

    def _leave(self, line: int, cells: Sequence[str], fault: RowFault | None) -> None:
        """A row that is blank, was not wanted, or names no license."""
        if fault is None:
            self._counts["rows"] -= 1
            self._counts["blank_lines"] += 1
            return
        if fault.reason in LEFT_OUT:
            self._counts["left_out"] += 1
            self._problems.say(RowProblem(line, fault.column, fault.reason))
            return
        others = self._file.reader.facts_of(cells, "") if isinstance(fault.reason, Code) else ()
        self._refuse(line, (fault, *others) if isinstance(others, tuple) else (fault,))

    def _refuse(self, line: int, faults: Iterable[RowFault], license_id: str = "") -> None:
        self._counts["refused"] += 1
        # The day of the last permit is looked at twice where it decides whether the row is taken.
        for fault in {(fault.column, fault.reason): fault for fault in faults}.values():
            self._problems.say(RowProblem(line, fault.column, fault.reason, license_id, fault.params))

    def _write(self, writer: RosterWriter, chunk: Sequence[Told]) -> None:
        if not chunk:
            return
        written = writer.write(chunk)
        self._counts["added"] += written.added
        self._counts["changed"] += written.changed
        self._counts["unchanged"] += written.unchanged
        for told in written.failed:
            self._refuse(told.line, [RowFault("", RowReason.NOT_WRITTEN)], told.license.id)
        for told in written.differs:
            self._counts["contact_differs"] += 1
            column = self._file.layout.column("email")
            self._problems.say(RowProblem(told.line, column, RowReason.CONTACT_DIFFERS, told.license.id))
        self._hear()

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

    def _report(self) -> RosterReport:
        file, is_checked = self._file, self._stage is ImportStage.IMPORTING
        layout = file.layout if is_checked else None
        return RosterReport(
            **self._counts,
            problems=self._problems.first,
            file_hash=file.file_hash if is_checked else "",
            encoding=file.encoding if is_checked else "",
            delimiter=layout.delimiter if layout else "",
            columns={name: layout.column(name) for name in layout.places} if layout else {},
            ignored=layout.ignored if layout else (),
            dry_run=self._dry_run,
        )
