"""Which column of a roster holds what: a city's own header names, matched to the library's.

Cities name their columns as they please, so a mapping is given rather than guessed. What is matched loosely
is only spelling: `License No.`, `license_no` and `LICENSE NO` are one name.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.files import FileFault
from permit_accounts.model.values import Value
from permit_accounts.rules.patterns import Pattern

_SPELLING: Final = Pattern(r"[\W_]+")
_DELIMITERS: Final = (",", ";", "\t")
#: A cell that is shown where a name was expected. In a file without a header it may be somebody's address or
#: hash, which have other marks or, in hexadecimal, more digits than four.
_NAME: Final = Pattern(r"(?!(?:\D*\d){5})[^\W\d_][\w .-]{0,39}")
_MOST_SHOWN: Final = 40


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RosterColumns(Value):
    """What each column is called in a city's file.

    A column that is named here must be in the file. One that is not named is looked for under the name of
    the argument itself, and only `license` must then be there. A fact whose column the file does not have is
    left as it is in the records.

    Args:
        license: The license number; the only column that a roster must have.
        authority: The id of the board that issued it, such as `us-ca-cslb`; where it is missing or empty, the
            import's own `authority` holds.
        status: The board's word. Only `active` is read as active.
        classes: Separated by commas, semicolons, slashes, bars or spaces.
        license_expires_on: A date such as `2026-09-30` or `9/30/2026`, month first, as are the other two.
        division: The city's division that issued the last permit.
    """

    license: str | None = None
    authority: str | None = None
    business_name: str | None = None
    business_type: str | None = None
    classes: str | None = None
    status: str | None = None
    license_expires_on: str | None = None
    contact_name: str | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    workers_comp_coverage: str | None = None
    workers_comp_carrier: str | None = None
    workers_comp_policy: str | None = None
    workers_comp_expires_on: str | None = None
    division: str | None = None
    last_permit_on: str | None = None

    def __attrs_post_init__(self) -> None:
        for name, column in attrs.asdict(self).items():
            if column is not None and (not isinstance(column, str) or not spelling(column)):
                raise ConfigurationError(f"RosterColumns({name}={column!r}) must be the name of a column")


#: The library's own names, in the order of an export.
NAMES: Final = tuple(field.name for field in attrs.fields(RosterColumns))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Layout(Value):
    """A header, understood: where each fact stands.

    Args:
        delimiter: What separates the cells.
        header: The names as the file spells them.
        places: For each of our names that the file has, the position of its column.
    """

    delimiter: str
    header: tuple[str, ...]
    places: Mapping[str, int]

    def column(self, name: str) -> str:
        """How the file spells the column of this fact."""
        return self.header[self.places[name]]

    @property
    def ignored(self) -> tuple[str, ...]:
        """The columns that tell us nothing."""
        used = set(self.places.values())
        return tuple(name for place, name in enumerate(self.header) if place not in used and name)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class HeaderFault(Value):
    """Why a header cannot be used."""

    fault: FileFault
    params: Mapping[str, str]


def layout_of(line: str, columns: RosterColumns, *, needed: Sequence[str] = ()) -> Layout | HeaderFault:
    """What a header line says, at whichever of comma, semicolon and tab makes most of it.

    Args:
        line: The first line of the file.
        columns: What the city calls its columns.
        needed: Our names of columns without which the import cannot do what was asked.
    """
    called = {name: getattr(columns, name) or name for name in NAMES}
    must = [name for name in NAMES if getattr(columns, name) or name in needed or name == "license"]
    return placed(line, called, must)


def placed(line: str, called: Mapping[str, str], must: Sequence[str]) -> Layout | HeaderFault:
    """Where the columns stand that a header names, at whichever separator makes most of it.

    Args:
        line: The first line of the file.
        called: What each of our names is called in it.
        must: Our names of columns that have to be there.
    """
    wanted = {name: spelling(column) for name, column in called.items()}
    layouts = [_layout(line, delimiter, wanted) for delimiter in _DELIMITERS]
    # Most facts first, then most cells; max() keeps the first of equals, so the comma.
    layout = max(layouts, key=lambda tried: (len(tried.places), len(tried.header)))

    if not layout.header:
        return HeaderFault(fault=FileFault.QUOTE, params={})
    spellings = [spelling(cell) for cell in layout.header]
    twice = [layout.column(name) for name in layout.places if spellings.count(wanted[name]) > 1]
    if twice:
        return HeaderFault(fault=FileFault.COLUMN_TWICE, params={"twice": _listed(twice)})
    missing = [called[name] for name in must if name not in layout.places]
    if missing:
        return HeaderFault(fault=FileFault.COLUMN_MISSING, params=not_found(missing, layout.header))
    return layout


def not_found(missing: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    """What is told of columns that are not there: their names, and what stands there in their place.

    A cell that looks like no name is counted and never shown: the first line may be a person's.

    Args:
        missing: What they should be called.
        cells: What the file says where its names should be.
    """
    names = [cell for cell in cells if _NAME.fullmatch(cell)][:_MOST_SHOWN]
    others = sum(map(bool, cells)) - len(names)
    return {"missing": _listed(missing), "found": _listed(names) or "—", "others": str(others)}


def spelling(name: str) -> str:
    """What two spellings of one column's name have in common."""
    return _SPELLING.sub("", name).casefold()


def _layout(line: str, delimiter: str, wanted: Mapping[str, str]) -> Layout:
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        cells = []
    header = tuple(_cut(cell) for cell in cells)
    spellings = [spelling(cell) for cell in header]
    places = {name: spellings.index(text) for name, text in wanted.items() if text in spellings}
    return Layout(delimiter=delimiter, header=header, places=places)


def _cut(name: str) -> str:
    """A column's name, fit for a report: one bounded line without control characters."""
    return "".join(c for c in name.strip()[:80] if c.isprintable())


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))
