"""A file of an earlier portal's users at a terminal: who was taken, who was not and why, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

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
from permit_accounts.existing_users import import_users, user_problem_file
from permit_accounts.model.files import FileRefused, ImportStage
from permit_accounts.model.users import REMARKS, UserProblem, UserReason, UsersProgress, UsersReport

_EXAMPLE: Final = "username=LOGIN"
_NEEDS_KEYS: Final = (
    "who was imported before (their rows count as refused), and whether Argon2 hashes must be declared "
    "because the keys have a pepper"
)
_Heard: TypeAlias = Hearing[UserProblem, UsersReport]


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
    city = open_city_for_trial(call, needs_keys=_NEEDS_KEYS) if dry_run else open_city(call)
    hearing = _Heard(UsersReport())
    pace = _Pace(city.accounts.services.now)

    def progress(told: UsersProgress) -> None:
        hearing.progress(told.stage, told.report, *pace.of(told))

    def run() -> UsersReport | FileRefused:
        with problems_written(city, problems, user_problem_file) as hearing.write, bar() as hearing.advance:
            return import_users(
                city.accounts.services,
                file,
                account_type=account_type or city.policy.account_types[0],
                columns=columns,
                encoding=encoding,
                dry_run=dry_run,
                actor=operator(actor) if actor is not None else None,
                reason=reason,
                progress=progress,
                tell=hearing.tell,
            )

    outcome = heard_out(call, hearing, run, _written)
    if isinstance(outcome, Ending):
        return outcome
    if isinstance(outcome, FileRefused):
        return file_refused(call, outcome, problems=problems, example=_EXAMPLE)
    _tell(call, outcome, hearing, problems)
    return Ending.DONE


class _Pace:
    """How far an import has come and how fast it is."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._since: datetime | None = None

    def of(self, told: UsersProgress) -> tuple[str, int, int]:
        """The words beside the bar, and how much of it is filled."""
        if told.stage is ImportStage.CHECKING:
            return f"checking {told.rows_done} users", 0, 0
        self._since = self._since or self._now()
        speed = told.report.added / max((self._now() - self._since) / timedelta(seconds=1), 1.0)
        return f"importing users, {speed:.0f} a second", told.rows_done, told.rows_total


def _written(report: UsersReport) -> str:
    return f"{report.added} accounts were made, stay and can be used"


def _tell(call: Call, report: UsersReport, hearing: _Heard, written_to: str | None) -> None:
    refused = in_brackets(hearing.refused(but=REMARKS))
    call.report.lines(
        *listed(
            (
                ("columns read", columns_read(report)),
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
    call.report.note(*map(row_line, hearing.shown))
    call.report.note(*_remarks(report, hearing, written_to))
    call.report.document(report_document(report))


def _remarks(report: UsersReport, hearing: _Heard, written_to: str | None) -> Iterator[str]:
    """What to do about it."""
    if hearing.untold:
        yield f"and {hearing.untold} more"
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
