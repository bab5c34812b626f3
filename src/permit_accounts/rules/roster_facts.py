"""What a roster tells of a license: columns make groups of facts, and groups are merged with what is known.

The table at the end is the whole of it: which column fills which field, and who reads its cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final, TypeAlias, cast

import attrs

from permit_accounts.model.codes import FactSource, LicenseStatus
from permit_accounts.model.records import (
    BusinessFacts,
    ContactFacts,
    License,
    StatusFacts,
    WorkersCompFacts,
)
from permit_accounts.model.values import Value
from permit_accounts.rules import roster_cells as read
from permit_accounts.rules.roster_cells import CellFault

Facts: TypeAlias = BusinessFacts | StatusFacts | WorkersCompFacts | ContactFacts


@attrs.frozen(eq=False, repr=False)
class FactColumn(Value):
    """A column, by our name.

    Args:
        fields: Which fields it fills.
        read: What reads a cell of it that is not blank: one value for each field, or what is wrong.
    """

    name: str
    fields: tuple[str, ...]
    read: Callable[[str], object | CellFault]


@attrs.frozen(eq=False, repr=False)
class FactGroup(Value):
    """Facts that have one source and one moment: a field of `License` and the columns that fill it."""

    field: str
    make: Callable[..., Facts]
    least: Mapping[str, object]
    columns: tuple[FactColumn, ...]

    def made(self, values: Mapping[str, object], as_of: datetime | None) -> Facts:
        """The facts of these fields, as the roster tells them at this moment."""
        return self.make(source=FactSource.ROSTER, as_of=as_of, **{**self.least, **values})

    def merged(self, old: Facts | None, told: Facts | None, as_of: datetime | None) -> Facts | None:
        """The facts after the roster has told; `old` itself where nothing changes."""
        if old is None or told is None or old.source is not FactSource.ROSTER:
            return told if old is None else old
        changes = _news(self.columns, old, told, lambda: self.made({}, as_of))
        return _evolved_facts(old, **changes, as_of=as_of) if changes else old


def merged(old: License, told: License) -> License:
    """What is known of a license once a roster has told; `old` itself where it told nothing new.

    The roster replaces what it said before. What staff corrected or a register answered stays, and so does
    every fact whose cell is empty or whose column the file does not have: what is not told is not erased, so
    an export that lost a column's contents harms nobody. A license is on the roster since the first time.

    Args:
        old: What was known.
        told: What a row says, as `RowReader` makes it.
    """
    as_of = told.on_roster_since
    changes: dict[str, object] = {}
    if old.on_roster_since is None:
        changes["on_roster_since"] = as_of
    changes |= _news(OWN, old, told, lambda: License(id=old.id))
    for group in GROUPS:
        before = getattr(old, group.field)
        after = group.merged(before, getattr(told, group.field), as_of)
        if after is not before:
            changes[group.field] = after
    return _evolved(old, **changes) if changes else old


def _news(
    columns: Iterable[FactColumn], old: object, told: object, untold: Callable[[], object]
) -> dict[str, object]:
    """The fields of those columns that tell something, and something else than was known."""
    differing = [column for column in columns if _values(column, told) != _values(column, old)]
    if not differing:
        return {}
    nothing = untold()
    return {
        field: getattr(told, field)
        for column in differing
        if _values(column, told) != _values(column, nothing)
        for field in column.fields
    }


def _values(column: FactColumn, facts: object) -> list[object]:
    return [getattr(facts, field) for field in column.fields]


#: Columns that fill a field of the license itself.
OWN: Final = (
    FactColumn("division", ("division",), read.line_of(100)),
    FactColumn("last_permit_on", ("last_permit_on",), read.day),
)

#: Columns that fill a group of facts.
GROUPS: Final = (
    FactGroup(
        "business",
        BusinessFacts,
        {"name": ""},
        (
            FactColumn("business_name", ("name",), read.name),
            FactColumn("business_type", ("business_type",), read.line_of(100)),
        ),
    ),
    FactGroup(
        "status",
        StatusFacts,
        {"status": LicenseStatus.UNKNOWN},
        (
            FactColumn("status", ("status", "text"), read.status),
            FactColumn("classes", ("classes",), read.classes),
            FactColumn("license_expires_on", ("expires_on",), read.day),
        ),
    ),
    FactGroup(
        "workers_comp",
        WorkersCompFacts,
        {},
        (
            FactColumn("workers_comp_coverage", ("coverage",), read.line_of(100)),
            FactColumn("workers_comp_carrier", ("carrier",), read.name),
            FactColumn("workers_comp_policy", ("policy_number",), read.line_of(60)),
            FactColumn("workers_comp_expires_on", ("expires_on",), read.day),
        ),
    ),
    FactGroup(
        "contact",
        ContactFacts,
        {},
        (
            FactColumn("contact_name", ("name",), read.name),
            FactColumn("email", ("email", "email_key"), read.email),
            FactColumn("phone", ("phone",), read.phone),
            FactColumn("address", ("address",), read.address),
        ),
    ),
)

#: Columns of dates, by our names.
DATES: Final = tuple(
    column.name
    for column in (*OWN, *(column for group in GROUPS for column in group.columns))
    if column.read is read.day
)

_evolved: Final = cast(Callable[..., License], attrs.evolve)
_evolved_facts: Final = cast(Callable[..., Facts], attrs.evolve)
