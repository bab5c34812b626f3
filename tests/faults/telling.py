"""The long day, stopped before each knock at a door, so that a fault can be tried there and taken back.

Before each call of the story `meddle(call)` is asked. It may make the call as often as it likes, with whatever
fault, as long as it puts the store back; after it the call is made in earnest and the story goes on.
"""  # noqa: E501

from __future__ import annotations

import copy
import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from typing import Any, Final

import attrs

import story
from permit_accounts import Limit, Policy, Refused, StaffDesk
from permit_accounts.model.records import ASKED_BY, AttemptCount, Identifier, License, Record
from permit_accounts.ports import Every, Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import World, city_policy

#: What differs between two tellings of the same thing: ids and hashes, which are drawn, and moments.
_DRAWN: Final = frozenset(
    "id version token_ids session_id password_hash temporary_hash answer_hash temporary_until".split()  # noqa: SIM905
)
_GENERATED_ID: Final = re.compile(r"\b[0-9a-f]{34}\b")
_MOMENT: Final = re.compile(r"\bdatetime\.datetime\([^()]*(?:\([^()]*\))?[^()]*\)")
_MANY: Final = 10_000


@attrs.frozen
class Call:
    """One knock at a door, not made yet."""

    name: str
    make: Callable[[], object]


Meddle = Callable[[Call], None]


def tell(world: World, meddle: Meddle) -> None:
    """Tell the whole day, asking before each call."""
    accounts = world.accounts
    world.accounts = _Asking(accounts, meddle)  # type: ignore[assignment]
    world.desk = lambda *who, **may: _Asking(_desk(accounts, *who, **may), meddle)  # type: ignore[assignment]
    story.tell(world)


def patient_policy(**settings: Any) -> Policy:
    """The guides' policy with limits that the many tellings do not reach."""
    many = Limit(count=_MANY, within=city_policy().reset_mails_hour.within)
    names = "reset_mails_hour reset_mails_day reset_requests_source username_reminders confirmation_mails"
    more = "registrations_source registration_forms_source source_failures spray_names"
    still = "failure_rate_alarm temporary_issues"
    return city_policy(**(dict.fromkeys(f"{names} {more} {still}".split(), many) | settings))


def kind_of(outcome: object) -> str:
    """What came of a call, as one word, or the codes of a refusal."""
    if isinstance(outcome, Refused):
        return f"Refused {' '.join(outcome.codes)}"
    return type(outcome).__name__


def shape(store: Store) -> Counter[tuple[str, ...]]:
    """Everything that is kept but counts of attempts, without what chance and the clock put there."""
    return Counter(
        (kind.__name__, *_lines(record))
        for kind in ASKED_BY
        if kind is not AttemptCount
        for record in store.select(kind, Every(), limit=_MANY)
    )


@attrs.frozen
class Expected:
    """What a call comes to where nothing fails, and what the store holds before and after it."""

    told: str
    before: Counter[tuple[str, ...]]
    after: Counter[tuple[str, ...]]

    @classmethod
    def of(cls, call: Call, store: Store) -> Expected:
        """Make the call, to see; the store is for the caller to put back."""
        before = shape(store)
        told = kind_of(call.make())
        return cls(told, before, shape(store))

    def wrong_in(self, store: Store, *, raised: Exception | None, unheard: bool = False) -> list[str]:
        """What a fault left that is neither all nor nothing: nothing where it was raised, unless unheard."""
        left = shape(store)
        allowed = [self.after] if raised is None else [self.before]
        if unheard:
            allowed = [self.before, self.after]
        halves = [] if left in allowed else [f"raised {raised!r}, left {left - self.before}"]
        return [*violations(store), *halves]

    def wrong_again(self, call: Call, store: Store) -> list[str]:
        """What goes wrong where a call that came to nothing is made again."""
        again = kind_of(call.make())
        same = again == self.told and shape(store) == self.after
        return [] if same else [f"made again it is {again}, not {self.told}"]


class MemorySnapshots:
    """What a store in memory held, kept and put back."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def keep(self) -> object:
        return copy.deepcopy(self._store._tables)

    def put_back(self, kept: object) -> None:
        self._store._tables.update(copy.deepcopy(kept))  # type: ignore[call-overload]


class FileSnapshots:
    """What a store in a file held, kept and put back."""

    def __init__(self, store: SQLiteStore) -> None:
        self._path = store.path

    def keep(self) -> object:
        kept = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(self._path)) as file:
            file.backup(kept)
        return kept

    def put_back(self, kept: object) -> None:
        with closing(sqlite3.connect(self._path)) as file:
            file.execute("PRAGMA synchronous = OFF")
            kept.backup(file)  # type: ignore[attr-defined]

    def is_sound(self) -> bool:
        """Whether SQLite finds the file in order."""
        with closing(sqlite3.connect(self._path)) as file:
            return [("ok",)] == file.execute("PRAGMA integrity_check").fetchall()


def _desk(accounts: object, *who: Any, **may: Any) -> StaffDesk:
    return World.desk(attrs.make_class("Holder", {"accounts": attrs.field()})(accounts), *who, **may)


def _lines(record: Record) -> tuple[str, ...]:
    drawn = _DRAWN - {"id"} if isinstance(record, Identifier | License) else _DRAWN
    fields = attrs.asdict(record, recurse=False)  # type: ignore[arg-type]
    known = {name: value is not None if name in drawn else value for name, value in sorted(fields.items())}
    return (_MOMENT.sub("then", _GENERATED_ID.sub("somebody", repr(known))),)


class _Asking:
    """Accounts, or a desk, whose every method is asked about before it is called."""

    def __init__(self, door: object, meddle: Meddle) -> None:
        self._door = door
        self._meddle = meddle

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._door, name)
        if not callable(value):
            return value

        def called(*args: Any, **given: Any) -> object:
            self._meddle(Call(name, lambda: value(*args, **given)))
            return value(*args, **given)

        return called
