"""Files of an earlier portal: what is no file of users is refused whole, before anything is written."""

from __future__ import annotations

import contextlib
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from existing_users.portal import DECLARED, HEADER, csv_file, imported, old_hash, refused, row
from permit_accounts.existing_users import import_users, user_problem_file
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.files import FileFault, FileRefused, ImportStage
from permit_accounts.model.users import UserProblem, UserReason, UsersProgress
from permit_accounts.testing.world import World, city_policy
from permit_accounts.tools import user_survey
from permit_accounts.tools.csv_file import MAX_BYTES, Unreadable
from permit_accounts.tools.json_rows import JSONRows, is_json


@pytest.fixture
def world() -> World:
    return World(city_policy(imported_hashes=DECLARED))


def file(octets: bytes) -> io.BytesIO:
    return io.BytesIO(octets)


@pytest.mark.attack("CSV-05")
@pytest.mark.parametrize(
    ("octets", "fault", "line"),
    [
        (b"", FileFault.EMPTY, 0),
        (b"PK\x03\x04", FileFault.NOT_CSV, 0),
        (b"username,email\nann,a@b.example.org\n", FileFault.COLUMN_MISSING, 1),
        (b"username,username,password_hash\n", FileFault.COLUMN_TWICE, 1),
        (b'username,password_hash\nann,"open', FileFault.QUOTE, 2),
        (b"username,password_hash\nann,\x81\n", FileFault.ENCODING, 2),
        (b"[", FileFault.NOT_JSON, 0),
        (b"[]", FileFault.COLUMN_MISSING, 0),
        (b'[{"username": "ann"}]', FileFault.COLUMN_MISSING, 0),
        (b'[{"username": "ann"', FileFault.NOT_JSON, 1),
        (b'[{"username": "ann"} {"username": "bea"}]', FileFault.NOT_JSON, 1),
        (b'[{"username": "ann"}] more', FileFault.NOT_JSON, 1),
        (b'{"username": "ann"}\n]', FileFault.NOT_JSON, 1),
        (b'{"username": "ann"}\nann', FileFault.NOT_JSON, 2),
        (b'{"username": "' + b"a" * 200_000 + b'"}', FileFault.ROW_TOO_LONG, 1),
        (b"[" * 200_000, FileFault.ROW_TOO_LONG, 1),
        (b"[" * 50_000, FileFault.NOT_JSON, 1),
        (b'[{"username": "\xff"}]', FileFault.ENCODING, 1),
        (b"[" + b"1" * 5000, FileFault.NOT_JSON, 1),
    ],
)
def test_what_is_no_file_of_users_is_refused(
    world: World, octets: bytes, fault: FileFault, line: int
) -> None:
    """With the line, or the number of the object, and nothing was written."""
    assert (fault, line) == refused(world, file(octets))


@pytest.mark.attack("CSV-14")
def test_a_file_without_a_header_shows_nobodys_hash(world: World) -> None:
    """Nor the address: of CSV in the first line, of JSON in its keys."""
    for source in (
        file(f"{row('ann')}\n{row('bea')}\n".encode()),
        file(json.dumps([{old_hash("x"): "ann", "ann@mail.example.org": 1}]).encode()),
    ):
        refusal = import_users(world.services, source)
        assert isinstance(refusal, FileRefused)
        assert "2" == refusal.params["others"]
        assert "pbkdf2" not in repr(refusal)
        assert "mail.example.org" not in repr(refusal)


def test_a_file_without_rows_is_none_of_users(world: World) -> None:
    """A header alone is a file of nobody."""
    assert 0 == imported(world, csv_file()).rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252"])
def test_encodings_are_found_out(world: World, encoding: str) -> None:
    """As of a roster, and may be said."""
    rows = csv_file(f"{row('ann')},Añn", "", header=f"{HEADER},first_name", encoding=encoding)
    report = imported(world, rows)

    assert (1, 1) == (report.rows, report.added)
    if encoding == "windows-1252":
        rows.seek(0)
        assert (FileFault.ENCODING, 2) == refused(world, rows, encoding="utf-8")
        rows.seek(0)
        assert 1 == imported(world, rows, encoding="windows-1252").unchanged


@given(
    st.lists(
        st.dictionaries(st.text(max_size=5), st.text(max_size=9) | st.integers() | st.none(), max_size=3)
    )
)
def test_every_array_is_read_as_it_was_written(rows: list[dict[str, Any]]) -> None:
    """With any white space, and as lines too."""
    for text in (json.dumps(rows, indent=1), "\n".join(map(json.dumps, rows)), f"\ufeff{json.dumps(rows)}\n"):
        source = file(text.encode())
        assert rows == [value for _, value in JSONRows(source, start=0).rows()]


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(octets: bytes) -> None:
    """They are values, or they are refused."""
    with contextlib.suppress(Unreadable, UnicodeDecodeError):
        list(JSONRows(file(octets), start=0).rows())
    assert is_json(file(octets), start=0) in {True, False}


