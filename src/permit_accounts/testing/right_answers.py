"""What a right store says about a few records, worked out in plain Python, and the questions to ask it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from operator import gt, lt
from typing import Any, TypeVar

from permit_accounts.model.records import Record
from permit_accounts.ports import Every, Is, Store, UpTo, Where
from permit_accounts.testing.hard_records import asked_moments, asked_texts

R = TypeVar("R", bound=Record)


def matches(record: Record, where: Where) -> bool:
    """Whether a record is one of those that are asked for."""
    if isinstance(where, Is):
        return bool(getattr(record, where.field) == where.value)
    if isinstance(where, UpTo):
        moment = getattr(record, where.field)
        return moment is not None and moment <= where.moment
    return True


def place_of(record: Record, where: Where) -> tuple[Any, ...]:
    """What the records that are asked for are ordered by."""
    return (getattr(record, where.field), record.id) if isinstance(where, UpTo) else (record.id,)


def page(
    records: Iterable[R], where: Where, *, limit: int, after: R | None = None, newest_first: bool = False
) -> list[R]:
    """Those of these records that match, in order, as `Store.select` gives them."""
    found = sorted(
        (one for one in records if matches(one, where)),
        key=lambda one: place_of(one, where),
        reverse=newest_first,
    )
    if after is not None:
        mark = place_of(after, where)
        beyond = lt if newest_first else gt
        found = [one for one in found if beyond(place_of(one, where), mark)]
    return found[:limit]


def questions(kind: type[Record], records: Sequence[Record]) -> list[Where]:
    """Whatever tells these records apart: each id, each text, each moment and the one before it, and all."""
    asked: list[Where] = [Every(), *(Is("id", one.id) for one in records)]
    for name in asked_texts(kind):
        values = dict.fromkeys(getattr(one, name) for one in records)
        asked += [Is(name, value) for value in values if value is not None]
    for name in asked_moments(kind):
        moments = sorted({getattr(one, name) for one in records} - {None})
        asked += [UpTo(name, moment) for moment in moments]
        asked += [UpTo(name, moment - timedelta.resolution) for moment in moments if moment.year > 1]
    return asked


def says_what_is_right(
    store: Store, kind: type[Record], records: Sequence[Record], *, once: Sequence[Record] = ()
) -> None:
    """Ask a store all that tells these records apart, and from those that were there once or nearly.

    Each question is asked from either end, for all and for one fewer, and for what comes after the first.
    """
    for where in questions(kind, [*records, *once]):
        right = page(records, where, limit=len(records))
        assert right == list(store.select(kind, where, limit=len(records) + len(once) + 1))
        assert right == list(store.select(kind, where, limit=len(right)))
        assert right[::-1] == list(store.select(kind, where, limit=len(right) + 1, newest_first=True))
        assert right[:-1] == list(store.select(kind, where, limit=len(right[:-1])))
        assert right[:0:-1] == list(store.select(kind, where, limit=len(right[1:]), newest_first=True))
        if right:
            assert right[1:] == list(store.select(kind, where, limit=len(right), after=right[0]))
