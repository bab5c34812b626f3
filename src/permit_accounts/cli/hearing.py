"""What an import says while it runs: how far it has come, and what there is to be said of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import Final, Generic, TypeVar

import attrs

from permit_accounts.cli.endings import Ending
from permit_accounts.cli.options import Call
from permit_accounts.cli.progress import Advance
from permit_accounts.cli.shown import document
from permit_accounts.model.errors import TryAgainLater, Unavailable
from permit_accounts.model.files import FileRefused, ImportStage
from permit_accounts.model.roster import RosterReport, RowProblem
from permit_accounts.model.users import UserProblem, UsersReport

#: How many rows a terminal is told of, and how many with one reason in one column; --problems has all.
SHOWN: Final = 40
ALIKE: Final = 5

P = TypeVar("P", bound=RowProblem | UserProblem)
R = TypeVar("R", bound=RosterReport | UsersReport)


def nowhere(*told: object) -> None:
    """Nobody listens."""


@attrs.define
class Hearing(Generic[P, R]):
    """What was heard so far.

    Of rows with one and the same fault the first few show it: somebody looks for the three that must be
    mended among a hundred thousand.

    Args:
        sofar: What was surely written, should the import be interrupted now.
        unshown: Reasons that are counted and never shown.
        advance: Moves the bar.
        write: Takes each problem to a file.
        shown: The problems that a terminal is told of.
        kinds: How often each reason was told of each column.
        stage: What the import is doing.
    """

    sofar: R
    unshown: Collection[str] = frozenset()
    advance: Advance = nowhere
    write: Callable[[P], None] = nowhere
    shown: list[P] = attrs.field(factory=list)
    kinds: Counter[tuple[str, str]] = attrs.field(factory=Counter)
    stage: ImportStage = ImportStage.CHECKING

    def progress(self, stage: ImportStage, sofar: R, words: str, done: int, total: int) -> None:
        """The import has come so far; the words stand beside the bar."""
        self.stage, self.sofar = stage, sofar
        self.advance(words, done, total)

    def tell(self, problem: P) -> None:
        """This is to be said of a row."""
        kind = (problem.column, problem.reason)
        self.kinds[kind] += 1
        if problem.reason not in self.unshown and len(self.shown) < SHOWN and self.kinds[kind] <= ALIKE:
            self.shown.append(problem)
        self.write(problem)

    @property
    def untold(self) -> int:
        """How many problems are not among those that are shown, though they could be."""
        return sum(n for (_, reason), n in self.kinds.items() if reason not in self.unshown) - len(self.shown)

    def refused(self, *, but: Collection[str]) -> str:
        """What was wrong with rows, in which column and how often, the commonest first."""
        return ", ".join(
            f"{f'{column} ' if column else ''}{reason}: {count}"
            for (column, reason), count in self.kinds.most_common()
            if reason not in but
        )


def heard_out(
    call: Call, hearing: Hearing[P, R], run: Callable[[], R | FileRefused], written: Callable[[R], str]
) -> R | FileRefused | Ending:
    """What came of an import; where it breaks off, what it has done by then is said first.

    Args:
        run: Imports, and is heard meanwhile.
        written: What a report has written, such as "3 accounts were made".

    Raises:
        TryAgainLater: There is too much to hash at once.
        Unavailable: The store is out of reach.
    """
    try:
        return run()
    except KeyboardInterrupt:
        call.report.note(f"Interrupted. {_so_far(hearing, written)}")
        call.report.document({"interrupted": True, "report": document(hearing.sofar)})
        return Ending.INTERRUPTED
    except TryAgainLater:
        call.report.note(_so_far(hearing, written))
        raise
    except Unavailable as error:
        call.report.note(_so_far(hearing, written))
        # Also where a commit is in doubt: the next run finds what it made, or makes it.
        raise Unavailable(str(error)) from error


def _so_far(hearing: Hearing[P, R], written: Callable[[R], str]) -> str:
    """What an import that broke off has done."""
    if hearing.stage is ImportStage.CHECKING or hearing.sofar.dry_run:
        return "Nothing was written."
    return (
        f"At least {written(hearing.sofar)}. Run the same command again: it goes on where this one stopped."
    )
