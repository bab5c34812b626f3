"""The California board's register, answered offline from an index of its public master file.

The file is a snapshot: every answer carries its moment, and what has happened since is not in it. The board
itself sends people to its Instant License Check for the standing of today.

How a standing is read, from the first row that fits:

| the board's word | and | standing |
| --- | --- | --- |
| a word with Susp (`Contr Bond Susp`, `Work Comp Susp`, `SOS Suspension`) | | suspended |
| `Revoked`, `Cancelled`, `Expired`, `Inactive` | | the same |
| any other word but `CLEAR`, or none | | unknown |
| `CLEAR` | the expiration is missing, or a day that counts cannot be read | unknown |
| `CLEAR` | expired before today | expired |
| `CLEAR` | inactivated, and not reactivated on a later day | inactive |
| `CLEAR` | | active |

The board's own words are kept beside it. Of insurance whose end or cancellation cannot be read,
nothing is said.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from permit_accounts.model.codes import FactSource, LicenseStatus
from permit_accounts.model.errors import ConfigurationError, Unavailable
from permit_accounts.model.records import BusinessFacts, StatusFacts, WorkersCompFacts
from permit_accounts.ports import RegisterAnswer
from permit_accounts.registers.cslb_index import open_index
from permit_accounts.registers.cslb_rows import UNREADABLE, CslbRow

#: The authority whose licenses this register knows.
AUTHORITY: Final = "us-ca-cslb"

# The file has had no such rows so far: what is revoked or cancelled leaves it.
_OTHER_WORDS: Final = {
    "revoked": LicenseStatus.REVOKED,
    "cancelled": LicenseStatus.CANCELLED,
    "canceled": LicenseStatus.CANCELLED,
    "expired": LicenseStatus.EXPIRED,
    "inactive": LicenseStatus.INACTIVE,
}
_BUSINESS_TYPES: Final = {
    "sole owner": "sole-owner",
    "corporation": "corporation",
    "partnership": "partnership",
    "limited liability": "limited-liability",
    "jointventure": "joint-venture",
}
_NUMBER: Final = re.compile(r"[0-9]{1,7}", re.ASCII)
#: What reading a damaged file can raise: SQLite notices much, but not that a text or a number has changed.
_DAMAGE: Final = (sqlite3.Error, ValueError, TypeError, AttributeError, OverflowError, MemoryError)
_BY_NUMBER: Final = "SELECT facts FROM license WHERE number = ?"


class CslbRegister:
    """Looks licenses of the California board up in an index that `index_cslb` made.

    One object serves many threads and processes. A new index put in place is seen at the next lookup.

    Args:
        path: The index.
        today: The day in California, which tells whether a license has expired since the file was made.

    Raises:
        ConfigurationError: There is no index at this path.
    """

    def __init__(self, path: str | os.PathLike[str], *, today: Callable[[], date]) -> None:
        self._path = Path(path)
        self._today = today
        self._opened = threading.local()
        try:
            self._index()
        except Unavailable as error:
            raise ConfigurationError(
                f"CslbRegister({str(path)!r}): {error}. Make the index with index_cslb from the board's "
                "License Master file"
            ) from error

    @property
    def as_of(self) -> datetime:
        """The moment of the file that answers now."""
        return self._index().as_of

    def lookup(self, authority: str, number: str) -> RegisterAnswer | None:
        """The facts of one license; None for one that is not in the file, which does not mean invalid.

        Raises:
            Unavailable: The index has gone or cannot be read.
        """
        if authority != AUTHORITY or _NUMBER.fullmatch(number) is None:
            return None
        return self._index().answer(int(number), self._today())

    def _index(self) -> _OpenIndex:
        """This thread's index, opened anew if another was put in its place (or this is a forked child)."""
        try:
            found = os.stat(self._path)
        except OSError as error:
            raise Unavailable(f"the index cannot be read: {error.strerror}") from error
        mark = (os.getpid(), found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)
        opened: _OpenIndex | None = getattr(self._opened, "index", None)
        if opened is None or opened.mark != mark:
            opened = self._opened.index = _OpenIndex(self._path, mark)
        return opened


class _OpenIndex:
    """One file, opened: a rename does not change what it reads."""

    def __init__(self, path: Path, mark: tuple[int, ...]) -> None:
        self.mark = mark
        try:
            self._connection = open_index(path)
            (as_of,) = self._connection.execute("SELECT as_of FROM snapshot").fetchone()
            self.as_of = datetime.fromisoformat(as_of).astimezone(UTC)
        except _DAMAGE as error:
            raise Unavailable(f"the index cannot be read: {error}") from error

    def __del__(self) -> None:
        # A thread that ends lets go of its index here; nobody else holds it.
        connection: sqlite3.Connection | None = getattr(self, "_connection", None)
        if connection is not None:
            connection.close()

    def answer(self, number: int, today: date) -> RegisterAnswer | None:
        """What the row of a number says, or None."""
        try:
            found = self._connection.execute(_BY_NUMBER, (number,)).fetchone()
            return None if found is None else _answer(CslbRow.unpacked(found[0]), self.as_of, today)
        except _DAMAGE as error:
            raise Unavailable(f"the index cannot be read: {error}") from error


def _answer(row: CslbRow, as_of: datetime, today: date) -> RegisterAnswer:
    return RegisterAnswer(
        business=_business(row, as_of) if row.name else None,
        status=StatusFacts(
            status=_status(row, today),
            text="; ".join(filter(None, (row.primary_status, row.secondary_status))),
            classes=tuple(row.classes.split()),
            expires_on=_day(row.expires_on),
            source=FactSource.REGISTER,
            as_of=as_of,
        ),
        workers_comp=_workers_comp(row, as_of),
    )


def _business(row: CslbRow, as_of: datetime) -> BusinessFacts:
    kind = _BUSINESS_TYPES.get(row.business_type.lower(), row.business_type)
    return BusinessFacts(name=row.name, business_type=kind, source=FactSource.REGISTER, as_of=as_of)


def _workers_comp(row: CslbRow, as_of: datetime) -> WorkersCompFacts | None:
    """The policy; one that was cancelled ends on the earlier of the two days."""
    if not row.coverage or UNREADABLE in (row.covered_until, row.cancelled_on):
        return None
    ends = [day for day in (_day(row.covered_until), _day(row.cancelled_on)) if day is not None]
    return WorkersCompFacts(
        coverage=row.coverage,
        carrier=row.carrier,
        policy_number=row.policy_number,
        expires_on=min(ends, default=None),
        source=FactSource.REGISTER,
        as_of=as_of,
    )


def _status(row: CslbRow, today: date) -> LicenseStatus:
    word = row.primary_status.casefold()
    if "susp" in word:
        return LicenseStatus.SUSPENDED
    if word != "clear":
        return _OTHER_WORDS.get(word, LicenseStatus.UNKNOWN)
    expires_on = _day(row.expires_on)
    if expires_on is None or UNREADABLE in (row.inactivated_on, row.reactivated_on):
        return LicenseStatus.UNKNOWN
    if expires_on < today:
        return LicenseStatus.EXPIRED
    inactivated, reactivated = row.inactivated_on, row.reactivated_on
    return LicenseStatus.INACTIVE if inactivated and reactivated <= inactivated else LicenseStatus.ACTIVE


def _day(text: str) -> date | None:
    return None if text in ("", UNREADABLE) else date.fromisoformat(text)
