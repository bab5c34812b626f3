"""What an import of an earlier portal's users tells: of single rows, of the whole, and while it runs.

Codes and numbers only; a catalog has the words, under `text_key`. No password hash, name or address of a row
is repeated, so a report can be shown, mailed and kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import attrs

from permit_accounts.model.codes import Code
from permit_accounts.model.files import ImportStage
from permit_accounts.model.outcomes import Outcome
from permit_accounts.model.values import Value


class UserReason(StrEnum):
    """Why a row was refused or pointed at, beside the codes of its values."""

    SHORT_ROW = "short-row"
    LONG_ROW = "long-row"
    UNREADABLE = "unreadable"
    DUPLICATE = "duplicate"
    NAME_TAKEN = "name-taken"
    UNKNOWN_TYPE = "unknown-type"
    YES_OR_NO = "yes-or-no"
    HASH_UNKNOWN = "hash-unknown"
    HASH_TOO_COSTLY = "hash-too-costly"
    HASH_UNDECLARED = "hash-undeclared"
    NO_WAY_IN = "no-way-in"
    NOT_WRITTEN = "not-written"
    # the row was taken
    NO_PASSWORD = "no-password"
    VALUE_LEFT_OUT = "value-left-out"
    SHARED_MAILBOX = "shared-mailbox"


#: What is said of rows that were taken.
REMARKS: Final = frozenset({UserReason.NO_PASSWORD, UserReason.VALUE_LEFT_OUT, UserReason.SHARED_MAILBOX})


@attrs.frozen(eq=False, repr=False)
class UserProblem(Value):
    """What is to be said of one row.

    Args:
        line: The line on which the row begins; of a JSON file, which of its objects it is.
        column: The column's name as the file spells it; empty where it concerns the whole row.
        reason: A code of the forms for a value, or a reason of the import's own.
        params: What the text's placeholders stand for.
    """

    line: int
    column: str
    reason: Code | UserReason
    params: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def text_key(self) -> str:
        """Under which key a catalog has the words."""
        family = "code" if isinstance(self.reason, Code) else "user-row"
        return f"{family}.{self.reason}"


@attrs.frozen(kw_only=True, eq=False, repr=False)
class UsersReport(Outcome):
    """What came of a file; of a dry run, what would come of it.

    `rows` is the sum of `added`, `unchanged` (imported before), `duplicates` (further rows equal to one of
    the same name) and `refused`.

    Args:
        without_password: Of those that were added, how many have to set a new password by e-mail.
        shared_mailboxes: Of those that were added, how many have an address that another account has too.
        problems: The first of them; `import_users(tell=…)` hears them all.
        costs: How many hashes of each cost the file has, as `Policy.imported_hashes` declares it.
        declare: What `Policy.imported_hashes` must hold for all hashes of the file to be taken.
        file_hash: SHA-256 of the file's bytes, in hexadecimal.
        columns: For each fact that the file told, the column it stood in.
        ignored: The file's other columns.
        dry_run: Whether nothing was written.
    """

    rows: int = 0
    added: int = 0
    unchanged: int = 0
    duplicates: int = 0
    refused: int = 0
    without_password: int = 0
    shared_mailboxes: int = 0
    problems: tuple[UserProblem, ...] = ()
    costs: Mapping[str, int] = attrs.field(factory=dict)
    declare: tuple[str, ...] = ()
    file_hash: str = ""
    columns: Mapping[str, str] = attrs.field(factory=dict)
    ignored: tuple[str, ...] = ()
    dry_run: bool = False


@attrs.frozen(kw_only=True, eq=False, repr=False)
class UsersProgress(Value):
    """How far an import has come. `report` is what has been done so far, should it be interrupted now."""

    stage: ImportStage
    rows_done: int
    rows_total: int
    report: UsersReport
