"""The California board's register, offline: its words read cautiously, its moment told."""

from __future__ import annotations

import gc
import os
import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random  # noqa: TID251 - the same damage in every run

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.model.codes import FactSource, LicenseStatus
from permit_accounts.model.errors import ConfigurationError, Unavailable
from permit_accounts.model.records import BusinessFacts, StatusFacts, WorkersCompFacts
from permit_accounts.ports import LicenseRegister, RegisterAnswer
from permit_accounts.registers import CslbRegister, index_cslb
from permit_accounts.registers.cslb import _answer
from permit_accounts.registers.cslb_rows import CslbRow, RowReader
from permit_accounts.testing.cslb_rows import MASTER_COLUMNS, master_rows, write_master_csv

AS_OF = datetime(2026, 8, 24, 9, 30, tzinfo=UTC)
TODAY = date(2026, 9, 1)
STANDING = {"LicenseNo": "1012345", "PrimaryStatus": "CLEAR", "ExpirationDate": "01/31/2027"}


def read(**cells: str) -> CslbRow:
    row = dict.fromkeys(MASTER_COLUMNS, "") | STANDING | cells
    found = RowReader(MASTER_COLUMNS).read(list(row.values()))
    assert not isinstance(found, str), found
    return found[1]


def status_of(**cells: str) -> LicenseStatus:
    return _answer(read(**cells), AS_OF, TODAY).status.status


def index(path: Path, numbers: range, *, as_of: datetime = AS_OF) -> None:
    rows = (dict.fromkeys(MASTER_COLUMNS, "") | STANDING | {"LicenseNo": str(number)} for number in numbers)
    write_master_csv(path.with_suffix(".csv"), rows)
    index_cslb(path.with_suffix(".csv"), path, as_of=as_of, least_share=0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "cslb.index"
    index(place, range(101, 201))
    return place


@pytest.fixture
def register(path: Path) -> CslbRegister:
    return CslbRegister(path, today=lambda: TODAY)


def test_an_answer_has_all_the_facts_in_their_normal_form(tmp_path: Path) -> None:
    """Blanks trimmed, days and classes read, the board's words kept, the file's moment on each group."""
    row = dict.fromkeys(MASTER_COLUMNS, "") | {
        "LicenseNo": "1012345",
        "BusinessName": "NUÑEZ MORGAN",
        "FullBusinessName": "MORGAN NUÑEZ",
        "BusinessType": "Sole Owner",
        "ExpirationDate": "01/31/2027",
        "PrimaryStatus": "CLEAR",
        "SecondaryStatus": "Renewal Recived| WC Susp Pending",
        "Classifications(s)": "B| C08| C10| D49",
        "WorkersCompCoverageType": "Workers' Compensation Insurance",
        "WCInsuranceCompany": "HARBOR & MAIN MUTUAL",
        "WCPolicyNumber": " WC0012",
        "WCExpirationDate": " 11/20/2026",
    }
    write_master_csv(tmp_path / "master.csv", [row])
    index_cslb(tmp_path / "master.csv", tmp_path / "i", as_of=AS_OF)
    register: LicenseRegister = CslbRegister(tmp_path / "i", today=lambda: TODAY)
    source = FactSource.REGISTER
    assert RegisterAnswer(
        business=BusinessFacts(name="MORGAN NUÑEZ", business_type="sole-owner", source=source, as_of=AS_OF),
        status=StatusFacts(
            status=LicenseStatus.ACTIVE,
            text="CLEAR; Renewal Recived| WC Susp Pending",
            classes=("B", "C-8", "C-10", "D-49"),
            expires_on=date(2027, 1, 31),
            source=source,
            as_of=AS_OF,
        ),
        workers_comp=WorkersCompFacts(
            coverage="Workers' Compensation Insurance",
            carrier="HARBOR & MAIN MUTUAL",
            policy_number="WC0012",
            expires_on=date(2026, 11, 20),
            source=source,
            as_of=AS_OF,
        ),
    ) == register.lookup("us-ca-cslb", "1012345")


@pytest.mark.parametrize(
    "number", ["100", "201", "9999999", "0", "", "10000101", "1O1", "١٠١", "101\n", "-1"]
)
def test_a_number_that_is_not_in_the_file_has_no_answer(register: CslbRegister, number: str) -> None:
    """Which does not mean that it is invalid: what is cancelled leaves the file."""
    assert register.lookup("us-ca-cslb", number) is None


def test_another_boards_number_has_no_answer(register: CslbRegister) -> None:
    """The digits alone name nobody."""
    assert register.lookup("us-ca-cslb", "101") is not None
    assert register.lookup("us-or-ccb", "101") is None


@pytest.mark.parametrize(
    "word",
    [
        *("Contr Bond Susp", "Work Comp Susp", "Liab Ins Susp", "Susp - No Qualifier", "SOS Suspension"),
        *("QUAL Bond SUSP", "BND Pay EN Susp", "J V Entity Susp", "Cit Entity Susp"),
    ],
)
def test_every_suspension_is_one(word: str) -> None:
    """Whatever the ground, and also where the license has expired meanwhile."""
    assert LicenseStatus.SUSPENDED == status_of(PrimaryStatus=word)
    assert LicenseStatus.SUSPENDED == status_of(PrimaryStatus=word, ExpirationDate="01/31/2020")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Revoked", LicenseStatus.REVOKED),
        ("CANCELLED", LicenseStatus.CANCELLED),
        ("Canceled", LicenseStatus.CANCELLED),
        ("expired", LicenseStatus.EXPIRED),
        ("INACTIVE", LicenseStatus.INACTIVE),
    ],
)
def test_the_words_that_the_public_knows_mean_themselves(word: str, status: LicenseStatus) -> None:
    """Should the file ever have them."""
    assert status == status_of(PrimaryStatus=word)


