"""A roster is imported: licenses and nothing else, told again without harm."""

from __future__ import annotations

import hashlib
import io
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import pytest

from permit_accounts.model.codes import ActorKind, Code, EventName, FactSource, Permission
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.files import FileFault, ImportStage
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import (
    AuditEvent,
    BusinessFacts,
    ContactFacts,
    License,
    OutboxEmail,
)
from permit_accounts.model.roster import RosterProgress, RosterReport, RowReason
from permit_accounts.roster import import_roster
from permit_accounts.rules.account_types import CONTRACTOR, PUBLIC, LicenseNumber
from permit_accounts.rules.roster_columns import RosterColumns
from permit_accounts.testing.world import START, World, city_policy
from roster.town import (
    HEADER,
    all_of,
    csv_file,
    everything,
    imported,
    many,
    names,
    reasons,
    refused,
    small_commits,
    words,
)


@pytest.fixture
def world() -> World:
    return World()


def test_row_becomes_a_license(world: World) -> None:
    """With the roster as the source of what it tells, and on the roster since now."""
    report = imported(world, csv_file(HEADER, "CSLB 1012345,Sample Builders,Office@mail.example.org"))
    expected = License(
        id="us-ca-cslb:1012345",
        on_roster_since=START,
        business=BusinessFacts(name="Sample Builders", source=FactSource.ROSTER, as_of=START),
        contact=ContactFacts(
            email="Office@mail.example.org",
            email_key="office@mail.example.org",
            source=FactSource.ROSTER,
            as_of=START,
        ),
    )
    assert (expected,) == all_of(world.store, License)
    assert (1, 1) == (report.rows, report.added)


@pytest.mark.attack("CSV-13", "CSV-14")
def test_nothing_but_licenses_is_written(world: World) -> None:
    """No account, name, claim, password, token or mail, however many rows; one event tells of the import."""
    imported(world, many(300))
    written = {kind.__name__: len(records) for kind, records in everything(world.store).items() if records}
    assert {"License": 300, "AuditEvent": 1} == written
    assert [] == world.deliver()


@pytest.mark.attack("CSV-13")
def test_account_is_made_when_a_mail_is_asked_for(world: World) -> None:
    """Not before; the mail goes to the address that the roster told."""
    imported(world, many(10))
    world.accounts.request_password_reset("1000003", CONTRACTOR)
    assert ["office1000003@mail.example.org"] == [mail.recipient for mail in all_of(world.store, OutboxEmail)]


@pytest.mark.attack("CSV-14")
def test_event_tells_who_and_what_and_no_secret(world: World) -> None:
    """Counts and the file's hash; nothing of what stands in the file."""
    file = many(2)
    clerk = StaffMember(id="desk-1", may=frozenset({Permission.ROSTER}))
    report = imported(world, file, actor=clerk)
    (event,) = all_of(world.store, AuditEvent)
    assert (EventName.ROSTER_IMPORTED, ActorKind.STAFF, "desk-1") == (event.name, event.actor, event.actor_id)
    assert hashlib.sha256(file.getvalue()).hexdigest() == report.file_hash == event.params["file_hash"]
    assert "2" == event.params["added"]
    assert "example.org" not in str(event)


def test_library_itself_may_import(world: World) -> None:
    """A nightly job is no member of staff."""
    imported(world, many(1))
    assert [ActorKind.SYSTEM] == [event.actor for event in all_of(world.store, AuditEvent)]


@pytest.mark.attack("CSV-10")
def test_told_again_nothing_changes(world: World) -> None:
    """Every license is found unchanged, to the version and the moment."""
    imported(world, many(60))
    before = all_of(world.store, License)
    world.tick(days=1)
    report = imported(world, many(60))
    assert (60, 60) == (report.rows, report.unchanged)
    assert before == all_of(world.store, License)


def test_later_file_changes_what_it_tells(world: World) -> None:
    """New, changed and unchanged in one file."""
    imported(world, csv_file(HEADER, "1,One,", "2,Two,"))
    report = imported(world, csv_file(HEADER, "1,One,", "2,Zwei,", "3,Three,"))
    assert (1, 1, 1) == (report.added, report.changed, report.unchanged)
    assert {"us-ca-cslb:1": "One", "us-ca-cslb:2": "Zwei", "us-ca-cslb:3": "Three"} == names(world)


def test_new_licenses_after_known_ones(world: World) -> None:
    """However a file begins, each of its chunks comes out right."""
    world = World(store=small_commits())
    imported(world, many(30))
    report = imported(world, many(200))
    assert (170, 30) == (report.added, report.unchanged)
    assert 200 == len(all_of(world.store, License))


@pytest.mark.attack("LIC-15", "CSV-10")
@pytest.mark.parametrize("rows", [0, 1])
def test_whoever_is_missing_from_a_later_file_loses_nothing(world: World, rows: int) -> None:
    """An empty or shrunken roster deletes nothing and disables nobody."""
    imported(world, many(5))
    before = all_of(world.store, License)
    lines = many(5).getvalue().splitlines(keepends=True)
    imported(world, io.BytesIO(b"".join(lines[: rows + 1])))
    assert before == all_of(world.store, License)


