"""Rosters to import, and what a city's store holds after it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from permit_accounts.model.codes import Code
from permit_accounts.model.files import FileFault, FileRefused
from permit_accounts.model.outcomes import SignedIn
from permit_accounts.model.records import ASKED_BY, License, Record
from permit_accounts.model.roster import RosterReport, RowProblem, RowReason
from permit_accounts.ports import Every, Store
from permit_accounts.roster import import_roster
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.world import World, setup_form
from permit_accounts.texts.catalog import LANGUAGES, TomlCatalog

R = TypeVar("R", bound=Record)

HEADER = "license,business_name,email"


def csv_file(*lines: str, encoding: str = "utf-8", end: str = "\n") -> io.BytesIO:
    """A file of these lines."""
    return io.BytesIO(end.join([*lines, ""]).encode(encoding))


def many(count: int, *, first: int = 1_000_000) -> io.BytesIO:
    """A roster of so many licenses in no order."""
    numbers = (first + (n * 7919) % count for n in range(count))
    return csv_file(HEADER, *(f"{n},Builders {n},office{n}@mail.example.org" for n in numbers))


def small_commits(most: int = 25) -> MemoryStore:
    """A store that takes the fewest changes in one commit, so that few rows make many commits."""
    store = MemoryStore()
    store.max_changes = most
    return store


def imported(world: World, source: Any, **how: Any) -> RosterReport:
    """The report of a file that is not refused."""
    report = import_roster(world.services, source, **how)
    assert isinstance(report, RosterReport), report
    assert report.rows == sum(
        (report.added, report.changed, report.unchanged, report.duplicates, report.left_out, report.refused)
    )
    assert all(map(words, report.problems))
    return report


def refused(world: World, source: Any, **how: Any) -> FileRefused:
    """Why a file is refused; that it changed nothing is checked."""
    before = everything(world.store)
    refusal = import_roster(world.services, source, **how)
    assert isinstance(refusal, FileRefused), refusal
    assert before == everything(world.store)
    assert words(refusal)
    return refusal


def fault(world: World, source: Any, **how: Any) -> tuple[FileFault, int]:
    """Which fault, and on which line."""
    refusal = refused(world, source, **how)
    return refusal.fault, refusal.line


def words(told: FileRefused | RowProblem) -> str:
    """The catalog's English words; whatever they show was told, in every language."""
    for language in LANGUAGES:
        assert "{" not in TomlCatalog().text(told.text_key, language, dict.fromkeys(told.params, ""))
    return TomlCatalog().text(told.text_key, "en", told.params)


def reasons(report: RosterReport) -> list[tuple[int, str, Code | RowReason]]:
    """What a report says of rows: line, column, reason."""
    return [(problem.line, problem.column, problem.reason) for problem in report.problems]


def all_of(store: Store, kind: type[R]) -> tuple[R, ...]:
    """Every record of a kind."""
    return tuple(store.select(kind, Every(), limit=1_000_000))


def everything(store: Store) -> Mapping[type[Record], Sequence[Record]]:
    """Every record of every kind."""
    return {kind: all_of(store, kind) for kind in ASKED_BY}


def names(world: World) -> dict[str, str]:
    """The business name of each license by its id."""
    return {
        record.id: record.business.name if record.business is not None else ""
        for record in all_of(world.store, License)
    }


def settled_contractor(world: World, number: str = "1012345") -> SignedIn:
    """A contractor of the roster who called staff and finished the set-up."""
    issued: Any = world.desk().issue_temporary_password(
        number, reason="first sign-in", checked_how="called back the number on file"
    )
    required: Any = world.accounts.sign_in("contractor", number, issued.password)
    done = world.accounts.finish_setup(required.token, setup_form(required.asks))
    assert isinstance(done, SignedIn), done
    return done
