"""What an import of a file of rows does beside its rows: it says what is wrong, and notes who imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Generic, TypeVar

from permit_accounts.model.codes import EventName
from permit_accounts.model.errors import Conflict, Unavailable
from permit_accounts.model.people import StaffMember
from permit_accounts.tools import audit
from permit_accounts.tools.batch_commits import LOCKED
from permit_accounts.tools.services import Services

#: A report names so many problems; whoever listens hears all of them.
PROBLEMS_KEPT: Final = 1000

P = TypeVar("P")


class Problems(Generic[P]):
    """What was said of rows so far.

    Args:
        tell: Called for everything that is said; None where nobody listens.
    """

    def __init__(self, tell: Callable[[P], None] | None) -> None:
        self._tell = tell
        self._first: list[P] = []

    @property
    def first(self) -> tuple[P, ...]:
        """The first of them, as a report names them."""
        return tuple(self._first)

    def say(self, problem: P) -> None:
        """One more."""
        if len(self._first) < PROBLEMS_KEPT:
            self._first.append(problem)
        if self._tell is not None:
            self._tell(problem)


def note_the_import(
    s: Services,
    name: EventName,
    counts: Mapping[str, int],
    *,
    actor: StaffMember | None,
    reason: str,
    **params: str,
) -> None:
    """Keep that a file was imported: by whom and why, and what came of its rows.

    Args:
        counts: How many rows came to what.
        actor: Who imported; the library itself by default.
        params: What is known of the file.

    Raises:
        Unavailable: The store is out of reach, or somebody holds a lock. The rows are written all the same.
    """
    now = s.now()
    told = {count: str(number) for count, number in counts.items()} | params
    if actor is None:
        event = audit.system_event(s, name, at=now, params=told)
    else:
        event = audit.staff_event(s, name, at=now, actor=actor, reason=reason, params=told)
    try:
        s.store.commit(event)
    except Conflict as error:  # nobody can have been faster at a new event
        raise Unavailable(LOCKED) from error
