"""A file of an earlier portal's users at a terminal: who was taken, who was not and why, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

import attrs

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
from permit_accounts.existing_users import import_users, user_problem_file
from permit_accounts.model.codes import Code
from permit_accounts.model.errors import TryAgainLater, Unavailable
from permit_accounts.model.files import FileRefused, ImportStage
from permit_accounts.model.users import REMARKS, UserProblem, UserReason, UsersProgress, UsersReport

_EXAMPLE: Final = "username=LOGIN"


@attrs.define
class _Hearing:
    """What an import said while it ran: how far it had come and how fast, and what it did not take."""

    now: Callable[[], datetime]
    advance: Advance = nowhere
    write: Callable[[UserProblem], None] = nowhere
    shown: list[UserProblem] = attrs.field(factory=list)
    kinds: Counter[tuple[str, Code | UserReason]] = attrs.field(factory=Counter)
    stage: ImportStage = ImportStage.CHECKING
    since: datetime | None = None
    sofar: UsersReport = attrs.field(factory=UsersReport)

    def progress(self, progress: UsersProgress) -> None:
        self.stage, self.sofar = progress.stage, progress.report
        if self.stage is ImportStage.CHECKING:
            self.advance(f"checking {progress.rows_done} users", 0, 0)
            return
        self.since = self.since or self.now()
        speed = progress.report.added / max((self.now() - self.since) / timedelta(seconds=1), 1.0)
        self.advance(f"importing users, {speed:.0f} a second", progress.rows_done, progress.rows_total)

    def tell(self, problem: UserProblem) -> None:
        kind = (problem.column, problem.reason)
        self.kinds[kind] += 1
        if len(self.shown) < SHOWN and self.kinds[kind] <= ALIKE:
            self.shown.append(problem)
        self.write(problem)

    @property
    def refused(self) -> str:
        """What was wrong with rows, in which column and how often, the commonest first."""
        return counted(self.kinds, but=REMARKS)


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
    columns = mapped_columns(mapped, _EXAMPLE)
    refuse_one_file(file, problems)
    city = open_city_for_trial(call) if dry_run else open_city(call)
    hearing = _Hearing(city.accounts.services.now)
    try:
        with problems_written(city, problems, user_problem_file) as hearing.write, bar() as hearing.advance:
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
    if isinstance(outcome, FileRefused):
        return file_refused(call, outcome, problems=problems, example=_EXAMPLE)
    _tell(call, outcome, hearing, problems)
    return Ending.DONE


def _so_far(hearing: _Hearing) -> str:
    """What an import that broke off has done."""
    if hearing.stage is ImportStage.CHECKING or hearing.sofar.dry_run:
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
        yield rows_refused(report.refused)
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
