"""What a database's error means for whoever asked, by its code and never by its words.

The words of a driver may hold what was to be written, so that they never stand in a message of ours. The
driver's error is the cause of what is raised, without what a server said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from permit_accounts.model.errors import Conflict, OutcomeUnknown, Unavailable
from permit_accounts.stores.error_codes import (
    MARIADB_CONFLICTS,
    POSTGRESQL_CONFLICTS,
    SQLITE_CONFLICTS,
    SQLITE_LOCKED,
    SQLITE_TAKEN,
    code_of,
    is_undone,
    sqlite_code,
    without_words,
)

_CONFLICTS: Final = POSTGRESQL_CONFLICTS | MARIADB_CONFLICTS | SQLITE_CONFLICTS
_TAKEN: Final = SQLITE_TAKEN | {"23505", 1062}
_WORDS: Final[Mapping[bool, str]] = {
    True: "an id is taken",
    False: "others were changing the same, or took too long",
}


def conflict(error: Exception) -> Conflict | None:
    """The conflict that a database's error tells of; None where it tells of something else."""
    code = code_of(cause_of(error))
    if code in _CONFLICTS:
        return Conflict(_WORDS[code in _TAKEN])
    return None


def is_locked(error: Exception) -> bool:
    """Whether SQLite gave up waiting for another connection's transaction."""
    return sqlite_code(cause_of(error)) in SQLITE_LOCKED


def may_be_written(error: Exception) -> bool:
    """Whether SQLite failed to commit in a way that leaves it open whether the commit was made."""
    cause = cause_of(error)
    return sqlite_code(cause) is not None and not is_undone(cause)


def unavailable(error: Exception) -> Unavailable:
    """The fault that any other error is; nothing was written."""
    return Unavailable(f"the database could not be used: {_name(error)}")


def outcome_unknown(error: Exception) -> OutcomeUnknown:
    """The connection went, or the disk failed, while the database was to commit."""
    return OutcomeUnknown(f"the database failed while it committed: {_name(error)}")


def cause_of(error: Exception) -> Exception:
    """The driver's error, which Django keeps as the cause of its own; without a server's words."""
    return without_words(error.__cause__ if isinstance(error.__cause__, Exception) else error)


def _name(error: Exception) -> str:
    cause = cause_of(error)
    return str(getattr(cause, "sqlite_errorname", None) or code_of(cause) or type(cause).__name__)
