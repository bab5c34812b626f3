"""A roster file at a terminal: what was taken, what was not and why, row by row."""

from __future__ import annotations

import os
import tomllib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import attrs
import click

from permit_accounts.cli.city import open_city, operator
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.new_files import new_file
from permit_accounts.cli.options import Call
from permit_accounts.cli.progress import Advance, bar
from permit_accounts.cli.report import listed
from permit_accounts.cli.shown import document, text
from permit_accounts.model.codes import Code
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.roster import (
    LEFT_OUT,
    RosterProgress,
    RosterRefused,
    RosterReport,
    RowProblem,
    RowReason,
)
from permit_accounts.roster import export_problems, import_roster
from permit_accounts.rules.roster_columns import NAMES, RosterColumns

#: How many rows a terminal is told of; the file of --problems has all.
_SHOWN: Final = 40


@attrs.define
class _Hearing:
    """What an import said while it ran: every problem, and how far it had come."""

    advance: Advance
    problems: list[RowProblem] = attrs.field(factory=list)
    sofar: RosterReport = attrs.field(factory=RosterReport)

    def progress(self, progress: RosterProgress) -> None:
        self.sofar = progress.report
        self.advance(f"{progress.stage} the roster", progress.bytes_done, progress.bytes_total)


def import_file(
    call: Call,
    *,
    file: str,
    mapped: Sequence[str],
    mapping: str | None,
    permits_after: datetime | None,
    division: str | None,
    authority: str | None,
    encoding: Literal["utf-8", "windows-1252"] | None,
    dry_run: bool,
    problems: str | None,
    actor: str | None,
) -> Ending:
    """Import it, and say what came of it."""
    columns = _columns(mapped, mapping)
    _refuse_one_file(file, problems)
    city = open_city(call)
    with bar() as advance:
        hearing = _Hearing(advance)
        try:
            outcome = import_roster(
                city.accounts.services,
                file,
                authority=authority,
                columns=columns,
                permits_after=permits_after.date() if permits_after is not None else None,
                division=division,
                encoding=encoding,
                dry_run=dry_run,
                actor=operator(actor) if actor is not None else None,
                progress=hearing.progress,
                tell=hearing.problems.append,
            )
        except KeyboardInterrupt:
            return _interrupted(call, hearing.sofar)
    if isinstance(outcome, RosterRefused):
        return _refused(call, outcome)
    if problems is not None:
        with new_file(problems) as target:
            export_problems(hearing.problems, target)
    _tell(call, outcome, hearing.problems, problems)
    return Ending.DONE


def _columns(mapped: Sequence[str], mapping: str | None) -> RosterColumns:
    """What the city calls its columns; `--map` wins over the file of `--mapping`."""
    named: dict[str, Any] = {}
    if mapping is not None:
        try:
            named |= tomllib.loads(Path(mapping).read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{mapping} is no TOML file: {error}") from None
    for pair in mapped:
        name, sign, column = pair.partition("=")
        if not sign:
            raise click.UsageError(f"--map takes NAME=COLUMN, such as license=LIC_NO, not {pair!r}")
        named[name.strip()] = column.strip()
    unknown = sorted(set(named) - set(NAMES))
    if unknown:
        raise click.UsageError(f"no fact is called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    return RosterColumns(**named)


def _refuse_one_file(file: str, problems: str | None) -> None:
    """The roster must not be written over with what was wrong with it."""
    if problems is not None and os.path.exists(problems) and os.path.samefile(file, problems):
        raise click.UsageError("--problems names the roster itself")


def _refused(call: Call, refusal: RosterRefused) -> Ending:
    call.report.note(f"The file was refused, and nothing of it was written: {refusal}")
    call.report.document({"refused": {**document(refusal), "text": str(refusal)}})
    return Ending.REFUSED


def _interrupted(call: Call, sofar: RosterReport) -> Ending:
    written = sofar.added + sofar.changed
    call.report.note(
        f"Interrupted. At least {written} licenses were written and stay. "
        "Run the same command again: it goes on where this one stopped."
    )
    call.report.document({"interrupted": True, "report": document(sofar)})
    return Ending.INTERRUPTED


def _tell(call: Call, report: RosterReport, problems: Sequence[RowProblem], written_to: str | None) -> None:
    left_out = Counter(problem.reason for problem in problems if problem.reason in LEFT_OUT)
    columns = ", ".join(f"{column} ({name})" for name, column in report.columns.items())
    call.report.lines(
        *listed(
            (
                ("file", f"{report.encoding}, {_DELIMITERS.get(report.delimiter, report.delimiter)}"),
                ("columns read", columns),
                ("columns not used", ", ".join(report.ignored)),
                ("rows", str(report.rows)),
                ("  added", str(report.added)),
                ("  changed", str(report.changed)),
                ("  as before", str(report.unchanged)),
                ("  said twice", str(report.duplicates)),
                ("  left out", _with_reasons(report.left_out, left_out)),
                ("  refused", str(report.refused)),
                ("contacts that differ", str(report.contact_differs)),
            )
        )
    )
    for problem in problems[:_SHOWN]:
        call.report.note(row_line(problem))
    if len(problems) > _SHOWN:
        call.report.note(f"and {len(problems) - _SHOWN} more")
    if report.refused:
        call.report.note(
            f"{report.refused} rows were refused and are not on the roster: mend them, import again."
        )
    if problems and written_to is None:
        call.report.note("--problems FILE writes them to a CSV file.")
    if report.dry_run:
        call.report.note("This was a dry run: nothing was written.")
    call.report.document({"report": document(report)})


def _with_reasons(count: int, reasons: Counter[Code | RowReason]) -> str:
    told = ", ".join(f"{reason}: {number}" for reason, number in sorted(reasons.items()))
    return f"{count} ({told})" if told else str(count)


def row_line(problem: RowProblem) -> str:
    """One sentence about a row, in the catalog's words where the row's value broke a rule of the forms."""
    if not isinstance(problem.reason, Code):
        return str(problem)
    words = text(f"code.{problem.reason}")
    if "{" in words:  # a row's problem keeps none of what its text would quote
        words = problem.reason.replace("-", " ")
    return str(problem).replace(problem.reason.value, words, 1)


_DELIMITERS: Final = {",": "separated by commas", ";": "separated by semicolons", "\t": "separated by tabs"}
