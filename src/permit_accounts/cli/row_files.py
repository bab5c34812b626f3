"""What imports of a file of rows have in common at a terminal: its columns, its problems, its refusal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import BinaryIO, TypeVar

import click

from permit_accounts.cli.city import City
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.hearing import nowhere
from permit_accounts.cli.new_files import new_file
from permit_accounts.cli.options import Call
from permit_accounts.cli.shown import document, text
from permit_accounts.model.files import FileFault, FileRefused
from permit_accounts.model.roster import RosterReport, RowProblem
from permit_accounts.model.users import UserProblem, UsersReport
from permit_accounts.tools.services import Services

P = TypeVar("P")


def mapped_columns(mapped: Sequence[str], example: str) -> dict[str, str]:
    """What `--map` calls each column, by our names.

    Raises:
        click.UsageError: A pair is none; the example shows one.
    """
    named = {}
    for pair in mapped:
        name, _, column = pair.partition("=")
        if not column.strip():
            raise click.UsageError(f"--map takes NAME=COLUMN, such as {example}, not {pair!r}")
        named[name.strip()] = column.strip()
    return named


def refuse_one_file(file: str, problems: str | None) -> None:
    """What is imported must not be written over with what was wrong with it."""
    if problems is not None and os.path.exists(problems) and os.path.samefile(file, problems):
        raise click.UsageError("--problems names the file itself that is to be imported")


@contextmanager
def problems_written(
    city: City,
    path: str | None,
    problem_file: Callable[[Services, BinaryIO], AbstractContextManager[Callable[[P], None]]],
) -> Iterator[Callable[[P], None]]:
    """What takes each problem as it is told: the new file of `--problems`, if that was given.

    It is made before the import begins, so that nobody waits for findings that have no place. An import that
    breaks off leaves none, so that the same command can be run again.
    """
    if path is None:
        yield nowhere
        return
    with (
        new_file(path, database=city.database) as target,
        problem_file(city.accounts.services, target) as write,
    ):
        yield write


def file_refused(call: Call, refusal: FileRefused, *, problems: str | None, example: str) -> Ending:
    """Say why a whole file was refused, and leave no file of problems."""
    if problems is not None:
        os.unlink(problems)
    where = f"line {refusal.line}: " if refusal.line else ""
    words = where + text(refusal.text_key, refusal.params)
    written = "" if refusal.fault is FileFault.CHANGED else ", and nothing of it was written"
    call.report.note(f"The file was refused{written}: {words}")
    if refusal.fault is FileFault.COLUMN_MISSING:
        call.report.note(f"--map says what a column is called in the file, such as --map {example}.")
    call.report.document({"refused": {**document(refusal), "text": words}})
    return Ending.REFUSED


def rows_refused(count: int) -> str:
    """What to do about rows that were refused."""
    rows = "1 row was" if count == 1 else f"{count} rows were"
    return f"{rows} refused and changed nothing. Mend what is wrong and import the file again."


def columns_read(report: RosterReport | UsersReport) -> str:
    """Which column of the file was taken for what."""
    return ", ".join(f"{column} ({name})" for name, column in report.columns.items())


def in_brackets(words: str) -> str:
    """What stands behind a number, if there is anything to say of it."""
    return f" ({words})" if words else ""


def row_line(problem: RowProblem | UserProblem) -> str:
    """One sentence about a row: where, whose, and the catalog's words."""
    column = f", column {problem.column!r}" if problem.column else ""
    whose = in_brackets(problem.license if isinstance(problem, RowProblem) else "")
    written = f" It says {problem.params['written']!r}." if "written" in problem.params else ""
    return f"line {problem.line}{column}{whose}: {_words(problem)}{written}"


def report_document(report: RosterReport | UsersReport) -> Mapping[str, object]:
    """The report for programs, with the words of each problem."""
    problems = [{**document(problem), "text": _words(problem)} for problem in report.problems]
    return {"report": {**document(report), "problems": problems}}


def _words(problem: RowProblem | UserProblem) -> str:
    return text(problem.text_key, problem.params)
