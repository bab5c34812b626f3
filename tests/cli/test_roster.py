"""The roster in and out at a terminal: mapping, reasons row by row, interruption, and where files may be."""

from __future__ import annotations

import csv
import io
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.terminal import Terminal
from permit_accounts.model.codes import EventName
from permit_accounts.model.errors import OutcomeUnknown, Unavailable
from permit_accounts.model.roster import RosterProgress
from permit_accounts.roster import import_roster
from permit_accounts.tools import lookups
from roster.town import everything

_PROGRAM = "import sys; from permit_accounts.cli import main; sys.exit(main())"
_HEADER = "LIC_NO,FIRM,MAIL,LAST_PERMIT,UNIT,REMARK"
_ROWS = (
    "1012345,Lantern Builders,,2014-09-02,Building and Safety,a",
    "1023456,Heron Roofing,office@heron.example.org,2014-09-01,Building and Safety,b",
    "1034567,Corner Signs,,2020-01-01,Planning,c",
    "l045678,Third Glass,,2020-01-01,Building and Safety,d",
    "1056789,No Permit,,,Building and Safety,e",
)
_MAP = ("license=LIC_NO", "business_name=FIRM", "email=MAIL", "last_permit_on=LAST_PERMIT", "division=UNIT")
_MAPPED = tuple(word for pair in _MAP for word in ("--map", pair))
_WANTED = ("--permits-after", "2014-09-01", "--division", "Building and Safety")


def _file(terminal: Terminal) -> str:
    return str(terminal.roster(*_ROWS, header=_HEADER))


def _licenses(terminal: Terminal) -> list[str]:
    return [record.id for record in lookups.all_licenses(terminal.portal().services)]


def test_rows_on_one_side_of_the_date_are_taken(terminal: Terminal) -> None:
    """After the day, not on it; of one division; what was left out is counted by reason."""
    ended = terminal.run("roster", "import", _file(terminal), *_MAPPED, *_WANTED, "--create")
    assert 0 == ended.code
    assert ["us-ca-cslb:1012345"] == _licenses(terminal)
    assert "3 (other-division: 1, permit-too-old: 1, permit-unknown: 1)" in ended.out
    assert "columns not used      REMARK" in ended.out
    assert [
        "line 5, column 'LIC_NO': The license number contains L, which looks like 1. "
        "Check it on the license and type it again.",
        "1 row was refused and changed nothing. Mend what is wrong and import the file again.",
        "--problems FILE writes every row that was refused or left out, and why, to a new CSV file.",
    ] == ended.err.splitlines()


def test_a_row_is_told_by_line_column_license_and_words(terminal: Terminal) -> None:
    """Also where a column is called like the code of what is wrong with it."""
    file = terminal.roster("1012345,nobody", "1012346,a@x.example.org", header="license,email")
    ended = terminal.run("roster", "import", str(file), "--create")
    assert (
        "line 2, column 'email' (us-ca-cslb:1012345): Enter one e-mail address, such as name@example.com."
        in ended.err.splitlines()
    )
    (problem,) = terminal.run("roster", "import", str(file), "--json").document["report"]["problems"]
    assert ("email", "us-ca-cslb:1012345", {}) == (problem["reason"], problem["license"], problem["params"])
    assert "Enter one e-mail address, such as name@example.com." == problem["text"]


def test_rows_that_were_not_wanted_hide_no_others(terminal: Terminal) -> None:
    """They are counted; whoever looks for what to mend finds it."""
    rows = [f"{number},Firm,,2001-01-01,,"[:-1] for number in range(1_000_000, 1_000_100)]
    file = terminal.roster(*rows, "1O12345,Firm,,2020-01-01,", header=_HEADER.removesuffix(",REMARK"))
    ended = terminal.run("roster", "import", str(file), *_MAPPED, *_WANTED[:2], "--create")
    assert "100 (permit-too-old: 100)" in ended.out
    assert ended.err.startswith("line 102, column 'LIC_NO'")


def test_a_file_of_which_no_row_is_wanted_is_told(terminal: Terminal) -> None:
    """A division that is misspelled would else look like a city without contractors."""
    ended = terminal.run(
        "roster", "import", _file(terminal), *_MAPPED, "--division", "Bulding and Safety", "--create"
    )
    assert (0, True) == (ended.code, "No row was taken. Look at --permits-after, --division" in ended.err)