@pytest.mark.attack("LIC-15")
def test_column_that_the_export_left_empty_erases_nothing(world: World) -> None:
    """Its header is there and its cells are not: the address stays where set-up links are mailed to."""
    imported(world, many(5))
    before = all_of(world.store, License)
    emptied = csv_file(HEADER, *(f"{n},," for n in range(1_000_000, 1_000_005)))
    assert 5 == imported(world, emptied).unchanged
    assert before == all_of(world.store, License)


def test_staff_correction_stays(world: World) -> None:
    """What staff set right is not undone by the next file."""
    imported(world, csv_file(HEADER, "1012345,Smaple Builders,"))
    world.desk().correct_license("1012345", business_name="Sample Builders", reason="misspelled")
    report = imported(world, csv_file(HEADER, "1012345,Smaple Builders,"))
    assert 1 == report.unchanged
    assert {"us-ca-cslb:1012345": "Sample Builders"} == names(world)


def test_taken_off_and_still_in_the_file(world: World) -> None:
    """The file is the city's word: who still stands in it is on the roster again."""
    imported(world, csv_file(HEADER, "1012345,Sample Builders,"))
    world.desk().correct_license("1012345", on_roster=False, reason="moved away")
    world.tick(days=1)
    assert 1 == imported(world, csv_file(HEADER, "1012345,Sample Builders,")).changed
    assert [world.now()] == [record.on_roster_since for record in all_of(world.store, License)]


def test_dry_run_tells_the_same_and_writes_nothing(world: World) -> None:
    """Whoever tries it first sees what would come of it."""
    imported(world, csv_file(HEADER, "1,One,", "2,Two,"))
    later = (HEADER, "1,One,", "2,Zwei,", "3,Three,", "3,Three,", "4,Four,bad", "5,Five,", "5,Fünf,")
    before = everything(world.store)
    tried = imported(world, csv_file(*later), dry_run=True)
    assert before == everything(world.store)
    done = imported(world, csv_file(*later))
    assert attrs.evolve(done, dry_run=True) == tried


def test_report_says_how_the_file_was_read(world: World) -> None:
    """Encoding, delimiter, columns used and not used: whoever mapped wrongly sees it."""
    report = imported(
        world,
        csv_file("LIC_NO;Firm;Fax", "1;One;2", end="\r\n"),
        columns=RosterColumns(license="Lic. No.", business_name="firm"),
    )
    assert ("utf-8", ";") == (report.encoding, report.delimiter)
    assert {"license": "LIC_NO", "business_name": "Firm"} == dict(report.columns)
    assert ("Fax",) == report.ignored


def test_progress_is_told(world: World) -> None:
    """Both readings, up to the last byte; each report is of what was done by then."""
    world = World(store=small_commits())
    heard: list[RosterProgress] = []
    report = imported(world, many(12_000), progress=heard.append)
    assert ImportStage.CHECKING == heard[0].stage
    assert ImportStage.IMPORTING == heard[-1].stage
    assert heard[-1].bytes_total == heard[-1].bytes_done
    assert report == heard[-1].report
    assert heard == sorted(heard, key=lambda p: (p.stage != ImportStage.CHECKING, p.report.rows))


def test_writing_is_told_before_it_begins(world: World) -> None:
    """Whoever is interrupted and has heard of the check alone can be sure that nothing was written."""
    world = World(store=small_commits())
    heard: list[tuple[ImportStage, int]] = []
    imported(world, many(100), progress=lambda p: heard.append((p.stage, len(all_of(world.store, License)))))
    assert (ImportStage.IMPORTING, 0) == heard[0]


def test_reports_have_no_truth_value(world: World) -> None:
    """A refused file must not pass for an imported one."""
    with pytest.raises(TypeError, match="match"):
        bool(imported(world, many(1)))
    with pytest.raises(TypeError, match="match"):
        bool(refused(world, csv_file("")))


# -------------------------------------------------------------------------------- who is on the roster


PERMITS = (
    "license,division,last_permit_on",
    "1000001,Building and Safety,2014-09-02",
    "1000002,Building and Safety,2014-09-01",
    "1000003,Building and Safety,",
    "1000004,Planning,2020-01-01",
    "1000005,Building and Safety,some day",
)


def test_permits_after_a_day(world: World) -> None:
    """Contractors issued a permit after 1 September 2014 are in the city's records; no others are taken."""
    report = imported(world, csv_file(*PERMITS), permits_after=date(2014, 9, 1))
    assert (2, 2, 1) == (report.added, report.left_out, report.refused)
    assert [
        (3, "last_permit_on", RowReason.PERMIT_TOO_OLD),
        (4, "last_permit_on", RowReason.PERMIT_UNKNOWN),
        (6, "last_permit_on", Code.DATE),
    ] == reasons(report)


