"""What an import of the roster tells: of single rows, of the whole, and while it runs.

Codes and numbers only; a catalog has the words, under `text_key`. Nothing here repeats what stands in a cell
but a license's canonical number, what was taken for one by mistake (a look-alike character, a class), and a
date that could not be read, so a report can be shown, mailed and kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import attrs

from permit_accounts.model.codes import Code
from permit_accounts.model.files import ImportStage
from permit_accounts.model.outcomes import Outcome
from permit_accounts.model.values import Value


class RowReason(StrEnum):
    """Why a row was refused, left out or pointed at, beside the codes of its values."""

    SHORT_ROW = "short-row"
    LONG_ROW = "long-row"
    QUOTE = "quote"
    DUPLICATE = "duplicate"
    UNKNOWN_BOARD = "unknown-board"
    DATE_IN_DOUBT = "date-in-doubt"
    OTHER_DIVISION = "other-division"
    PERMIT_TOO_OLD = "permit-too-old"
    PERMIT_UNKNOWN = "permit-unknown"
    NOT_WRITTEN = "not-written"
    CONTACT_DIFFERS = "contact-differs"


#: Rows that were not wanted, as opposed to rows that were wrong.
LEFT_OUT: Final = frozenset({RowReason.OTHER_DIVISION, RowReason.PERMIT_TOO_OLD, RowReason.PERMIT_UNKNOWN})


@attrs.frozen(eq=False, repr=False)
class RowProblem(Value):
    """What is to be said of one row.

    Args:
        line: The physical line on which the row begins, the first line of the file being 1.
        column: The column's name as the file spells it; empty where it concerns the whole row.
        reason: A code of the forms for a value, or a reason of the roster's own.
        license: The license's canonical id, where the row named one.
        params: What the text's placeholders stand for; of a date that was refused also how it is `written`.
    """

    line: int
    column: str
    reason: Code | RowReason
    license: str = ""
    params: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def text_key(self) -> str:
        """Under which key a catalog has the words."""
        family = "code" if isinstance(self.reason, Code) else "roster-row"
        return f"{family}.{self.reason}"


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
class RosterProgress(Value):
    """How far an import has come. `report` is what has been done so far, should it be interrupted now."""

    stage: ImportStage
    bytes_done: int
    bytes_total: int
    report: RosterReport
