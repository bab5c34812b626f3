"""A file of an earlier portal's users at a terminal: who was taken, who was not and why, row by row."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final, Literal

import attrs
import click

from permit_accounts.cli.city import City, open_city, open_city_for_trial, operator
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.new_files import new_file
from permit_accounts.cli.options import Call
from permit_accounts.cli.progress import Advance, bar
from permit_accounts.cli.report import listed
from permit_accounts.cli.shown import document, text
from permit_accounts.existing_users import import_users, user_problem_file
from permit_accounts.model.codes import Code
from permit_accounts.model.errors import TryAgainLater, Unavailable
from permit_accounts.model.roster import RosterFault, RosterRefused
from permit_accounts.model.users import (
    REMARKS,
    UserProblem,
    UserReason,
    UsersProgress,
    UsersReport,
    UsersStage,
)

#: How many rows a terminal is told of, and how many with one reason in one column; --problems has all.
_SHOWN: Final = 40
_ALIKE: Final = 5


def _nowhere(*told: object) -> None:
    """Nobody listens."""


@attrs.define
class _Hearing:
    """What an import said while it ran: how far it had come and how fast, and what it did not take."""

    now: Callable[[], datetime]
    advance: Advance = _nowhere
    write: Callable[[UserProblem], None] = _nowhere
    shown: list[UserProblem] = attrs.field(factory=list)
    kinds: Counter[tuple[str, Code | UserReason]] = attrs.field(factory=Counter)
    stage: UsersStage = UsersStage.CHECKING
    since: datetime | None = None
    sofar: UsersReport = attrs.field(factory=UsersReport)

    def progress(self, progress: UsersProgress) -> None:
        self.stage, self.sofar = progress.stage, progress.report
        if self.stage is UsersStage.CHECKING:
            self.advance(f"checking {progress.rows_done} users", 0, 0)
            return
        self.since = self.since or self.now()
        speed = progress.report.added / max((self.now() - self.since) / timedelta(seconds=1), 1.0)
        self.advance(f"importing users, {speed:.0f} a second", progress.rows_done, progress.rows_total)

    def tell(self, problem: UserProblem) -> None:
        kind = (problem.column, problem.reason)
        self.kinds[kind] += 1
        if len(self.shown) < _SHOWN and self.kinds[kind] <= _ALIKE:
            self.shown.append(problem)
        self.write(problem)

    @property
    def refused(self) -> str:
        """What was wrong with rows, in which column and how often, the commonest first."""
        return ", ".join(
            f"{f'{column} ' if column else ''}{reason}: {count}"
            for (column, reason), count in self.kinds.most_common()
            if reason not in REMARKS
        )


def import_file(
    call: Call,
    *,
    file: str,
    mapped: Sequence[str],
    encoding: Literal["utf-8", "windows-1252"] | None,
    dry_run: bool,
    problems: str | None,
    actor: str | None,
    reason: str,
    account_type: str | None,
) -> Ending:
    """Import it, and say what came of it."""
    columns = _columns(mapped)
    if problems is not None and os.path.exists(problems) and os.path.samefile(file, problems):
        raise click.UsageError("--problems names the file of users itself")
    city = open_city_for_trial(call) if dry_run else open_city(call)
    hearing = _Hearing(city.accounts.services.now)
    try:
        with _problems_of(city, problems) as hearing.write, bar() as hearing.advance:
            outcome = import_users(
                city.accounts.services,
                file,
                account_type=account_type or city.policy.account_types[0],
                columns=columns,
                encoding=encoding,
                dry_run=dry_run,
                actor=operator(actor) if actor is not None else None,
                reason=reason,
                progress=hearing.progress,
                tell=hearing.tell,
            )
    except KeyboardInterrupt:
        call.report.note(f"Interrupted. {_so_far(hearing)}")
        call.report.document({"interrupted": True, "report": document(hearing.sofar)})
        return Ending.INTERRUPTED
    except TryAgainLater:
        call.report.note(_so_far(hearing))
        raise
    except Unavailable as error:
        call.report.note(_so_far(hearing))
        # Also where a commit is in doubt: the next run finds its users, or makes them.
        raise Unavailable(str(error)) from error
    if isinstance(outcome, RosterRefused):
        if problems is not None:
            os.unlink(problems)
        return _refused(call, outcome)
    _tell(call, outcome, hearing, problems)
    return Ending.DONE


def _columns(mapped: Sequence[str]) -> dict[str, str]:
    named = {}
    for pair in mapped:
        name, sign, column = pair.partition("=")
        if not sign or not column.strip():
            raise click.UsageError(f"--map takes NAME=COLUMN, such as username=LOGIN, not {pair!r}")
        named[name.strip()] = column.strip()
    return named


@contextmanager
def _problems_of(city: City, path: str | None) -> Iterator[Callable[[UserProblem], None]]:
    """What takes each problem as it is told: the new file of `--problems`, if that was given."""
    if path is None:
        yield _nowhere
        return
    with (
        new_file(path, database=city.database) as target,
        user_problem_file(city.accounts.services, target) as write,
    ):
        yield write


def _refused(call: Call, refusal: RosterRefused) -> Ending:
    where = f"line {refusal.line}: " if refusal.line else ""
    words = where + text(refusal.text_key, refusal.params)
    written = "" if refusal.fault is RosterFault.CHANGED else ", and nothing of it was written"
    call.report.note(f"The file was refused{written}: {words}")
    if refusal.fault is RosterFault.COLUMN_MISSING:
        call.report.note("--map says what a column is called in the file, such as --map username=LOGIN.")
    call.report.document({"refused": {**document(refusal), "text": words}})
    return Ending.REFUSED


def _so_far(hearing: _Hearing) -> str:
    """What an import that broke off has done."""
    if hearing.stage is UsersStage.CHECKING or hearing.sofar.dry_run:
        return "Nothing was written."
    return (
        f"At least {hearing.sofar.added} accounts were made, stay and can be used. "
        "Run the same command again: it goes on where this one stopped."
    )


def _tell(call: Call, report: UsersReport, hearing: _Hearing, written_to: str | None) -> None:
    columns = ", ".join(f"{column} ({name})" for name, column in report.columns.items())
    refused = f" ({hearing.refused})" if hearing.refused else ""
    call.report.lines(
        *listed(
            (
                ("columns read", columns),
                ("columns not used", ", ".join(report.ignored)),
                ("rows", str(report.rows)),
                ("  added", str(report.added)),
                ("  as before", str(report.unchanged)),
                ("  said twice", str(report.duplicates)),
                ("  refused", f"{report.refused}{refused}"),
                ("added without a password", str(report.without_password)),
                ("added with a shared mailbox", str(report.shared_mailboxes)),
                ("costs of old hashes", ", ".join(f"{cost} ({n})" for cost, n in report.costs.items())),
            )
        )
    )
    call.report.note(*map(_row_line, hearing.shown))
    call.report.note(*_remarks(report, hearing, written_to))
    problems = [
        {**document(problem), "text": text(problem.text_key, problem.params)} for problem in report.problems
    ]
    call.report.document({"report": {**document(report), "problems": problems}})


def _remarks(report: UsersReport, hearing: _Hearing, written_to: str | None) -> Iterator[str]:
    """What to do about it."""
    untold = sum(hearing.kinds.values()) - len(hearing.shown)
    if untold:
        yield f"and {untold} more"
    if any(reason is UserReason.HASH_UNDECLARED for _, reason in hearing.kinds):
        declared = ", ".join(f'"{cost}"' for cost in report.declare)
        yield (
            f"Hashes of this file need imported_hashes = [{declared}] in the policy, the portal's and this "
            "command's. Each sign-in then does that work too, whoever it is."
        )
    if report.refused:
        rows = "1 row was" if report.refused == 1 else f"{report.refused} rows were"
        yield f"{rows} refused and changed nothing. Mend what is wrong and import the file again."
    if hearing.kinds and written_to is None:
        yield "--problems FILE writes all that is to be said of rows to a new CSV file."
    if report.added and not report.dry_run:
        yield "Delete the file of users once nobody needs it: whoever has it can try passwords against it."
    if report.dry_run:
        yield "This was a dry run: nothing was written."


def _row_line(problem: UserProblem) -> str:
    """One sentence about a row: where, and the catalog's words."""
    column = f", column {problem.column!r}" if problem.column else ""
    return f"line {problem.line}{column}: {text(problem.text_key, problem.params)}"
