"""A roster file at a terminal: what was taken, what was not and why, row by row."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import click

from permit_accounts.cli.city import open_city, open_city_for_trial, operator
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.hearing import Hearing, heard_out
from permit_accounts.cli.options import Call
from permit_accounts.cli.progress import bar
from permit_accounts.cli.report import listed
from permit_accounts.cli.row_files import (
    columns_read,
    file_refused,
    in_brackets,
    mapped_columns,
    problems_written,
    refuse_one_file,
    report_document,
    row_line,
    rows_refused,
)
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.files import FileRefused
from permit_accounts.model.roster import LEFT_OUT, RosterProgress, RosterReport, RowProblem, RowReason
from permit_accounts.roster import import_roster, problem_file
from permit_accounts.rules.roster_cells import is_day_first
from permit_accounts.rules.roster_columns import NAMES, RosterColumns

_EXAMPLE: Final = "license=LIC_NO"
_Heard: TypeAlias = Hearing[RowProblem, RosterReport]
_REFUSES_NOTHING: Final = LEFT_OUT | {RowReason.CONTACT_DIFFERS}


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
    hearing, day_first = _Heard(RosterReport(), unshown=LEFT_OUT), dict[str, RowProblem]()

    def progress(told: RosterProgress) -> None:
        words = f"{told.stage} the roster"
        hearing.progress(told.stage, told.report, words, told.bytes_done, told.bytes_total)

    def tell(problem: RowProblem) -> None:
        if is_day_first(problem.params.get("written", "")):
            day_first.setdefault(problem.column, problem)
        hearing.tell(problem)

    def run() -> RosterReport | FileRefused:
        with problems_written(city, problems, problem_file) as hearing.write, bar() as hearing.advance:
            return import_roster(
                city.accounts.services,
                file,
                authority=authority,
                columns=columns,
                permits_after=permits_after.date() if permits_after is not None else None,
                division=division,
                encoding=encoding,
                dry_run=dry_run,
                actor=operator(actor) if actor is not None else None,
                progress=progress,
                tell=tell,
            )

    outcome = heard_out(call, hearing, run, _written)
    if isinstance(outcome, Ending):
        return outcome
    if isinstance(outcome, FileRefused):
        return file_refused(call, outcome, problems=problems, example=_EXAMPLE)
    _tell(call, outcome, hearing)
    call.report.note(*_remarks(outcome, hearing, day_first, problems))
    call.report.document(report_document(outcome))
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


def _written(report: RosterReport) -> str:
    return f"{report.added + report.changed} licenses were written and stay"


def _tell(call: Call, report: RosterReport, hearing: _Heard) -> None:
    refused = in_brackets(hearing.refused(but=_REFUSES_NOTHING))
    left_out = in_brackets(_left_out(hearing))
    call.report.lines(
        *listed(
            (
                ("file", f"{report.encoding}, {_DELIMITERS.get(report.delimiter, report.delimiter)}"),
                ("columns read", columns_read(report)),
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
    call.report.note(*map(row_line, hearing.shown))


def _left_out(hearing: _Heard) -> str:
    """Why rows were not wanted, and how often."""
    left = sorted((reason, count) for (_, reason), count in hearing.kinds.items() if reason in LEFT_OUT)
    return ", ".join(f"{reason}: {count}" for reason, count in left)


def _remarks(
    report: RosterReport, hearing: _Heard, day_first: Mapping[str, RowProblem], written_to: str | None
) -> Iterator[str]:
    """What to do about it."""
    if hearing.untold:
        yield f"and {hearing.untold} more"
    for column, shown in day_first.items():
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


_DELIMITERS: Final = {",": "separated by commas", ";": "separated by semicolons", "\t": "separated by tabs"}