@pytest.mark.parametrize("create", [(), ("--create",)])
def test_a_dry_run_needs_and_makes_no_database(terminal: Terminal, create: tuple[str, ...]) -> None:
    """Whoever tries it first has none; it tells the same."""
    file = _file(terminal)
    before = set(terminal.folder.iterdir())
    ended = terminal.run("roster", "import", file, *_MAPPED, *_WANTED, *create, "--dry-run", "--json")
    report = ended.document["report"]
    assert (5, 1, 3, 1, True) == tuple(
        report[name] for name in ("rows", "added", "left_out", "refused", "dry_run")
    )
    assert f"There is no database {terminal.database} yet" in ended.err
    assert before == set(terminal.folder.iterdir())


def test_a_dry_run_needs_neither_address_nor_keys(terminal: Terminal) -> None:
    """Whoever tries an export of the old system has no city yet; one that is there is compared with."""
    file = _file(terminal)
    terminal.without(*terminal.variables)
    ended = terminal.run("roster", "import", file, *_MAPPED, *_WANTED, "--dry-run", "--json")
    assert (0, 1) == (ended.code, ended.document["report"]["added"])
    assert "No database is named; an empty one stands in for it." in ended.err

    address = ("--database", terminal.variables["PERMIT_ACCOUNTS_DATABASE"])
    terminal.set("PERMIT_ACCOUNTS_KEYS", terminal.keys.to_text())
    assert 0 == terminal.run("roster", "import", file, *_MAPPED, *address, "--create").code
    terminal.without("PERMIT_ACCOUNTS_KEYS")
    report = terminal.run("roster", "import", file, *_MAPPED, *address, "--dry-run", "--json").document[
        "report"
    ]
    assert (0, 4) == (report["added"], report["unchanged"])


def test_a_dry_run_leaves_an_empty_file_empty(terminal: Terminal) -> None:
    """Also one that may be filled."""
    terminal.database.touch(0o600)
    ended = terminal.run("roster", "import", _file(terminal), *_MAPPED, "--create", "--dry-run")
    assert (0, 0) == (ended.code, terminal.database.stat().st_size)


def test_a_dry_run_leaves_a_database_as_it_is(terminal: Terminal) -> None:
    """And compares the file with what is in it."""
    earlier = terminal.roster("1023456,Heron,,,,", header=_HEADER)
    terminal.run("roster", "import", str(earlier), *_MAPPED, "--create")
    before = everything(terminal.portal().services.store)
    ended = terminal.run("roster", "import", _file(terminal), *_MAPPED, "--create", "--dry-run", "--json")
    report = ended.document["report"]
    assert (3, 1) == (report["added"], report["changed"])
    assert "This was a dry run: nothing was written." in ended.err
    assert before == everything(terminal.portal().services.store)


def test_a_dry_run_on_no_database_of_ours_is_a_mistake(terminal: Terminal) -> None:
    """As without it."""
    terminal.set("PERMIT_ACCOUNTS_DATABASE", "oracle:permits")
    assert 3 == terminal.run("roster", "import", _file(terminal), *_MAPPED, "--dry-run").code


def test_a_mapping_may_be_a_file(terminal: Terminal) -> None:
    """`--map` wins over it."""
    mapping = terminal.folder / "columns.toml"
    mapping.write_text('license = "LIC_NO"\nbusiness_name = "NOBODYS"\n')
    ended = terminal.run(
        *(
            "roster",
            "import",
            _file(terminal),
            "--mapping",
            str(mapping),
            "--map",
            "business_name=FIRM",
            "--create",
        )
    )
    assert 0 == ended.code
    assert "LIC_NO (license), FIRM (business_name)" in ended.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--map", "LIC_NO"), 2, "NAME=COLUMN"),
        (("--map", "licence=LIC_NO"), 2, "no fact is called licence"),
        (("--permits-after", "yesterday"), 2, "'yesterday' is no day: write year-month-day"),
        (("--map", "license="), 2, "NAME=COLUMN"),
        (("--authority", "us-xx"), 3, "us-xx"),
        (("--map", "license=LIC_NO", "--map", "division=UNIT", "--division", ""), 3, "must name a division"),
        ((), 1, "--map says what a column is called in the file"),
        (("--map", "license=NUMBER"), 1, "There is no column named 'NUMBER'"),
        (("--map", "license=LIC_NO", "--division", "x", "--map", "division=WHERE"), 1, "'WHERE'"),
    ],
)
def test_a_mistake_is_said(arguments: tuple[str, ...], code: int, words: str, terminal: Terminal) -> None:
    """A whole file that is refused is exit code 1, and nothing was written."""
    ended = terminal.run("roster", "import", _file(terminal), *arguments, "--create")
    assert (code, "") == (ended.code, ended.out)
    assert words in ended.err
    assert [] == _licenses(terminal)


