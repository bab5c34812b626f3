"""The board's public license file becomes an index, with a bar while it is read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from permit_accounts.cli.endings import Ending
from permit_accounts.cli.progress import bar
from permit_accounts.cli.report import Report, listed
from permit_accounts.cli.shown import document, moment
from permit_accounts.registers.cslb_index import index_cslb

_SHOWN: Final = 20


def index_file(report: Report, csv: str, index: str, *, as_of: datetime | None, least_share: float) -> Ending:
    """Build the index and put it in place."""
    with bar() as advance:
        indexed = index_cslb(
            csv,
            index,
            as_of=_moment_of(csv, as_of),
            least_share=least_share,
            progress=lambda done, total: advance("indexing", done, total),
        )
    report.lines(
        *listed(
            (
                ("licenses", str(indexed.rows)),
                ("lines left out", str(indexed.skipped_rows)),
                ("as of", moment(indexed.as_of)),
                ("index", index),
            )
        )
    )
    for row in indexed.skipped[:_SHOWN]:
        report.note(f"line {row.line}: {row.reason}")
    report.document({"index": index, "report": document(indexed)})
    return Ending.DONE


def _moment_of(csv: str, as_of: datetime | None) -> datetime:
    """The day given, else when the file was last written: a download is as old as its file."""
    if as_of is not None:
        return as_of.replace(tzinfo=UTC)
    return datetime.fromtimestamp(Path(csv).stat().st_mtime, UTC)