@pytest.mark.parametrize("word", ["", "ACTIVE", "CLEARED", "CLEAR?", "NOT CLEAR", "Pending", "Inact"])
def test_an_unknown_word_is_never_active(word: str) -> None:
    """Not even one that looks like good news; the word itself is kept."""
    answer = _answer(read(PrimaryStatus=word), AS_OF, TODAY)
    assert (LicenseStatus.UNKNOWN, word) == (answer.status.status, answer.status.text)


@given(st.text(max_size=30).filter(lambda word: word.strip().casefold() != "clear"))
def test_nothing_but_clear_is_active(word: str) -> None:
    """Whatever else the column says."""
    assert LicenseStatus.ACTIVE != status_of(PrimaryStatus=word.replace("\x1f", ""))


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        ({"ExpirationDate": "09/01/2026"}, LicenseStatus.ACTIVE),
        ({"ExpirationDate": "08/31/2026"}, LicenseStatus.EXPIRED),
        ({"ExpirationDate": ""}, LicenseStatus.UNKNOWN),
        ({"ExpirationDate": "02/30/2027"}, LicenseStatus.UNKNOWN),
        ({"ExpirationDate": "2027-01-31"}, LicenseStatus.UNKNOWN),
        ({"InactivationDate": "01/10/2015"}, LicenseStatus.INACTIVE),
        ({"InactivationDate": "01/10/2015", "ReactivationDate": "04/17/2025"}, LicenseStatus.ACTIVE),
        ({"InactivationDate": "01/10/2015", "ReactivationDate": "01/10/2015"}, LicenseStatus.INACTIVE),
        ({"InactivationDate": "04/17/2025", "ReactivationDate": "01/10/2015"}, LicenseStatus.INACTIVE),
        ({"InactivationDate": "soon"}, LicenseStatus.UNKNOWN),
        ({"InactivationDate": "01/10/2015", "ReactivationDate": "99/99/9999"}, LicenseStatus.UNKNOWN),
        ({"InactivationDate": "01/10/2015", "ExpirationDate": "08/31/2026"}, LicenseStatus.EXPIRED),
    ],
)
def test_clear_is_active_only_with_the_right_days(cells: dict[str, str], status: LicenseStatus) -> None:
    """CLEAR says nothing of expiration and inactivation; a license is good through its last day."""
    assert status == status_of(**cells)


def test_a_license_expires_while_the_file_lies_there(path: Path) -> None:
    """The standing is that of the day asked, by an old file too; its moment is told beside it."""
    days = iter([date(2027, 1, 31), date(2027, 2, 1)])
    register = CslbRegister(path, today=lambda: next(days))
    answers = [register.lookup("us-ca-cslb", "101"), register.lookup("us-ca-cslb", "101")]
    found = [(answer.status.status, answer.status.as_of) for answer in answers if answer]
    assert [(LicenseStatus.ACTIVE, AS_OF), (LicenseStatus.EXPIRED, AS_OF)] == found


@pytest.mark.parametrize(
    ("cells", "ends"),
    [
        ({"WCExpirationDate": " 11/20/2026"}, date(2026, 11, 20)),
        ({"WCExpirationDate": " 11/20/2026", "WCCancellationDate": " 09/01/2026"}, date(2026, 9, 1)),
        ({"WCExpirationDate": " 11/20/2026", "WCCancellationDate": " 12/01/2026"}, date(2026, 11, 20)),
        ({}, None),
    ],
)
def test_a_policy_ends_when_it_expires_or_is_cancelled(cells: dict[str, str], ends: date | None) -> None:
    """Whichever comes first."""
    answer = _answer(read(WorkersCompCoverageType="Exempt", **cells), AS_OF, TODAY)
    assert answer.workers_comp is not None
    assert ends == answer.workers_comp.expires_on


