"""The first reading of a file of users: what its hashes cost, which names and mailboxes stand in it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from permit_accounts.model.files import FileFault
from permit_accounts.rules.account_types import AccountType
from permit_accounts.rules.old_costs import OldCost, OldScheme
from permit_accounts.rules.policy import Policy
from permit_accounts.rules.user_rows import UserFault, UserRow, read_user
from permit_accounts.tools.csv_file import Unreadable
from permit_accounts.tools.hashing import Argon2WithoutFloor
from permit_accounts.tools.repeats import Repeat, SeenKeys
from permit_accounts.tools.row_source import MAX_ROWS
from permit_accounts.tools.user_file import Cells, UserFile
from permit_accounts.tools.user_writer import native_text

_HEARD_EVERY: Final = 1000


class UserReader:
    """Understands the rows of a file.

    Args:
        policy: Whose account types and rules there are.
        hasher: Says which hashes can be kept.
        default: The account type of rows that name none.
    """

    def __init__(self, policy: Policy, hasher: Argon2WithoutFloor, default: AccountType) -> None:
        self._policy = policy
        self._hasher = hasher
        self._default = default

    def read(self, cells: Cells | UserFault) -> UserRow | tuple[UserFault, ...]:
        """What a row says, or all that is wrong with it."""
        if isinstance(cells, UserFault):
            return (cells,)
        return read_user(cells, self._policy, self._default)

    def taken_over(self, user: UserRow) -> OldScheme | None:
        """How the hash was made that is to be taken over; None where there is none, or it is kept."""
        if user.old_hash is None or self._hasher.keeps(native_text(user)):
            return None
        return user.old_hash.scheme

    def undeclared(self, user: UserRow) -> OldCost | None:
        """What must be declared for this row's hash to be taken over; None where nothing must."""
        scheme = self.taken_over(user)
        return None if scheme is None or self._hasher.takes(scheme) else scheme.cost


class UserSurvey:
    """What is known of a file once it was read to its end.

    Args:
        file: What is read.
        reader: Understands its rows.

    Attributes:
        rows: How many there are, or were so far.
        costs: How many hashes of each cost are to be taken over.
    """

    def __init__(self, file: UserFile, reader: UserReader) -> None:
        self._file = file
        self._reader = reader
        self.rows = 0
        self.costs: Counter[OldCost] = Counter()
        self._names = self._mailboxes = SeenKeys().repeated()

    def make(self, hear: Callable[[], None]) -> None:
        """Read the file through, and once more where something stands in it again.

        Args:
            hear: Called now and then.

        Raises:
            Unreadable: The file is refused.
        """
        names, mailboxes = SeenKeys(), SeenKeys()
        for line, cells in self._file.check():
            self.rows += 1
            if self.rows > MAX_ROWS:
                raise Unreadable(FileFault.TOO_MANY_ROWS, line, most=str(MAX_ROWS))
            if self.rows % _HEARD_EVERY == 0:
                hear()
            user = self._reader.read(cells)
            if isinstance(user, UserRow):
                names.note(user.name.id)
                if user.email is not None:
                    mailboxes.note(user.email.key)
                scheme = self._reader.taken_over(user)
                if scheme is not None:
                    self.costs[scheme.cost] += 1
        self._names, self._mailboxes = names.repeated(), mailboxes.repeated()
        if self._names or self._mailboxes:
            self._compare()

    def repeat(self, user: UserRow) -> Repeat:
        """What this row is among those of its name."""
        return self._names.take(user.name.id)

    def is_shared(self, user: UserRow) -> bool:
        """Whether several names of the file have this mailbox."""
        return user.email is not None and self._mailboxes.take(user.email.key) is Repeat.CONTRADICTED

    def _compare(self) -> None:
        """What the rows of each repeated name say, and whether those of a mailbox name one person."""
        for _, cells in self._file.rows():
            user = self._reader.read(cells)
            if isinstance(user, UserRow):
                self._names.compare(user.name.id, f"{user!r} {user.as_it_came}")
                if user.email is not None:
                    self._mailboxes.compare(user.email.key, user.name.id)
