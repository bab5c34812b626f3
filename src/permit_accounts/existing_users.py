"""The users of an earlier portal: imported with their password hashes, so that they sign in as before.

What is stored of an old hash is Argon2id of its digest, made at once: nothing weaker is ever kept. The first
sign-in with the right password makes a plain hash of it. An import makes accounts and changes none: a name
that is somebody's stays theirs. It sends no e-mail. It may be interrupted anywhere and told again: who was
imported is found again, and accounts can be used before the import ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.files import FileRefused
from permit_accounts.model.people import StaffMember
from permit_accounts.model.users import UserProblem, UsersProgress, UsersReport
from permit_accounts.rules.account_types import PUBLIC, AccountType
from permit_accounts.rules.spreadsheet import guarded
from permit_accounts.rules.user_rows import user_names
from permit_accounts.tools.csv_file import Unreadable
from permit_accounts.tools.hashing import Argon2WithoutFloor
from permit_accounts.tools.row_source import Encoding, Source, opened
from permit_accounts.tools.row_target import Target, rows_to
from permit_accounts.tools.services import Services
from permit_accounts.tools.user_file import UserFile
from permit_accounts.tools.user_import import UserImport

_PROBLEM_HEADER: Final = ("line", "column", "reason", "in_words")


def import_users(
    s: Services,
    source: Source,
    *,
    account_type: AccountType | str = PUBLIC,
    columns: Mapping[str, str] | None = None,
    encoding: Encoding | None = None,
    dry_run: bool = False,
    actor: StaffMember | None = None,
    reason: str = "",
    progress: Callable[[UsersProgress], None] | None = None,
    tell: Callable[[UserProblem], None] | None = None,
) -> UsersReport | FileRefused:
    """Make an account of each user of an earlier portal.

    A contractor's license is claimed, and verified only where it is on the city's roster and the file says
    that the old portal had verified it. An address is confirmed only where the file says so. Whoever lacks a
    security question that the policy asks for is asked for one at the first sign-in. A name that is
    somebody's here is refused, unless it came from this very row before.

    Args:
        s: The services; their hasher must be the library's own.
        source: A path, or a file that is open in binary mode: CSV with a header, or JSON, an array of objects
            or one object on each line. Never a path that a visitor named.
        account_type: Of rows that name none.
        columns: What the file calls the facts whose names differ from ours: `{"username": "LOGIN"}`.
        encoding: Of a CSV file; by default UTF-8 where the whole file is UTF-8, else windows-1252.
        dry_run: Report what would come of it and write nothing.
        actor: Who imports, and `reason` why; by default the library itself.
        progress: Called now and then. The report in the last call is what was surely written, should the
            import be interrupted; to stop it, raise.
        tell: Called for all that is to be said of a row, also beyond the first thousand.

    Returns:
        The report, or why the whole file was refused.

    Raises:
        ConfigurationError: An argument cannot be used.
        OSError: The file is missing or cannot be read.
        TryAgainLater: There is too much to hash at once. What is written is written; import the file again.
        Unavailable: The store is out of reach, or somebody holds a lock on it; likewise.
    """
    if not isinstance(s.hasher, Argon2WithoutFloor):
        raise ConfigurationError(
            "old hashes are taken over by the library's own hasher: Accounts.open without hasher=…"
        )
    default = s.policy.account_type(account_type)
    try:
        with opened(source) as file:
            users = UserFile(file, user_names(s.policy), columns or {}, encoding=encoding)
            importing = UserImport(
                s, s.hasher, users, default=default, dry_run=dry_run, progress=progress, tell=tell
            )
            return importing.run(actor, reason)
    except Unreadable as error:
        return FileRefused(fault=error.fault, line=error.line, params=error.params)


@contextmanager
def user_problem_file(
    s: Services, target: Target, *, language: str = "en"
) -> Iterator[Callable[[UserProblem], None]]:
    """A CSV file of what an import says of its rows; each is written when it is told.

    Args:
        target: A path, whose file is replaced, or a file that is open in binary mode.
        language: Which of the catalog's.

    Raises:
        OSError: The file cannot be written.
    """
    with rows_to(target, _PROBLEM_HEADER) as write:

        def tell(problem: UserProblem) -> None:
            words = s.catalog.text(problem.text_key, language, problem.params)
            cells = (str(problem.line), problem.column, problem.reason.value, words)
            write([guarded(cell) for cell in cells])

        yield tell