@pytest.mark.parametrize("cells", [{"WCExpirationDate": "not a day"}, {"WCCancellationDate": "13/45/2026"}])
def test_of_insurance_whose_end_cannot_be_read_nothing_is_said(cells: dict[str, str]) -> None:
    """A cancellation that cannot be read may be long past: it is never taken for none."""
    row = read(WorkersCompCoverageType="Insurance", **({"WCExpirationDate": "01/31/2030"} | cells))
    assert _answer(row, AS_OF, TODAY).workers_comp is None


def test_what_the_file_does_not_say_is_not_made_up() -> None:
    """No name, no business; no coverage, no workers' compensation; an unknown kind in its own words."""
    silent = _answer(read(), AS_OF, TODAY)
    assert (None, None) == (silent.business, silent.workers_comp)
    odd = _answer(read(BusinessName="FENWRIGHT", BusinessType="Tribal"), AS_OF, TODAY).business
    assert odd is not None
    assert "Tribal" == odd.business_type


@pytest.mark.parametrize(
    ("cell", "classes"),
    [
        ("", ()),
        ("C10", ("C-10",)),
        ("A| B| C10| C36", ("A", "B", "C-10", "C-36")),
        ("B-2| c-08 | C-61/D28|B| B", ("B-2", "C-8", "D-28", "B")),
        ("ASB| X?9| |", ("ASB", "X?9")),
    ],
)
def test_classes_have_one_spelling(cell: str, classes: tuple[str, ...]) -> None:
    """And one that nobody knows is kept as it is."""
    answer = _answer(read(**{"Classifications(s)": cell}), AS_OF, TODAY)
    assert classes == answer.status.classes


def test_control_characters_in_a_cell_cannot_move_the_others() -> None:
    """The index parts cells by one of them."""
    row = read(BusinessName="FEN\x1fWRIGHT", WCPolicyNumber="\x00A\x1f", **{"Classifications(s)": "B\x1fC"})
    assert row == CslbRow.unpacked(row.packed())
    assert "FEN WRIGHT" == row.name


def test_there_must_be_an_index(tmp_path: Path) -> None:
    """A register that could not answer is told when it is put together."""
    with pytest.raises(ConfigurationError, match="index_cslb"):
        CslbRegister(tmp_path / "missing", today=lambda: TODAY)
    (tmp_path / "page").write_text("<html>")
    with pytest.raises(ConfigurationError, match="not a database"):
        CslbRegister(tmp_path / "page", today=lambda: TODAY)
    with closing(sqlite3.connect(tmp_path / "other")) as other, other:
        other.execute("CREATE TABLE license (number INTEGER PRIMARY KEY, facts TEXT)")
    with pytest.raises(ConfigurationError, match="not an index"):
        CslbRegister(tmp_path / "other", today=lambda: TODAY)


def test_an_index_that_goes_away_is_out_of_reach_and_one_that_comes_back_is_seen(
    path: Path, register: CslbRegister
) -> None:
    """Registration proceeds without it."""
    away = path.with_name("away")
    path.rename(away)
    with pytest.raises(Unavailable):
        register.lookup("us-ca-cslb", "101")
    away.rename(path)
    assert register.lookup("us-ca-cslb", "101") is not None


def test_a_damaged_index_is_out_of_reach(path: Path, register: CslbRegister) -> None:
    """Damage is the world's fault and never an answer."""
    size = path.stat().st_size
    damaged = path.with_name("damaged")
    damaged.write_bytes(path.read_bytes()[:4096] + b"\xff" * (size - 4096))
    damaged.replace(path)
    with pytest.raises(Unavailable, match="index"):
        register.lookup("us-ca-cslb", "101")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE license SET facts = 'half a row'",
        "UPDATE license SET facts = replace(facts, '2027-01-31', '2027-01-3x')",
        "UPDATE license SET facts = x'ff00ff'",
        "UPDATE license SET facts = CAST(x'ff00ff' AS TEXT)",
    ],
)
def test_a_row_of_another_shape_is_out_of_reach(path: Path, change: str) -> None:
    """Whoever wrote it."""
    with closing(sqlite3.connect(path)) as index_file, index_file:
        index_file.execute(change)
    with pytest.raises(Unavailable):
        CslbRegister(path, today=lambda: TODAY).lookup("us-ca-cslb", "101")


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM snapshot",
        "UPDATE snapshot SET as_of = 'yesterday'",
        "UPDATE snapshot SET as_of = x'00'",
    ],
)
def test_an_index_without_its_moment_is_no_index(path: Path, change: str) -> None:
    """It is told when the register is made, and out of reach afterwards."""
    register = CslbRegister(path, today=lambda: TODAY)
    with closing(sqlite3.connect(path)) as index_file, index_file:
        index_file.execute(change)
    os.utime(path, (0, 0))
    with pytest.raises(Unavailable):
        register.lookup("us-ca-cslb", "101")
    with pytest.raises(ConfigurationError, match="index_cslb"):
        CslbRegister(path, today=lambda: TODAY)


