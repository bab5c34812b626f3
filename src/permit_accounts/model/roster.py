"""What an import of the roster tells: of the whole file, of single rows, and while it runs.

Words and numbers only; nothing here repeats what stands in a cell but a license's canonical number, so a
report can be shown, mailed and kept. `str()` of a refusal or a problem is one English sentence for whoever
runs the import.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import attrs

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Outcome
from permit_accounts.model.values import Value


class RosterFault(StrEnum):
    """Why a whole file was refused; then nothing of it was written.

    But for `CHANGED`: the file was right when it was checked and another when it was read again. Some of its
    rows may have been written.
    """

    EMPTY = "empty"
    NOT_CSV = "not-csv"
    ENCODING = "encoding"
    COLUMN_MISSING = "column-missing"
    COLUMN_TWICE = "column-twice"
    QUOTE = "quote"
    TOO_LARGE = "too-large"
    TOO_MANY_ROWS = "too-many-rows"
    ROW_TOO_LONG = "row-too-long"
    SCIENTIFIC = "scientific-notation"
    CHANGED = "changed-meanwhile"


class RowReason(StrEnum):
    """Why a row was refused, left out or pointed at, beside the codes of its values."""

    SHORT_ROW = "short-row"
    LONG_ROW = "long-row"
    QUOTE = "quote"
    DUPLICATE = "duplicate"
    OTHER_DIVISION = "other-division"
    PERMIT_TOO_OLD = "permit-too-old"
    PERMIT_UNKNOWN = "permit-unknown"
    NOT_WRITTEN = "not-written"
    CONTACT_DIFFERS = "contact-differs"


#: Rows that were not wanted, as opposed to rows that were wrong.
LEFT_OUT: Final = frozenset({RowReason.OTHER_DIVISION, RowReason.PERMIT_TOO_OLD, RowReason.PERMIT_UNKNOWN})


class RosterStage(StrEnum):
    """What an import is doing: reading the file through, or writing."""

    CHECKING = "checking"
    IMPORTING = "importing"


@attrs.frozen(eq=False, repr=False)
class RowProblem(Value):
    """What is to be said of one row.

    Args:
        line: The physical line on which the row begins, the first line of the file being 1.
        column: The column's name as the file spells it; empty where it concerns the whole row.
        reason: A code of the forms for a value, or a reason of the roster's own.
        license: The license's canonical id, where the row named one.
    """

    line: int
    column: str
    reason: Code | RowReason
    license: str = ""

    def __str__(self) -> str:
        where = f"line {self.line}" + (f", column {self.column!r}" if self.column else "")
        whose = f" ({self.license})" if self.license else ""
        return f"{where}: {_REASONS.get(self.reason, self.reason.value)}{whose}"


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RosterReport(Outcome):
    """What came of a file; of a dry run, what would come of it.

    `rows` is the sum of `added`, `changed`, `unchanged`, `duplicates` (further rows equal to one of the same
    license), `left_out` and `refused`. `contact_differs` counts accounts, not rows.

    Args:
        problems: The first of them; `import_roster(tell=…)` hears them all.
        file_hash: SHA-256 of the file's bytes, in hexadecimal.
        columns: For each fact that the file told, the column it stood in.
        ignored: The file's other columns.
        dry_run: Whether nothing was written.
    """

    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    duplicates: int = 0
    left_out: int = 0
    refused: int = 0
    blank_lines: int = 0
    contact_differs: int = 0
    problems: tuple[RowProblem, ...] = ()
    file_hash: str = ""
    encoding: str = ""
    delimiter: str = ""
    columns: Mapping[str, str] = attrs.field(factory=dict)
    ignored: tuple[str, ...] = ()
    dry_run: bool = False


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RosterRefused(Outcome):
    """The whole file was refused. Nothing of it was written; `RosterFault.CHANGED` is the one exception.

    Args:
        line: The physical line where it was noticed; 0 where there is none to name.
        params: What the sentence of `str()` names, such as the columns found.
    """

    fault: RosterFault
    line: int = 0
    params: Mapping[str, str] = attrs.field(factory=dict)

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return where + _ADVICE[self.fault].format_map(self.params)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RosterProgress(Value):
    """How far an import has come. `report` is what has been done so far, should it be interrupted now."""

    stage: RosterStage
    bytes_done: int
    bytes_total: int
    report: RosterReport


_ADVICE: Final[Mapping[RosterFault, str]] = {
    RosterFault.EMPTY: "the file is empty; it needs a line that names its columns",
    RosterFault.NOT_CSV: (
        "this is no CSV text ({kind}); in a spreadsheet program, save the sheet as 'CSV UTF-8'"
    ),
    RosterFault.ENCODING: "the text is not {encoding}; save the file as 'CSV UTF-8'",
    RosterFault.COLUMN_MISSING: "there is no column named {missing}; the file has {found}",
    RosterFault.COLUMN_TWICE: "more than one column is named {twice}; rename one of them",
    RosterFault.QUOTE: "a quotation mark that opens on this line is not closed as it should be",
    RosterFault.TOO_LARGE: "the file is larger than {most} bytes; split it",
    RosterFault.TOO_MANY_ROWS: "the file has more than {most} rows; split it",
    RosterFault.ROW_TOO_LONG: "this row is longer than {most} characters; is a quotation mark not closed?",
    RosterFault.SCIENTIFIC: (
        "a spreadsheet program has rewritten the numbers in column {column} in scientific notation, and "
        "their digits are lost; set the column's format to text in the original and export it again"
    ),
    RosterFault.CHANGED: "the file changed while it was read; import it again",
}

_REASONS: Final[Mapping[Code | RowReason, str]] = {
    RowReason.SHORT_ROW: "the row has fewer cells than the header",
    RowReason.LONG_ROW: "the row has more cells than the header",
    RowReason.QUOTE: "a quotation mark stands where none can be",
    RowReason.DUPLICATE: "the license stands in several rows that differ; none of them was taken",
    RowReason.OTHER_DIVISION: "left out: another division",
    RowReason.PERMIT_TOO_OLD: "left out: the last permit is not after the day asked for",
    RowReason.PERMIT_UNKNOWN: "left out: no date of a last permit",
    RowReason.NOT_WRITTEN: "the record kept being changed by somebody else, or cannot be read",
    RowReason.CONTACT_DIFFERS: "the account that holds this license has another e-mail address",
}
