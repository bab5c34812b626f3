"""One import of an earlier portal's users on its way: each row is read, counted and handed on.

The file is read twice: once to the end, so that a file which cannot be read has changed nothing and names
that stand in it twice are known; then once more, to make accounts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from permit_accounts.model.codes import EventName
from permit_accounts.model.files import ImportStage
from permit_accounts.model.people import StaffMember
from permit_accounts.model.users import UserProblem, UserReason, UsersProgress, UsersReport
from permit_accounts.rules.account_types import AccountType
from permit_accounts.rules.old_costs import OldCost, declaration_for
from permit_accounts.rules.user_rows import UserFault, UserRow
from permit_accounts.tools.hashing import Argon2WithoutFloor
from permit_accounts.tools.repeats import Repeat
from permit_accounts.tools.row_report import Problems, note_the_import
from permit_accounts.tools.services import Services
from permit_accounts.tools.user_file import UserFile
from permit_accounts.tools.user_survey import UserReader, UserSurvey
from permit_accounts.tools.user_writer import Told, UserWriter, Written

_HEARD_EVERY: Final = 1000
_COUNTED: Final = (
    *("rows", "added", "unchanged", "duplicates", "refused"),
    *("without_password", "shared_mailboxes"),
)


class UserImport:
    """One import on its way.

    Args:
        s: The services.
        hasher: Takes old hashes over.
        file: What to import.
        default: The account type of rows that name none.
        dry_run: Whether nothing is to be written.
        progress: Called now and then.
        tell: Called for everything that is to be said of a row.
    """

    def __init__(
        self,
        s: Services,
        hasher: Argon2WithoutFloor,
        file: UserFile,
        *,
        default: AccountType,
        dry_run: bool,
        progress: Callable[[UsersProgress], None] | None,
        tell: Callable[[UserProblem], None] | None,
    ) -> None:
        self._s = s
        self._hasher = hasher
        self._file = file
        self._reader = UserReader(s.policy, hasher, default)
        self._survey = UserSurvey(file, self._reader)
        self._dry_run = dry_run
        self._progress = progress
        self._stage = ImportStage.CHECKING
        self._counts = dict.fromkeys(_COUNTED, 0)
        self._problems = Problems(tell)

    def run(self, actor: StaffMember | None, reason: str) -> UsersReport:
        """Check the file, then make its accounts, then note who imported it and why.

        Raises:
            Unreadable: The file is refused.
        """
        self._survey.make(self._hear)
        self._stage = ImportStage.IMPORTING
        self._hear()  # before anything is written: whoever heard of the check alone knows that nothing was
        with ThreadPoolExecutor(self._hasher.concurrency) as threads:
            try:
                self._import(
                    UserWriter(
                        self._s, self._hasher, threads, actor=actor, reason=reason, dry_run=self._dry_run
                    )
                )
            finally:
                threads.shutdown(cancel_futures=True)
        if not self._dry_run:
            note_the_import(
                self._s,
                EventName.USERS_IMPORTED,
                self._counts,
                actor=actor,
                reason=reason,
                file_hash=self._file.file_hash,
            )
        self._hear()
        return self._report()

    def _import(self, writer: UserWriter) -> None:
        batch: list[Told] = []
        for line, cells in self._file.rows():
            self._counts["rows"] += 1
            user = self._taken(line, self._reader.read(cells))
            if user is not None:
                batch.append(Told(line, user))
            if len(batch) == writer.batch:
                self._note(writer.write(batch))
                batch = []
            elif self._counts["rows"] % _HEARD_EVERY == 0:
                self._hear()
        self._note(writer.write(batch))

    def _taken(self, line: int, user: UserRow | tuple[UserFault, ...]) -> UserRow | None:
        """The user of a row that is to be imported; whatever is said of the others is said here."""
        if isinstance(user, tuple):
            self._refuse(line, user)
            return None
        repeat = self._survey.repeat(user)
        if repeat is Repeat.AGAIN:
            self._counts["duplicates"] += 1
        if repeat is Repeat.CONTRADICTED:
            self._refuse(line, (UserFault("username", UserReason.DUPLICATE),))
        if repeat is not Repeat.FIRST:
            return None
        cost = self._reader.undeclared(user)
        if cost is not None:
            fault = UserFault("password_hash", UserReason.HASH_UNDECLARED, {"cost": cost.text})
            self._refuse(line, (fault,))
            return None
        return user

    def _note(self, written: Written) -> None:
        """Count what came of a batch, and say what is to be said of its rows."""
        self._counts["added"] += len(written.added)
        self._counts["unchanged"] += len(written.unchanged)
        for told in written.taken:
            self._refuse(told.line, (UserFault("username", UserReason.NAME_TAKEN),))
        for told in written.failed:
            self._refuse(told.line, (UserFault("", UserReason.NOT_WRITTEN),))
        shared = {told.line for told in written.shared}
        for told in written.added:
            self._remark(told, is_shared=told.line in shared)
        self._hear()

    def _remark(self, told: Told, *, is_shared: bool) -> None:
        user = told.user
        for name in user.left_out:
            self._say(told.line, UserFault(name, UserReason.VALUE_LEFT_OUT))
        if user.old_hash is None:
            self._counts["without_password"] += 1
            self._say(told.line, UserFault("password_hash", UserReason.NO_PASSWORD))
        if is_shared or self._survey.is_shared(user):
            self._counts["shared_mailboxes"] += 1
            self._say(told.line, UserFault("email", UserReason.SHARED_MAILBOX))

    def _refuse(self, line: int, faults: Sequence[UserFault]) -> None:
        self._counts["refused"] += 1
        for fault in faults:
            self._say(line, fault)

    def _say(self, line: int, fault: UserFault) -> None:
        column = self._file.column(fault.name) if fault.name else ""
        self._problems.say(UserProblem(line, column, fault.reason, fault.params))

    def _hear(self) -> None:
        if self._progress is not None:
            total = self._survey.rows
            done = total if self._stage is ImportStage.CHECKING else self._counts["rows"]
            self._progress(
                UsersProgress(stage=self._stage, rows_done=done, rows_total=total, report=self._report())
            )

    def _report(self) -> UsersReport:
        return UsersReport(
            **self._counts,
            problems=self._problems.first,
            costs={cost.text: count for cost, count in sorted(self._survey.costs.items(), key=_text)},
            declare=declaration_for(self._survey.costs),
            file_hash=self._file.file_hash,
            columns=self._file.columns,
            ignored=self._file.ignored,
            dry_run=self._dry_run,
        )


def _text(counted: tuple[OldCost, int]) -> str:
    return counted[0].text
