"""One import of an earlier portal's users on its way: each row is read, counted and handed on.

The file is read twice: once to the end, so that a file which cannot be read has changed nothing and names
that stand in it twice are known; then once more, to make accounts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from permit_accounts.model.codes import EventName
from permit_accounts.model.files import FileFault, ImportStage
from permit_accounts.model.people import StaffMember
from permit_accounts.model.users import UserProblem, UserReason, UsersProgress, UsersReport
from permit_accounts.ports import Change
from permit_accounts.rules.account_types import AccountType
from permit_accounts.rules.old_costs import OldCost, declaration_for
from permit_accounts.rules.user_rows import UserFault, UserRow, read_user
from permit_accounts.tools import audit
from permit_accounts.tools.csv_file import Unreadable
from permit_accounts.tools.hashing import Argon2WithoutFloor
from permit_accounts.tools.repeats import Repeat, SeenKeys
from permit_accounts.tools.services import Services
from permit_accounts.tools.user_file import Cells, UserFile
from permit_accounts.tools.user_writer import Told, UserWriter, Written, native_text

#: A report names so many problems; whoever listens hears all of them.
PROBLEMS_KEPT: Final = 1000
#: Judgement: as many as a roster's licenses. Sixteen bytes of memory are kept for each.
MAX_ROWS: Final = 2_000_000

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
        self._default = default
        self._dry_run = dry_run
        self._progress = progress
        self._tell = tell
        self._stage = ImportStage.CHECKING
        self._total = 0
        self._counts = dict.fromkeys(_COUNTED, 0)
        self._costs: Counter[OldCost] = Counter()
        self._problems: list[UserProblem] = []
        self._repeated = self._mailboxes = SeenKeys().repeated()

    def run(self, actor: StaffMember | None, reason: str) -> UsersReport:
        """Check the file, then make its accounts, then note who imported it and why.

        Raises:
            Unreadable: The file is refused.
        """
        self._survey()
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
            self._s.store.commit(self._event(actor, reason))
        self._hear()
        return self._report()

    def _survey(self) -> None:
        """Every row once: what hashes cost, which names and mailboxes stand there more than once."""
        names, mailboxes = SeenKeys(), SeenKeys()
        for line, cells in self._file.check():
            self._total += 1
            if self._total > MAX_ROWS:
                raise Unreadable(FileFault.TOO_MANY_ROWS, line, most=str(MAX_ROWS))
            if self._total % _HEARD_EVERY == 0:
                self._hear()
            user = self._read(cells)
            if isinstance(user, UserRow):
                names.note(user.name.id)
                if user.email is not None:
                    mailboxes.note(user.email.key)
                if user.old_hash is not None and not self._hasher.keeps(native_text(user)):
                    self._costs[user.old_hash.scheme.cost] += 1
        self._repeated, self._mailboxes = names.repeated(), mailboxes.repeated()
        if self._repeated or self._mailboxes:
            self._compare()

    def _compare(self) -> None:
        """What the rows of each repeated name say, and whether those of a mailbox name one person."""
        for _, cells in self._file.rows():
            user = self._read(cells)
            if isinstance(user, UserRow):
                self._repeated.compare(user.name.id, f"{user!r} {user.as_it_came}")
                if user.email is not None:
                    self._mailboxes.compare(user.email.key, user.name.id)

    def _read(self, cells: Cells | UserFault) -> UserRow | tuple[UserFault, ...]:
        if isinstance(cells, UserFault):
            return (cells,)
        return read_user(cells, self._s.policy, self._default)

    def _import(self, writer: UserWriter) -> None:
        batch: list[Told] = []
        for line, cells in self._file.rows():
            self._counts["rows"] += 1
            user = self._taken(line, self._read(cells))
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
        repeat = self._repeated.take(user.name.id)
        if repeat is Repeat.AGAIN:
            self._counts["duplicates"] += 1
        if repeat is Repeat.CONTRADICTED:
            self._refuse(line, (UserFault("username", UserReason.DUPLICATE),))
        if repeat is not Repeat.FIRST:
            return None
        undeclared = self._undeclared(user)
        if undeclared is not None:
            self._refuse(line, (undeclared,))
            return None
        return user

    def _undeclared(self, user: UserRow) -> UserFault | None:
        """What must be declared for the hash of this row to be taken."""
        if user.old_hash is None or self._hasher.keeps(native_text(user)):
            return None
        if self._hasher.takes(user.old_hash.scheme):
            return None
        cost = user.old_hash.scheme.cost.text
        return UserFault("password_hash", UserReason.HASH_UNDECLARED, {"cost": cost})

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
        if is_shared or (user.email is not None and self._is_shared(user.email.key)):
            self._counts["shared_mailboxes"] += 1
            self._say(told.line, UserFault("email", UserReason.SHARED_MAILBOX))

    def _is_shared(self, email_key: str) -> bool:
        """Whether several names of the file have this mailbox."""
        return self._mailboxes.take(email_key) is Repeat.CONTRADICTED

    def _refuse(self, line: int, faults: Sequence[UserFault]) -> None:
        self._counts["refused"] += 1
        for fault in faults:
            self._say(line, fault)

    def _say(self, line: int, fault: UserFault) -> None:
        column = self._file.column(fault.name) if fault.name else ""
        problem = UserProblem(line, column, fault.reason, fault.params)
        if len(self._problems) < PROBLEMS_KEPT:
            self._problems.append(problem)
        if self._tell is not None:
            self._tell(problem)

    def _hear(self) -> None:
        if self._progress is not None:
            done = self._total if self._stage is ImportStage.CHECKING else self._counts["rows"]
            self._progress(
                UsersProgress(
                    stage=self._stage, rows_done=done, rows_total=self._total, report=self._report()
                )
            )

    def _report(self) -> UsersReport:
        return UsersReport(
            **self._counts,
            problems=tuple(self._problems),
            costs={cost.text: count for cost, count in sorted(self._costs.items(), key=_text)},
            declare=declaration_for(self._costs),
            file_hash=self._file.file_hash,
            columns=self._file.columns,
            ignored=self._file.ignored,
            dry_run=self._dry_run,
        )

    def _event(self, actor: StaffMember | None, reason: str) -> Change:
        now = self._s.now()
        params = {name: str(count) for name, count in self._counts.items()}
        params |= {"file_hash": self._file.file_hash}
        if actor is None:
            return audit.system_event(self._s, EventName.USERS_IMPORTED, at=now, params=params)
        return audit.staff_event(
            self._s, EventName.USERS_IMPORTED, at=now, actor=actor, reason=reason, params=params
        )


def _text(counted: tuple[OldCost, int]) -> str:
    return counted[0].text