def test_a_mapping_that_names_no_column_is_said(terminal: Terminal) -> None:
    """As it stands in the file, and not in the words of the library."""
    mapping = terminal.folder / "columns.toml"
    mapping.write_text("license = 3")
    ended = terminal.run("roster", "import", _file(terminal), "--mapping", str(mapping))
    assert (3, True) == (ended.code, "license = 3: a column's name is wanted" in ended.err)


def test_a_mapping_that_is_no_toml_is_said(terminal: Terminal) -> None:
    """The file is named."""
    mapping = terminal.folder / "columns.toml"
    mapping.write_text("license: LIC_NO")
    assert 3 == terminal.run("roster", "import", _file(terminal), "--mapping", str(mapping)).code


def test_a_refused_file_is_a_document(terminal: Terminal) -> None:
    """With the fault as a word."""
    ended = terminal.run("roster", "import", _file(terminal), "--create", "--json")
    assert (1, "column-missing") == (ended.code, ended.document["refused"]["fault"])


def test_a_file_that_is_not_there_is_a_usage_error(terminal: Terminal) -> None:
    """Before anything is opened."""
    assert 2 == terminal.run("roster", "import", str(terminal.folder / "no.csv")).code


def test_who_imported_is_on_record(terminal: Terminal) -> None:
    """By option or variable."""
    terminal.run("roster", "import", _file(terminal), *_MAPPED, "--create", "--actor", "cleo")
    newest = lookups.newest_event(terminal.portal().services)
    assert newest is not None
    assert (EventName.ROSTER_IMPORTED, "cleo") == (newest.name, newest.actor_id)


def test_problems_go_to_a_file(terminal: Terminal) -> None:
    """Every row that was not taken, with its line, column and reason; for its owner's eyes only."""
    problems = terminal.folder / "problems.csv"
    terminal.run(
        "roster", "import", _file(terminal), *_MAPPED, *_WANTED, "--create", "--problems", str(problems)
    )
    rows = list(csv.DictReader(io.StringIO(problems.read_text(encoding="utf-8-sig"))))
    assert [
        ("3", "permit-too-old"),
        ("4", "other-division"),
        ("5", "license-lookalike"),
        ("6", "permit-unknown"),
    ] == [(row["line"], row["reason"]) for row in rows]
    assert 0o600 == stat.S_IMODE(problems.stat().st_mode)


def test_many_problems_are_cut_at_a_terminal(terminal: Terminal) -> None:
    """A terminal is told of the first ones that are alike, and how many there are; the file has all."""
    rows = [f"l{number:06},Firm,,,x,y" for number in range(50)]
    ended = terminal.run(
        "roster", "import", str(terminal.roster(*rows, header=_HEADER)), *_MAPPED, "--create"
    )
    assert "  refused             50 (LIC_NO license-lookalike: 50)\n" in ended.out
    assert (0, True) == (ended.code, "and 45 more" in ended.err)


@pytest.mark.attack("CSV-12")
def test_days_that_come_first_are_told_once(terminal: Terminal) -> None:
    """With their column, the cause and what mends it; the dates are quoted, for a date is no secret."""
    rows = [f"{1000000 + day},Firm,,{day:02}/05/2019,x,y" for day in range(1, 29)]
    ended = terminal.run(
        "roster", "import", str(terminal.roster(*rows, header=_HEADER)), *_MAPPED, "--create"
    )
    lines = ended.err.splitlines()
    assert "27 (LAST_PERMIT date: 16, LAST_PERMIT date-in-doubt: 11)" in ended.out
    assert 10 == sum(line.startswith("line ") for line in lines)
    assert lines[0].endswith("such as 2027-04-30. It says '01/05/2019'.")
    assert 1 == ended.err.count(
        "Column 'LAST_PERMIT' has dates with the day first, such as '13/05/2019' in line 14. If the old "
        "system writes them so, let it export year-month-day"
    )