def test_flipped_bytes_are_out_of_reach_or_an_answer_and_never_another_fault(tmp_path: Path) -> None:
    """200 indexes with 1 to 50 bytes changed, some cut off; always the same ones."""
    whole = tmp_path / "whole"
    index(whole, range(101, 141))
    chance = Random(20261126)
    unreadable = 0
    for trial in range(200):
        damaged = bytearray(whole.read_bytes())
        for _ in range(chance.choice((1, 5, 50))):
            damaged[chance.randrange(100, len(damaged))] = chance.randrange(256)
        path = tmp_path / str(trial)
        path.write_bytes(damaged[: None if trial % 5 else chance.randrange(100, len(damaged))])
        try:
            register = CslbRegister(path, today=lambda: TODAY)
            for number in range(101, 141):
                assert isinstance(register.lookup("us-ca-cslb", str(number)), RegisterAnswer | None)
        except (ConfigurationError, Unavailable):
            unreadable += 1
    assert 20 < unreadable < 200


def test_a_new_index_is_seen_at_the_next_lookup(path: Path, register: CslbRegister) -> None:
    """Without a restart."""
    assert register.lookup("us-ca-cslb", "300") is None
    later = datetime(2026, 8, 25, tzinfo=UTC)
    index(path, range(250, 350), as_of=later)
    answer = register.lookup("us-ca-cslb", "300")
    assert answer is not None
    assert later == answer.status.as_of == register.as_of
    assert register.lookup("us-ca-cslb", "101") is None


def test_readers_have_the_old_index_or_the_new_one(path: Path, register: CslbRegister) -> None:
    """Four threads look up while the index is replaced twelve times: each answer is whole."""
    first, second = path.with_name("first"), path.with_name("second")
    moments = {101: AS_OF, 301: datetime(2026, 8, 25, tzinfo=UTC)}
    index(first, range(101, 201), as_of=moments[101])
    index(second, range(301, 401), as_of=moments[301])
    done = threading.Event()
    wrong: list[object] = []

    def look() -> None:
        while not done.is_set():
            for number, moment in moments.items():
                try:
                    answer = register.lookup("us-ca-cslb", str(number))
                except Exception as error:
                    wrong.append(error)
                    return
                if answer is not None and answer.status.as_of != moment:
                    wrong.append(answer)

    threads = [threading.Thread(target=look, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(12):
        fresh = path.with_name("fresh")
        shutil.copyfile((second, first)[turn % 2], fresh)
        fresh.replace(path)
        assert register.lookup("us-ca-cslb", ("301", "101")[turn % 2]) is not None
    done.set()
    for thread in threads:
        thread.join(10)
    assert [] == wrong


def test_a_thread_that_ends_lets_go_of_its_index(register: CslbRegister) -> None:
    """Nothing is left open behind it."""
    open_before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(5):
        thread = threading.Thread(target=register.lookup, args=("us-ca-cslb", "101"))
        thread.start()
        thread.join(10)
    gc.collect()
    open_after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert open_after <= open_before  # what others left may be closed meanwhile


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_opens_the_index_for_itself(register: CslbRegister) -> None:
    """A connection must not be shared by two processes."""
    assert register.lookup("us-ca-cslb", "101") is not None
    child = os.fork()
    if child == 0:
        answer = register.lookup("us-ca-cslb", "102")
        os._exit(0 if answer is not None else 1)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert register.lookup("us-ca-cslb", "103") is not None


def test_every_invented_row_is_answered(tmp_path: Path) -> None:
    """The whole way from file to answer, with all the habits of the file."""
    rows = list(master_rows(400, seed=7))
    write_master_csv(tmp_path / "master.csv", rows)
    index_cslb(tmp_path / "master.csv", tmp_path / "i", as_of=AS_OF)
    register = CslbRegister(tmp_path / "i", today=lambda: TODAY)
    for row in rows:
        answer = register.lookup("us-ca-cslb", row["LicenseNo"])
        assert answer is not None
        assert answer.business is not None
        assert (row["FullBusinessName"] or row["BusinessName"]) == answer.business.name
        assert answer.status.text.startswith(row["PrimaryStatus"])
        assert len(row["Classifications(s)"].split("|")) >= len(answer.status.classes) > 0
        assert answer.workers_comp is not None
