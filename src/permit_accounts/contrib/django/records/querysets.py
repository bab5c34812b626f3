"""Questions and changes as Django's querysets. Each names its database, so that no router is asked.

The statement that changes a row checks the precondition, and its row count tells: READ COMMITTED is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final, TypeAlias

from django.apps import apps
from django.db.models import Q

from permit_accounts.model.errors import Conflict
from permit_accounts.ports import Add, Change, Replace
from permit_accounts.stores.rows import LAYOUTS, Kind, Question, Row, replaced_row

Step: TypeAlias = Callable[[str], None]
"""Applies some changes to the database with this alias, or raises `Conflict`."""

LABEL: Final = "permit_accounts_records"
#: Rows to an INSERT: few enough for every database's bound of parameters, many enough to be quick.
_ROWS: Final = 500


def rows(
    alias: str, kind: Kind, question: Question, *, after: Row | None, limit: int, newest_first: bool
) -> Sequence[Row]:
    """The rows that a question asks for, in order, with one SELECT."""
    layout = LAYOUTS[kind]
    field, relation, bound = question
    order = (field, "id") if relation == "<=" else ("id",)
    query = _all(alias, kind)
    if relation:
        query = query.filter(**{f"{field}__lte" if relation == "<=" else field: bound})
    if after is not None:
        place = [after[layout.positions[name]] for name in order]
        if [type(value) for value in place] != [layout.column(name).form.held_as for name in order]:
            return ()  # SQLite may hold anything in a damaged row, and nothing can be said to follow it
        query = query.filter(_beyond(order, place, newest_first=newest_first))
    ordering = (f"-{name}" if newest_first else name for name in order)
    return list(query.order_by(*ordering).values_list(*layout.positions)[:limit])


def steps_of(changes: Sequence[Change]) -> list[Step]:
    """The changes in order; records of one kind that are added one after the other become one step.

    Raises:
        Unavailable: A record cannot be stored.
    """
    return [step for (add, kind), run in groupby(changes, _sort) for step in _steps(add, kind, list(run))]


def _sort(change: Change) -> tuple[bool, Kind]:
    return isinstance(change, Add), type(change.old if isinstance(change, Replace) else change.record)


def _steps(add: bool, kind: Kind, changes: Sequence[Any]) -> Iterator[Step]:
    if add:
        yield _adding(kind, [LAYOUTS[kind].to_row(change.record) for change in changes])
        return
    for change in changes:
        if isinstance(change, Replace):
            yield _replacing(kind, change.old.version, replaced_row(change.old, change.new))
        else:
            yield _removing(kind, change.record.id, change.record.version)


def _adding(kind: Kind, new: Sequence[Row]) -> Step:
    def add(alias: str) -> None:
        model = _model(kind)
        _all(alias, kind).bulk_create([model(*row) for row in new], batch_size=_ROWS)

    return add


def _replacing(kind: Kind, version: int, row: Row) -> Step:
    fields = dict(zip(LAYOUTS[kind].positions, row, strict=True))
    record_id = fields.pop("id")

    def replace(alias: str) -> None:
        _expect_one(_all(alias, kind).filter(id=record_id, version=version).update(**fields))

    return replace


def _removing(kind: Kind, record_id: str, version: int) -> Step:
    def remove(alias: str) -> None:
        # `delete()` would read first and then delete by id alone where somebody listens to its signals, so
        # that two who remove one record would both succeed.
        _expect_one(_all(alias, kind).filter(id=record_id, version=version)._raw_delete(alias))

    return remove


def _expect_one(written: int) -> None:
    if written != 1:
        raise Conflict("a record is not current any more, or gone")


def _beyond(order: Sequence[str], place: Sequence[Any], *, newest_first: bool) -> Q:
    """What comes after a place. The first condition alone is what an index is walked by."""
    sign = "lt" if newest_first else "gt"
    if len(order) == 1:
        return Q(**{f"id__{sign}": place[0]})
    field = order[0]
    return Q(**{f"{field}__{sign}e": place[0]}) & (
        Q(**{f"{field}__{sign}": place[0]}) | Q(**{f"id__{sign}": place[1]})
    )


def _all(alias: str, kind: Kind) -> Any:
    return _model(kind)._default_manager.using(alias)


def _model(kind: Kind) -> Any:
    return apps.get_model(LABEL, kind.__name__)