def test_a_file_without_rows_is_said(terminal: Terminal) -> None:
    """An export that came to nothing would look like one that went well."""
    ended = terminal.run("roster", "import", str(terminal.roster(header=_HEADER)), *_MAPPED, "--create")
    assert (0, True) == (ended.code, "The file has no rows below its header" in ended.err)


@pytest.mark.attack("CSV-11")
def test_no_file_is_written_over(terminal: Terminal) -> None:
    """Neither the roster itself, nor a file that is there, nor one that a symbolic link points to."""
    file = _file(terminal)
    before = Path(file).read_bytes()
    same = terminal.run("roster", "import", file, *_MAPPED, "--create", "--problems", file)
    assert (2, before) == (same.code, Path(file).read_bytes())

    precious = terminal.folder / "precious.txt"
    precious.write_text("kept")
    link = terminal.folder / "link.csv"
    link.symlink_to(precious)
    for target in (precious, link):
        assert (
            2 == terminal.run("roster", "import", file, *_MAPPED, "--create", "--problems", str(target)).code
        )
        assert 2 == terminal.run("roster", "export", str(target)).code
    assert 2 == terminal.run("roster", "export", str(link), "--overwrite").code
    assert "kept" == precious.read_text()


def test_a_place_for_problems_is_looked_for_first(terminal: Terminal) -> None:
    """Nobody waits for an import to be told that its findings can be written nowhere."""
    taken = terminal.folder / "problems.csv"
    taken.touch()
    ended = terminal.run("roster", "import", _file(terminal), *_MAPPED, "--create", "--problems", str(taken))
    assert (2, "", []) == (ended.code, ended.out, _licenses(terminal))


def test_a_refused_file_leaves_no_file_of_problems(terminal: Terminal) -> None:
    """So that the same command can be run once it is mended."""
    problems = terminal.folder / "problems.csv"
    ended = terminal.run("roster", "import", _file(terminal), "--create", "--problems", str(problems))
    assert (1, False) == (ended.code, problems.exists())


