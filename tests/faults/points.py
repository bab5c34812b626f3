"""At which of a call's statements a blow falls: at every one, or at a sample that is the same each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

#: What people and staff come for: each of the flows that change an account.
DOORS: Final = frozenset(
    {
        "register",
        "confirm_email",
        "sign_in",
        "finish_setup",
        "change_password",
        "change_security_question",
        "change_email",
        "reset_password",
        "add_license",
        "close_account",
        "issue_temporary_password",
        "approve",
        "transfer",
    }
)


class Points(Protocol):
    """Which of the calls' statements are struck at."""

    def wants(self, door: str) -> bool:
        """Whether a call of this name is looked at."""
        ...

    def at(self, call: str, heard: Sequence[str]) -> Iterable[int]:
        """Given which call it is and what it came to, and its statements: the numbers of some, from one."""
        ...


_BEGINS = ("BEGIN", "START", "SET TRANSACTION")
_CHANGES = ("INSERT", "UPDATE", "DELETE", "COPY")


def kind_of_statement(statement: str) -> str:
    """`begin`, `change`, `end`, or `question`."""
    if statement.startswith(_BEGINS):
        return "begin"
    if statement.startswith(_CHANGES):
        return "change"
    return "end" if statement.startswith("COMMIT") else "question"


class Every:
    """All statements of every call."""

    def wants(self, door: str) -> bool:
        """Every one."""
        return True

    def at(self, call: str, heard: Sequence[str]) -> Iterable[int]:
        """All of them."""
        return range(1, len(heard) + 1)


class EveryEnd(Every):
    """Where a transaction ends for good, in every call."""

    def at(self, call: str, heard: Sequence[str]) -> Iterable[int]:
        """Each COMMIT that ends one."""
        return [end for _, end in _transactions(heard)]


class OfEachOutcome:
    """One statement of each call that changes several records, once for each outcome, of each kind in turn.

    Changes and ends are taken from the call's longest transaction, which is its flow's own.

    Args:
        kinds: Of which kinds, as `kind_of_statement` calls them.
    """

    def __init__(self, *kinds: str) -> None:
        self._left = Counter(dict.fromkeys(kinds, 0))
        self._seen: set[str] = set()

    def wants(self, door: str) -> bool:
        """Every one."""
        return True

    def at(self, call: str, heard: Sequence[str]) -> Iterable[int]:
        """The statement of the kind that was taken least often so far."""
        begin, end = _longest(heard)
        if call in self._seen or end - begin < 4:
            return ()
        self._seen.add(call)
        kind = min(self._left, key=self._left.__getitem__)
        self._left[kind] += 1
        of_kind = [at for at in range(begin, end + 1) if kind_of_statement(heard[at - 1]) == kind]
        questions = [at for at in range(1, begin) if kind_of_statement(heard[at - 1]) == kind]
        found = of_kind or questions
        return found[len(found) // 2 :][:1]


class Sample(OfEachOutcome):
    """The short form: the same, once for each of these flows and no other."""

    def __init__(self, *kinds: str, doors: frozenset[str] = DOORS) -> None:
        super().__init__(*kinds)
        self._left_doors = set(doors)

    def wants(self, door: str) -> bool:
        """Those that were not struck at yet."""
        return door in self._left_doors

    def at(self, call: str, heard: Sequence[str]) -> Iterable[int]:
        """The same, and never again at this door."""
        found = super().at(call, heard)
        if found:
            self._left_doors.remove(call.partition(":")[0])
        return found


def _longest(heard: Sequence[str]) -> tuple[int, int]:
    """Where the longest transaction begins and ends."""
    return max(_transactions(heard), key=lambda found: found[1] - found[0], default=(0, 0))


def _transactions(heard: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where each begins and ends. A COMMIT by which a driver changes its settings ends none."""
    begin = None
    for at, statement in enumerate(heard, 1):
        if statement.startswith(("BEGIN", "START")):
            begin = at
        elif statement == "COMMIT" and begin is not None:
            yield begin, at
            begin = None
