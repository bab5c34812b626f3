"""Stores that are each wrong in one way, so that the contract of stores is itself put to the test.

A kit that every store passes proves nothing. Each of these wraps the memory store, breaks one promise as a
real backend might, and names the tests of `StoreContract` that have to notice.
"""

from __future__ import annotations

from typing import Final

from permit_accounts.testing.commit_saboteurs import (
    HalfCommitter,
    LastWriterWins,
    LookThenLeaper,
    Overwriter,
    RemoveForgiver,
    ReverseApplier,
    StaleReader,
    Sulker,
    VersionResetter,
    VersionSleeper,
)
from permit_accounts.testing.saboteur import Saboteur
from permit_accounts.testing.value_saboteurs import (
    CaseFolder,
    CodeUnitSorter,
    Composer,
    LimitIgnorer,
    MicrosecondCutter,
    NoneEmptier,
    NoneFinder,
    TieSkipper,
    Unsorter,
)

SABOTEURS: Final[tuple[type[Saboteur], ...]] = (
    *(HalfCommitter, LastWriterWins, VersionSleeper, VersionResetter, Overwriter, RemoveForgiver),
    *(ReverseApplier, LookThenLeaper, Sulker, StaleReader, MicrosecondCutter, NoneEmptier, Composer),
    *(CaseFolder, NoneFinder, LimitIgnorer, Unsorter, CodeUnitSorter, TieSkipper),
)
"""All of them."""