def test_a_file_that_changes_meanwhile_may_be_half_written(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nobody is told that nothing was."""
    rows = [f"{number},Firm {number},,,," for number in range(100_000, 101_000)]
    file = terminal.roster(*rows, header=_HEADER)

    def shorten(progress: RosterProgress) -> None:
        if progress.report.added:
            file.write_text(f"{_HEADER}\n")

    _hear(monkeypatch, shorten)
    ended = terminal.run("roster", "import", str(file), *_MAPPED, "--create")
    assert 1 == ended.code
    assert ended.err.startswith("The file was refused: The file changed while it was read")
    assert 0 < len(_licenses(terminal))


@pytest.mark.attack("CSV-11", "CSV-02")
def test_names_in_a_file_are_text(terminal: Terminal) -> None:
    """A path, a device's name or a formula in a row opens, makes and runs nothing."""
    names = ("../../escaped", "CON", "/etc/passwd", "<script>alert(1)</script>", "=cmd|'/c calc'!A0")
    rows = [f'{1012345 + number},"{name}",,,,' for number, name in enumerate(names)]
    before = set(terminal.folder.parent.iterdir())
    ended = terminal.run(
        "roster", "import", str(terminal.roster(*rows, header=_HEADER)), *_MAPPED, "--create"
    )
    assert 0 == ended.code
    assert before == set(terminal.folder.parent.iterdir())
    exported = terminal.run("roster", "export", "-").out
    assert "=cmd" not in exported.replace("'=cmd", "")


@pytest.mark.attack("CSV-11")
def test_a_column_with_control_characters_cannot_rewrite_the_terminal(terminal: Terminal) -> None:
    """What a file calls its columns is repeated to whoever imports it, without control characters."""
    file = terminal.roster("1012345,x,y", header="license,\x1b[2J\x1b]0;owned\x07,business_name")
    ended = terminal.run("roster", "import", str(file), "--create")
    assert "\x1b" not in ended.out + ended.err


def test_an_export_can_be_imported(terminal: Terminal) -> None:
    """It changes nothing, so that a roster can be taken elsewhere."""
    terminal.run("roster", "import", _file(terminal), *_MAPPED, "--create")
    target = terminal.folder / "export.csv"
    ended = terminal.run("roster", "export", str(target))
    assert (0, f"4 licenses in {target}\n") == (ended.code, ended.out)
    assert 0o600 == stat.S_IMODE(target.stat().st_mode)
    report = terminal.run("roster", "import", str(target), "--json").document["report"]
    assert (4, 0) == (report["unchanged"], report["added"] + report["changed"])
    again = terminal.run("roster", "export", str(target))
    assert (2, True) == (again.code, "replace it with --overwrite" in again.err)
    document = terminal.run("roster", "export", str(target), "--overwrite", "--json").document
    assert {"licenses": 4, "file": str(target)} == document


def test_a_file_that_is_replaced_becomes_its_owners_alone(terminal: Terminal) -> None:
    """Whatever its mode was before; nothing else is left beside it."""
    terminal.portal()
    target = terminal.folder / "exports" / "export.csv"
    target.parent.mkdir()
    target.write_text("old")
    target.chmod(0o644)
    assert 0 == terminal.run("roster", "export", str(target), "--overwrite").code
    assert 0o600 == stat.S_IMODE(target.stat().st_mode)
    assert [target] == list(target.parent.iterdir())


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "-journal"])
def test_the_database_is_never_written_over(terminal: Terminal, ending: str) -> None:
    """Neither it nor what SQLite keeps beside it, by whatever name, by whatever command."""
    terminal.run("roster", "import", _file(terminal), *_MAPPED, "--create")
    hard = terminal.folder / "other-name"
    hard.hardlink_to(terminal.database)
    around = terminal.folder / "around"
    around.symlink_to(terminal.folder)
    before = _licenses(terminal)
    kept = f"{terminal.database.name}{ending}"
    for name in (str(terminal.folder / kept), str(around / kept), str(hard)):
        ended = terminal.run("roster", "export", name, "--overwrite")
        assert (2, "") == (ended.code, ended.out)
        assert "belongs to the city's database" in ended.err
        assert 2 == terminal.run("roster", "import", _file(terminal), *_MAPPED, "--problems", name).code
    assert before == _licenses(terminal)
    assert before