def test_permits_of_one_division_after_a_day(world: World) -> None:
    """By the Building and Safety Division, as the guide says."""
    report = imported(
        world, csv_file(*PERMITS), permits_after=date(2014, 9, 1), division="building and safety"
    )
    assert ["us-ca-cslb:1000001"] == list(names(world))
    assert (5, "division", RowReason.OTHER_DIVISION) in reasons(report)


def test_rows_left_out_contradict_nobody(world: World) -> None:
    """A row per permit: only the newest is after the day, so only it counts."""
    report = imported(
        world,
        csv_file("license,last_permit_on", "1,2010-01-01", "1,2020-01-01", "1,2012-01-01"),
        permits_after=date(2014, 9, 1),
    )
    assert (1, 2) == (report.added, report.left_out)


def test_file_without_the_column_is_refused(world: World) -> None:
    """Else every row would be left out."""
    refusal = refused(world, many(3), permits_after=date(2014, 9, 1))
    assert FileFault.COLUMN_MISSING == refusal.fault
    assert "no column named 'last_permit_on'. The file has 'license', 'business_name'" in words(refusal)


# --------------------------------------------------------------------------------------------- sources


def test_path_and_open_file_are_the_same(world: World, tmp_path: Path) -> None:
    """A file that is open already is read from where it stands, and left open."""
    path = tmp_path / "roster.csv"
    path.write_bytes(many(3).getvalue())
    report = imported(world, path)
    file = io.BytesIO(b"not this" + many(3).getvalue())
    file.seek(8)
    again = imported(world, file)
    assert report.file_hash == again.file_hash
    assert 3 == imported(world, str(path)).unchanged == again.unchanged
    assert not file.closed


class Pipe(io.RawIOBase):
    """A stream that goes forward only."""

    def __init__(self, raw: bytes) -> None:
        self._raw = io.BytesIO(raw)

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        return self._raw.read(min(size, 7))


def test_stream_that_goes_forward_only(world: World) -> None:
    """Standard input is put aside on disk first, for it is read twice."""
    assert 40 == imported(world, Pipe(many(40).getvalue())).added


def test_missing_file_is_an_os_error(world: World, tmp_path: Path) -> None:
    """It says which."""
    with pytest.raises(FileNotFoundError, match="nowhere"):
        import_roster(world.services, tmp_path / "nowhere.csv")


@pytest.mark.attack("API-09")
@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("ros\0ter.csv", "cannot be the path"),
        (Path("ros\0ter.csv"), "cannot be the path"),
        ("\ud800.csv", "cannot be the path"),
        (None, "not a NoneType"),
        (5, "not a int"),
        (b"roster.csv", "not a bytes"),
        (["roster.csv"], "not a list"),
    ],
)
def test_what_is_no_file_is_said_to_be_none(world: World, source: Any, words: str) -> None:
    """What a form or a configuration gave in the place of a path: the message says what belongs there."""
    with pytest.raises(ConfigurationError, match=words):
        import_roster(world.services, source)


@pytest.mark.attack("API-09")
@pytest.mark.parametrize("odd", [5, [], {}, b"us-ca-cslb"])
@pytest.mark.parametrize("name", ["authority", "division", "encoding"])
def test_what_is_no_text_is_no_setting_of_an_import(world: World, name: str, odd: object) -> None:
    """Each is named with what was given."""
    with pytest.raises(ConfigurationError, match=f"{name}="):
        import_roster(world.services, many(1), **{name: odd})  # type: ignore[arg-type]


def test_text_mode_is_a_mistake(world: World) -> None:
    """Also for a stream."""
    with pytest.raises(ConfigurationError, match="binary"):
        import_roster(world.services, io.StringIO("license\n"))  # type: ignore[arg-type]


def test_board_is_the_policys_or_said() -> None:
    """One board needs no naming; several or none do, and it must be one that is known."""
    several = attrs.evolve(CONTRACTOR, username=LicenseNumber(("us-ca-cslb", "us-az-roc")))
    for types in ((PUBLIC, several), (PUBLIC,)):
        world = World(city_policy(account_types=types))
        with pytest.raises(ConfigurationError, match="authority='us-ca-cslb'"):
            import_roster(world.services, many(1))
        assert 1 == imported(world, many(1), authority="us-ca-cslb").added
    with pytest.raises(ConfigurationError, match="nowhere"):
        import_roster(World().services, many(1), authority="nowhere")


def test_problems_are_bounded_and_all_told(world: World) -> None:
    """The report stays small; who listens hears all of it."""
    heard: list[object] = []
    report = imported(world, csv_file("license,email", *["1,bad"] * 1500), tell=heard.append)
    assert (1500, 1500, 1000) == (report.refused, len(heard), len(report.problems))
    assert isinstance(report, RosterReport)
