"""One row of the California board's public master file becomes the few facts that the index keeps.

The file has 51 or 52 columns, which are found by name, and has habits: blanks lead the workers' compensation
columns, classes are joined by `| `, days are MM/DD/YYYY, and the column of classes is called
`Classifications(s)`. It holds only licenses that are renewed or may still be, so a number that is not in it
may have been cancelled, revoked or never issued.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Final

import attrs

from permit_accounts.model.errors import ConfigurationError

#: The columns that are read; the others may come, go and move.
COLUMNS: Final = (
    "LicenseNo",
    "BusinessName",
    "FullBusinessName",
    "BusinessType",
    "ExpirationDate",
    "InactivationDate",
    "ReactivationDate",
    "PrimaryStatus",
    "SecondaryStatus",
    "Classifications(s)",
    "WorkersCompCoverageType",
    "WCInsuranceCompany",
    "WCPolicyNumber",
    "WCExpirationDate",
    "WCCancellationDate",
)

#: What stands in place of a day that cannot be read; it is never taken for no day.
UNREADABLE: Final = "?"

_NUMBER: Final = re.compile(r"0*([1-9][0-9]{0,6})", re.ASCII)
_DAY: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", re.ASCII)
_CLASS: Final = re.compile(r"(?:C-?61 ?/ ?(?=D))?([A-Z]{1,3})-?0*([0-9]{0,3})", re.ASCII)
_SEPARATOR: Final = "\x1f"
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")


@attrs.frozen(kw_only=True)
class CslbRow:
    """What the index keeps of one license: texts as the board writes them, days in ISO 8601."""

    name: str
    business_type: str
    expires_on: str
    inactivated_on: str
    reactivated_on: str
    primary_status: str
    secondary_status: str
    classes: str
    coverage: str
    carrier: str
    policy_number: str
    covered_until: str
    cancelled_on: str

    def packed(self) -> str:
        """The row as one text; no field can hold the separator, which is a control character."""
        return _SEPARATOR.join(_CELLS(self))

    @classmethod
    def unpacked(cls, text: str) -> CslbRow:
        """The row that `packed` made this text of."""
        return cls(**dict(zip(_FIELDS, text.split(_SEPARATOR), strict=True)))


_FIELDS: Final = tuple(field.name for field in attrs.fields(CslbRow))
_CELLS: Final = attrgetter(*_FIELDS)


class RowReader:
    """Reads rows by the names in the header.

    Args:
        header: The first row of the file.

    Raises:
        ConfigurationError: A column that is read is missing: this is not the master file.
    """

    def __init__(self, header: Sequence[str]) -> None:
        names = [name.strip() for name in header]
        missing = [column for column in COLUMNS if column not in names]
        if missing:
            raise ConfigurationError(
                f"this is not the board's License Master file: {len(missing)} of the {len(COLUMNS)} columns "
                f"that are read are missing ({', '.join(missing)}); download it again as CSV"
            )
        self.width = len(names)
        self._places = tuple(names.index(column) for column in COLUMNS)

    def read(self, cells: Sequence[str]) -> tuple[int, CslbRow] | str:
        """The number and the facts of a row, or why it is skipped."""
        if len(cells) != self.width:
            return f"{len(cells)} columns instead of {self.width}"
        (number, name, full_name, kind, expires, inactivated, reactivated, primary, secondary, classes) = (
            cells[place] for place in self._places[:10]
        )
        coverage, carrier, policy, covered_until, cancelled = (cells[place] for place in self._places[10:])
        found = _NUMBER.fullmatch(number.strip())
        if found is None:
            return "the license number is not 1 to 7 digits"
        return int(found[1]), CslbRow(
            name=_text(full_name) or _text(name),
            business_type=_text(kind),
            expires_on=_day(expires),
            inactivated_on=_day(inactivated),
            reactivated_on=_day(reactivated),
            primary_status=_text(primary),
            secondary_status=_text(secondary),
            classes=_classes(classes),
            coverage=_text(coverage),
            carrier=_text(carrier),
            policy_number=_text(policy),
            covered_until=_day(covered_until),
            cancelled_on=_day(cancelled),
        )


def _text(cell: str) -> str:
    return _CONTROL.sub(" ", cell).strip() if cell else cell


@lru_cache(maxsize=20_000)
def _day(cell: str) -> str:
    """The day in ISO 8601, empty for none."""
    text = cell.strip()
    if not text:
        return ""
    found = _DAY.fullmatch(text)
    if found is None:
        return UNREADABLE
    try:
        return date(int(found[3]), int(found[1]), int(found[2])).isoformat()
    except ValueError:
        return UNREADABLE


@lru_cache(maxsize=20_000)
def _classes(cell: str) -> str:
    """`B| C08| D49` as `B C-8 D-49`: one spelling each, once, parted by blanks."""
    codes = (_class_code(part) for part in cell.split("|"))
    return " ".join(dict.fromkeys(code for code in codes if code))


def _class_code(text: str) -> str:
    code = "".join(text.upper().split())
    found = _CLASS.fullmatch(code)
    if found is None:
        return _CONTROL.sub("", code)
    return f"{found[1]}-{found[2]}" if found[2] else found[1]