def test_a_long_array_is_read_in_pieces() -> None:
    """Blocks end anywhere, also within white space."""
    rows = [{"username": "a" * 40_000}] * 5
    text = json.dumps(rows).replace(", {", "," + " " * 70_000 + "{")

    assert rows == [value for _, value in JSONRows(file(text.encode()), start=0).rows()]


@pytest.mark.attack("CSV-07")
def test_columns_without_end_take_no_memory(world: World) -> None:
    """Each object may bring names of its own; of those that tell nothing the first are reported."""
    user = {"username": "ann", "password_hash": "", "email": "ann@mail.example.org"}
    lines = (json.dumps(user | {f"{n} {k}".ljust(60, "x"): None for k in range(100)}) for n in range(500))
    source = file("\n".join(lines).encode())

    tracemalloc.start()
    report = imported(world, source, dry_run=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (500, 40) == (report.rows, len(report.ignored))
    assert peak < 3_000_000


def test_a_file_that_changes_is_noticed(world: World) -> None:
    """Rows of another file may have been written by then, and the report says so."""
    for good, bad in (
        (csv_file(row("ann")), csv_file(row("bea"))),
        (csv_file(row("ann")), csv_file('"open')),
        (csv_file(row("ann")), file(b"username,password_hash,email\n\xff")),
        (file(json.dumps([{"username": "ann", "password_hash": old_hash("x")}]).encode()), file(b"[{}]")),
    ):

        def change(progress: UsersProgress, *, good: io.BytesIO = good, bad: io.BytesIO = bad) -> None:
            if progress.stage is ImportStage.IMPORTING and not progress.rows_done:
                good.seek(0)
                good.truncate()
                good.write(bad.getvalue())
                good.seek(0)

        refusal = import_users(world.services, good, progress=change)
        assert isinstance(refusal, FileRefused)
        assert FileFault.CHANGED is refusal.fault


@pytest.mark.attack("CSV-07")
def test_too_much_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """By size before a byte is read, by rows when there is one too many."""

    class Huge(io.BytesIO):
        def seek(self, offset: int, whence: int = 0, /) -> int:
            return MAX_BYTES + 1 if whence == io.SEEK_END else super().seek(offset, whence)

    assert (FileFault.TOO_LARGE, 0) == refused(world, Huge(b"x"))
    monkeypatch.setattr(user_survey, "MAX_ROWS", 2)
    assert (FileFault.TOO_MANY_ROWS, 4) == refused(world, csv_file(row("ann"), row("bea"), row("cleo")))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"columns": {"login": "LOGIN"}}, "no fact is called login; there are username, password_hash"),
        ({"columns": {"username": " "}}, "must name a column"),
        ({"columns": {"username": 3}}, "must name a column"),
        ({"encoding": "latin-1"}, "must be one of 'utf-8', 'windows-1252'"),
        ({"account_type": "staff"}, "no account type 'staff'"),
    ],
)
def test_senseless_arguments_are_told(world: World, how: dict[str, Any], words: str) -> None:
    """Before the file is read."""
    with pytest.raises(ConfigurationError, match=words):
        import_users(world.services, csv_file(), **how)


def test_only_our_own_hasher_takes_old_hashes(world: World) -> None:
    """One of the city's own does not know how."""
    services = attrs.evolve(world.services, hasher=object())
    with pytest.raises(ConfigurationError, match="the library's own hasher"):
        import_users(services, csv_file())


@pytest.mark.attack("CSV-02")
def test_problems_open_safely_in_a_spreadsheet(world: World) -> None:
    """Column names come from a file."""
    target = io.BytesIO()
    with user_problem_file(world.services, target) as tell:
        tell(UserProblem(2, "=cmd()", UserReason.NAME_TAKEN))

    lines = target.getvalue().decode("utf-8-sig").splitlines()
    assert '"line","column","reason","in_words"' == lines[0]
    assert lines[1].startswith('"2","\'=cmd()","name-taken","Somebody has')


def test_problems_go_to_a_path_too(world: World, tmp_path: Path) -> None:
    """As those of a roster do; what was there is replaced."""
    target = tmp_path / "problems.csv"
    target.write_text("of the last time")
    with user_problem_file(world.services, target) as tell:
        tell(UserProblem(2, "LOGIN", UserReason.NAME_TAKEN))

    header, row = target.read_text("utf-8-sig").splitlines()
    assert ('"line"', '"2","LOGIN","name-taken"') == (header[:6], row[:24])
