"""A row of a roster becomes facts about one license, or everything that is wrong with it.

A row with one wrong cell is refused whole, for half a row may be another firm's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, TypeAlias

import attrs

from permit_accounts.model.codes import Code
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.outcomes import Problem
from permit_accounts.model.records import License
from permit_accounts.model.roster import RowReason
from permit_accounts.model.values import Value
from permit_accounts.rules import roster_cells
from permit_accounts.rules.licenses import FORMATS, parse_license
from permit_accounts.rules.patterns import Pattern
from permit_accounts.rules.roster_cells import CellFault
from permit_accounts.rules.roster_columns import Layout
from permit_accounts.rules.roster_facts import DATES, GROUPS, OWN, FactColumn
from permit_accounts.rules.spreadsheet import restored

_Places: TypeAlias = list[tuple[FactColumn, int]]

# A number as spreadsheet programs shorten it; its sign tells it from a number of letters and digits.
_SCIENTIFIC: Final = Pattern(r"[0-9]+(?:[.,][0-9]+)?E[+-][0-9]+", re.ASCII | re.IGNORECASE)


@attrs.frozen(eq=False, repr=False)
class RowFault(Value):
    """What keeps a row out: in which column, as the file spells it, and why; `params` as in `RowProblem`."""

    column: str
    reason: Code | RowReason
    params: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Wanted(Value):
    """Which rows of a file are taken; all of them by default.

    Args:
        permits_after: Only rows whose last permit was issued after this day.
        division: Only rows whose last permit was issued by this division, in whatever case and spacing.
    """

    permits_after: date | None = None
    division: str | None = None

    def __attrs_post_init__(self) -> None:
        day = self.permits_after
        if day is not None and type(day) is not date:
            raise ConfigurationError(f"permits_after={day!r} must be a date, without a time of day")
        named = self.division
        if named is not None and not (isinstance(named, str) and named.strip()):
            raise ConfigurationError(f"division={named!r} must name a division")

    @property
    def needed(self) -> tuple[str, ...]:
        """Our names of the columns without which this cannot be told."""
        permits = ("last_permit_on",) if self.permits_after is not None else ()
        return permits + (("division",) if self.division is not None else ())


class RowReader:
    """Reads the rows of one file.

    Args:
        layout: Where each fact stands.
        authority: The board of every row that names none.
        wanted: Which rows are taken.
        as_of: The moment at which the file tells its facts.
        doubted: For each column of dates that has one with the day first, by our name, the line of the first
            of them. What could then be either of two days is refused.
    """

    def __init__(
        self,
        layout: Layout,
        *,
        authority: str,
        wanted: Wanted,
        as_of: datetime,
        doubted: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._layout = layout
        self._width = len(layout.header)
        self._license = layout.places["license"]
        self._authority = layout.places.get("authority")
        self._default = (authority,)
        self._wanted = wanted
        self._filters = bool(wanted.needed)
        self._as_of = as_of
        self._doubted = doubted
        self._own = self._placed(OWN)
        self._groups = [(group, places) for group in GROUPS if (places := self._placed(group.columns))]
        self._dates = [(name, layout.places[name]) for name in DATES if name in layout.places]
        self.has_dates = bool(self._dates)
        self._permit_day = self._day("last_permit_on")

    def license_of(self, cells: Sequence[str]) -> LicenseId | RowFault | None:
        """Whose row this is, or why it is not taken at all; None where nothing stands in it."""
        license_id = self._license_of(cells)
        if isinstance(license_id, RowFault) and not any(map(str.strip, cells)):
            return None
        return license_id

    def days_first(self, cells: Sequence[str]) -> list[str]:
        """The columns, by our names, whose date in this row can only have its day before its month."""
        width = len(cells)
        return [n for n, at in self._dates if at < width and roster_cells.is_day_first(cells[at].strip())]

    def is_scientific(self, cells: Sequence[str]) -> bool:
        """Whether a spreadsheet program has put the license number into scientific notation."""
        place = self._license
        return len(cells) > place and _SCIENTIFIC.fullmatch(cells[place].strip()) is not None

    def facts_of(self, cells: Sequence[str], license_id: str) -> License | tuple[RowFault, ...]:
        """What the row says of the license, or everything that is wrong with its other cells."""
        faults: list[RowFault] = []
        told = self._values(cells, self._own, faults) if self._own else {}
        for group, places in self._groups:
            values = self._values(cells, places, faults)
            if values:
                told[group.field] = group.made(values, self._as_of)
        if faults:
            return tuple(faults)
        return _license(id=license_id, on_roster_since=self._as_of, **told)

    def _license_of(self, cells: Sequence[str]) -> LicenseId | RowFault:
        if len(cells) != self._width and (fault := self._misshapen(cells)):
            return fault
        if self._filters and (fault := self._unwanted(cells)):
            return fault
        authorities = self._default
        if self._authority is not None and (named := cells[self._authority].strip()):
            authorities = (named.lower(),)
            if authorities[0] not in FORMATS:
                return self._fault("authority", CellFault(RowReason.UNKNOWN_BOARD))
        number = parse_license(restored(cells[self._license].strip()), authorities)
        if isinstance(number, Problem):
            return self._fault("license", CellFault(number.code, number.params))
        return number

    def _values(self, cells: Sequence[str], places: _Places, faults: list[RowFault]) -> dict[str, object]:
        values: dict[str, object] = {}
        for column, place in places:
            cell = cells[place].strip()
            if not cell:
                continue
            value = column.read(restored(cell))
            if isinstance(value, CellFault):
                faults.append(self._fault(column.name, value))
            elif len(column.fields) == 1:
                values[column.fields[0]] = value
            else:
                assert isinstance(value, tuple)
                values.update(zip(column.fields, value, strict=True))
        return values

    def _misshapen(self, cells: Sequence[str]) -> RowFault | None:
        """Fewer cells than the header, or more; empty ones at the end (trailing commas) are no more."""
        if len(cells) < self._width:
            return RowFault("", RowReason.SHORT_ROW)
        return RowFault("", RowReason.LONG_ROW) if any(cells[self._width :]) else None

    def _unwanted(self, cells: Sequence[str]) -> RowFault | None:
        if self._wanted.division is not None:
            division = restored(self._cell(cells, "division"))
            if _folded(division) != _folded(self._wanted.division):
                return self._fault("division", CellFault(RowReason.OTHER_DIVISION))
        if self._wanted.permits_after is None:
            return None
        cell = self._cell(cells, "last_permit_on")
        if not cell:
            return self._fault("last_permit_on", CellFault(RowReason.PERMIT_UNKNOWN))
        issued = self._permit_day(restored(cell))
        if isinstance(issued, CellFault):
            return self._fault("last_permit_on", issued)
        is_old = issued <= self._wanted.permits_after
        return self._fault("last_permit_on", CellFault(RowReason.PERMIT_TOO_OLD)) if is_old else None

    def _cell(self, cells: Sequence[str], name: str) -> str:
        return cells[self._layout.places[name]].strip()

    def _fault(self, name: str, fault: CellFault) -> RowFault:
        return RowFault(self._layout.column(name), fault.reason, fault.params)

    def _placed(self, columns: Sequence[FactColumn]) -> _Places:
        places = self._layout.places
        return [(self._read(column), places[column.name]) for column in columns if column.name in places]

    def _read(self, column: FactColumn) -> FactColumn:
        doubting = column.name in self._doubted
        return attrs.evolve(column, read=self._day(column.name)) if doubting else column

    def _day(self, name: str) -> Callable[[str], date | CellFault]:
        """What reads the dates of a column."""
        line = self._doubted.get(name)
        return roster_cells.day if line is None else roster_cells.day_in_doubt(line)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


_license: Callable[..., License] = License