def test_an_export_that_breaks_off_leaves_no_half_file(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would pass for a whole roster. A file that was to be replaced is the user's own, and stays."""
    terminal.portal()

    def broken(*arguments: object) -> int:
        raise Unavailable("the disk is gone")

    monkeypatch.setattr("permit_accounts.cli.exporting.export_roster", broken)
    target = terminal.folder / "export.csv"
    ended = terminal.run("roster", "export", str(target))
    assert (4, False) == (ended.code, target.exists())
    target.write_text("mine")
    before = set(terminal.folder.iterdir())
    ended = terminal.run("roster", "export", str(target), "--overwrite")
    assert (4, "mine") == (ended.code, target.read_text())
    assert before == set(terminal.folder.iterdir())


def test_an_export_goes_to_a_pipe(terminal: Terminal) -> None:
    """The bytes of the file on the standard output, the count beside it."""
    terminal.run("roster", "import", _file(terminal), *_MAPPED, "--create")
    run = subprocess.run(
        [sys.executable, "-c", _PROGRAM, "roster", "export", "-"],
        env=terminal.environment,
        capture_output=True,
        check=True,
    )
    assert run.stdout.startswith(b"\xef\xbb\xbf")
    assert b"4 licenses\n" == run.stderr


def test_a_folder_that_is_not_there_is_named(terminal: Terminal) -> None:
    """Nothing makes folders; the sentence is the same as for a database."""
    terminal.portal()
    file = str(terminal.folder / "no" / "file.csv")
    for arguments in (
        ("roster", "export", file),
        ("roster", "export", file, "--overwrite"),
        ("roster", "import", _file(terminal), *_MAPPED, "--problems", file),
    ):
        ended = terminal.run(*arguments)
        assert (3, "") == (ended.code, ended.out)
        assert f"the folder {terminal.folder / 'no'} does not exist: make it, or mend the path" in ended.err


@pytest.mark.attack("CSV-08")
def test_an_interrupted_import_goes_on(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle: what was written is told and stays; the same command finishes the rest."""
    file = _thousands(terminal)
    problems = terminal.folder / "problems.csv"
    command = ("roster", "import", file, *_MAPPED, "--create", "--problems", str(problems), "--json")
    _hear(monkeypatch, _raising(KeyboardInterrupt()))
    ended = terminal.run(*command)
    assert (130, True) == (ended.code, ended.document["interrupted"])
    written = len(_licenses(terminal))
    told = ended.document["report"]["added"]
    assert 0 < told <= written < 3000
    assert f"At least {told} licenses were written and stay. Run the same command again" in ended.err

    _hear(monkeypatch, lambda progress: None)
    report = terminal.run(*command).document["report"]
    assert (3000 - written, written) == (report["added"], report["unchanged"])
    assert 1 == len(problems.read_text().splitlines())


@pytest.mark.attack("CSV-08")
@pytest.mark.parametrize("fault", [Unavailable, OutcomeUnknown])
def test_a_store_that_goes_out_of_reach_in_the_middle(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, fault: type[Unavailable]
) -> None:
    """The same is said as after Ctrl-C, with the fault; a commit in doubt is simply made again."""
    _hear(monkeypatch, _raising(fault("the disk is gone")))
    ended = terminal.run("roster", "import", _thousands(terminal), *_MAPPED, "--create")
    assert 4 == ended.code
    assert ["At least", "permit-accounts: out of reach: the disk is gone"] == [
        ended.err[:8],
        ended.err.splitlines()[-1],
    ]


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
def test_an_import_that_wrote_nothing_says_so(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, dry_run: tuple[str, ...]
) -> None:
    """Interrupted while the file is checked, or in a dry run, whatever it has counted by then."""

    def interrupt(progress: RosterProgress) -> None:
        if progress.report.added or not dry_run:
            raise KeyboardInterrupt

    _hear(monkeypatch, interrupt)
    file = terminal.roster(*(f"{number},,,,," for number in range(100_000, 111_000)), header=_HEADER)
    ended = terminal.run("roster", "import", str(file), *_MAPPED, *dry_run, "--create")
    assert (130, True) == (ended.code, "Interrupted. Nothing was written." in ended.err)
    assert [] == _licenses(terminal)


def _thousands(terminal: Terminal) -> str:
    rows = [f"{number},Firm {number},,,," for number in range(100_000, 103_000)]
    return str(terminal.roster(*rows, header=_HEADER))


def _raising(error: BaseException) -> Callable[[RosterProgress], None]:
    def raise_once_something_is_written(progress: RosterProgress) -> None:
        if progress.report.added > 500:
            raise error

    return raise_once_something_is_written


def _hear(monkeypatch: pytest.MonkeyPatch, hear: Callable[[RosterProgress], None]) -> None:
    """Let somebody hear of an import's progress who may break it off; its commits are small."""

    def heard(*arguments: Any, **named: Any) -> object:
        told = named["progress"]

        def both(progress: RosterProgress) -> None:
            told(progress)
            hear(progress)

        return import_roster(*arguments, **{**named, "progress": both})

    monkeypatch.setattr("permit_accounts.cli.importing.import_roster", heard)
    monkeypatch.setattr("permit_accounts.tools.roster_writer.CHUNK", 500)


def test_ctrl_c_in_a_real_process(terminal: Terminal) -> None:
    """The process ends with 130 and without a traceback, whenever the signal comes; nothing is damaged."""
    rows = [f"{number},Firm {number},,,," for number in range(100_000, 200_000)]
    file = str(terminal.roster(*rows, header=_HEADER))
    terminal.portal()
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, "roster", "import", file, *_MAPPED],
        env=terminal.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _until_written(terminal.database)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (130, "") == (process.returncode, out)
    assert "Traceback" not in err
    assert "Run the same command again" in err
    assert 0 < len(_licenses(terminal)) < 100_000


def _until_written(database: Path) -> None:
    """Wait until the import has begun to write, which is seen from the length of the log."""
    log = Path(f"{database}-wal")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if log.exists() and log.stat().st_size > 100_000:
            return
        time.sleep(0.02)
    raise AssertionError("the import never began to write")
