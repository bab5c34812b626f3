"""A roster file at a terminal: what was taken, what was not and why, row by row."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import attrs
import click

from permit_accounts.cli.city import open_city, open_city_for_trial, operator
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.options import Call
from permit_accounts.cli.progress import Advance, bar
from permit_accounts.cli.report import listed
from permit_accounts.cli.row_files import (
    ALIKE,
    SHOWN,
    counted,
    file_refused,
    mapped_columns,
    nowhere,
    problems_written,
    refuse_one_file,
    rows_refused,
)
from permit_accounts.cli.shown import document, text
from permit_accounts.model.codes import Code
from permit_accounts.model.errors import ConfigurationError, Unavailable
from permit_accounts.model.files import FileRefused, ImportStage
from permit_accounts.model.roster import LEFT_OUT, RosterProgress, RosterReport, RowProblem, RowReason
from permit_accounts.roster import import_roster, problem_file
from permit_accounts.rules.roster_cells import is_day_first
from permit_accounts.rules.roster_columns import NAMES, RosterColumns

_EXAMPLE: Final = "license=LIC_NO"
_REFUSES_NOTHING: Final = LEFT_OUT | {RowReason.CONTACT_DIFFERS}


@attrs.define
class _Hearing:
    """What an import said while it ran: how far it had come, and what it did not take.

    Rows that were not wanted are only counted: a roster may have a hundred thousand of them, and somebody
    looks for the three that must be mended. Of rows with one and the same fault the first few show it.
    """

    advance: Advance = nowhere
    write: Callable[[RowProblem], None] = nowhere
    wrong: list[RowProblem] = attrs.field(factory=list)
    kinds: Counter[tuple[str, Code | RowReason]] = attrs.field(factory=Counter)
    day_first: dict[str, RowProblem] = attrs.field(factory=dict)
    stage: ImportStage = ImportStage.CHECKING
    sofar: RosterReport = attrs.field(factory=RosterReport)

    def progress(self, progress: RosterProgress) -> None:
        self.stage, self.sofar = progress.stage, progress.report
        self.advance(f"{progress.stage} the roster", progress.bytes_done, progress.bytes_total)

    def tell(self, problem: RowProblem) -> None:
        kind = (problem.column, problem.reason)
        self.kinds[kind] += 1
        if problem.reason not in LEFT_OUT and len(self.wrong) < SHOWN and self.kinds[kind] <= ALIKE:
            self.wrong.append(problem)
        if is_day_first(problem.params.get("written", "")):
            self.day_first.setdefault(problem.column, problem)
        self.write(problem)

    @property
    def left_out(self) -> str:
        """Why rows were not wanted, and how often."""
        left = sorted((reason, count) for (_, reason), count in self.kinds.items() if reason in LEFT_OUT)
        return ", ".join(f"{reason}: {count}" for reason, count in left)

    @property
    def refused(self) -> str:
        """What was wrong with rows, in which column and how often, the commonest first."""
        return counted(self.kinds, but=_REFUSES_NOTHING)

    @property
    def untold(self) -> int:
        """How many problems with other rows are not among those that are shown."""
        wrong = sum(count for (_, reason), count in self.kinds.items() if reason not in LEFT_OUT)
        return wrong - len(self.wrong)


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
    refuse_one_file(file, problems)
    city = open_city_for_trial(call) if dry_run else open_city(call)
    hearing = _Hearing()
    try:
        with problems_written(city, problems, problem_file) as hearing.write, bar() as hearing.advance:
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
                tell=hearing.tell,
            )
    except KeyboardInterrupt:
        call.report.note(f"Interrupted. {_so_far(hearing)}")
        call.report.document({"interrupted": True, "report": document(hearing.sofar)})
        return Ending.INTERRUPTED
    except Unavailable as error:
        call.report.note(_so_far(hearing))
        # Also where a commit is in doubt: the next run finds its licenses unchanged, or adds them.
        raise Unavailable(str(error)) from error
    if isinstance(outcome, FileRefused):
        return file_refused(call, outcome, problems=problems, example=_EXAMPLE)
    _tell(call, outcome, hearing, problems)
    return Ending.DONE


def _columns(mapped: Sequence[str], mapping: str | None) -> RosterColumns:
    """What the city calls its columns; `--map` wins over the file of `--mapping`."""
    named: dict[str, Any] = {}
    if mapping is not None:
        try:
            named |= tomllib.loads(Path(mapping).read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{mapping} is no TOML file: {error}") from None
    named |= mapped_columns(mapped, _EXAMPLE)
    unknown = sorted(set(named) - set(NAMES))
    if unknown:
        raise click.UsageError(f"no fact is called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    for name, column in named.items():
        if not isinstance(column, str) or not any(letter.isalnum() for letter in column):
            raise ConfigurationError(f'{name} = {column!r}: a column\'s name is wanted, such as "LIC_NO"')
    return RosterColumns(**named)


def _so_far(hearing: _Hearing) -> str:
    """What an import that broke off has done."""
    report = hearing.sofar
    if hearing.stage is ImportStage.CHECKING or report.dry_run:
        return "Nothing was written."
    return (
        f"At least {report.added + report.changed} licenses were written and stay. "
        "Run the same command again: it goes on where this one stopped."
    )


def _tell(call: Call, report: RosterReport, hearing: _Hearing, written_to: str | None) -> None:
    columns = ", ".join(f"{column} ({name})" for name, column in report.columns.items())
    refused = f" ({hearing.refused})" if hearing.refused else ""
    left_out = f" ({hearing.left_out})" if hearing.left_out else ""
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
                ("  left out", f"{report.left_out}{left_out}"),
                ("  refused", f"{report.refused}{refused}"),
                ("contacts that differ", str(report.contact_differs)),
            )
        )
    )
    call.report.note(*map(row_line, hearing.wrong))
    call.report.note(*_remarks(report, hearing, written_to))
    problems = [{**document(problem), "text": _words(problem)} for problem in report.problems]
    call.report.document({"report": {**document(report), "problems": problems}})


def _remarks(report: RosterReport, hearing: _Hearing, written_to: str | None) -> Iterator[str]:
    """What to do about it."""
    if hearing.untold:
        yield f"and {hearing.untold} more"
    for column, shown in hearing.day_first.items():
        yield (
            f"Column {column!r} has dates with the day first, such as {shown.params['written']!r} in line "
            f"{shown.line}. If the old system writes them so, let it export year-month-day, such as "
            "2019-05-14; if that line is a slip of the pen, mend it."
        )
    if not report.rows:
        yield "The file has no rows below its header, and nothing was imported."
    if report.refused:
        yield rows_refused(report.refused)
    if report.left_out and report.left_out + report.refused == report.rows:
        yield "No row was taken. Look at --permits-after, --division and the columns that they read."
    if hearing.kinds and written_to is None:
        yield "--problems FILE writes every row that was refused or left out, and why, to a new CSV file."
    if report.dry_run:
        yield "This was a dry run: nothing was written."


def row_line(problem: RowProblem) -> str:
    """One sentence about a row: where, whose, and the catalog's words."""
    column = f", column {problem.column!r}" if problem.column else ""
    whose = f" ({problem.license})" if problem.license else ""
    written = f" It says {problem.params['written']!r}." if "written" in problem.params else ""
    return f"line {problem.line}{column}{whose}: {_words(problem)}{written}"


def _words(told: RowProblem | FileRefused) -> str:
    return text(told.text_key, told.params)


_DELIMITERS: Final = {",": "separated by commas", ";": "separated by semicolons", "\t": "separated by tabs"}
