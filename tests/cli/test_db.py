"""`permit-accounts db` makes tables, says which there are, and what is wrong with them."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from cli.terminal import Terminal
from permit_accounts.cli.options import APP_VARIABLE, CONFIG_VARIABLE, DATABASE_VARIABLE, KEYS_VARIABLE
from permit_accounts.stores.sqlalchemy import version
from servers.databases import connected_to_mariadb
from servers.tables import driven

_PROGRAM = "import sys; from permit_accounts.cli import main; sys.exit(main())"
_SESSION = "permit_accounts_session"


@pytest.fixture(params=["postgresql", "mariadb"])
def url(request: pytest.FixtureRequest, terminal: Terminal) -> str:
    """An empty database on each sort of server, which the terminal's commands work on."""
    named = {"postgresql": "empty_postgres_url", "mariadb": "empty_mariadb_url"}
    found: str = request.getfixturevalue(named[request.param])
    terminal.set(DATABASE_VARIABLE, found)
    terminal.without(KEYS_VARIABLE, CONFIG_VARIABLE)
    return found


def _run(url: str, *statements: str) -> None:
    if url.startswith("postgresql"):
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            for statement in statements:
                connection.execute(statement)
    else:
        with closing(connected_to_mariadb(url)) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def _topics(terminal: Terminal, *arguments: str) -> list[tuple[str, str]]:
    findings = terminal.run(*arguments, "--json").document["findings"]
    return [(finding["level"], finding["topic"]) for finding in findings]


def test_an_upgrade_makes_the_tables(terminal: Terminal, url: str) -> None:
    """It says from where to where and how long it took; then there is nothing left to do."""
    place = re.escape(url.partition("//")[2])
    ended = terminal.run("db", "upgrade")
    assert (0, "") == (ended.code, ended.err)
    assert re.fullmatch(rf"{place}: tables made, none to {version.HEAD}, in \d+\.\d s\n", ended.out)
    ended = terminal.run("db", "upgrade")
    assert 0 == ended.code
    assert ended.out.endswith(f": the tables are this release's already ({version.HEAD})\n")


def test_what_was_done_is_a_document(terminal: Terminal, url: str) -> None:
    """For a program that sets up a server."""
    done = terminal.run("db", "upgrade", "--json").document
    assert (None, version.HEAD) == (done["before"], done["after"])
    assert 0 <= done["seconds"] < 60


def test_the_current_tables_are_told(terminal: Terminal, url: str) -> None:
    """With what this release needs."""
    assert f": no tables; this release needs {version.HEAD}\n" in terminal.run("db", "current").out
    terminal.run("db", "upgrade")
    expected = {"current": version.HEAD, "needed": version.HEAD, "untold": None}
    assert expected == terminal.run("db", "current", "--json").document


def test_tables_of_no_told_release_are_not_taken_for_none(terminal: Terminal, url: str) -> None:
    """Whoever read "no tables" would think that all accounts were lost."""
    terminal.run("db", "upgrade")
    _run(url, "DROP TABLE permit_accounts_version")
    told = terminal.run("db", "current").out
    assert "no tables" not in told
    assert ": the tables are there, and nothing tells of which release: " in told
    assert told.endswith(f"; this release needs {version.HEAD}\n")
    document = terminal.run("db", "current", "--json").document
    assert (None, True) == (document["current"], document["untold"] in told)
    ended = terminal.run("db", "upgrade", "--sql")
    assert (3, "") == (ended.code, ended.out)
    assert "GRANT SELECT ON permit_accounts_version TO the user" in ended.err


def test_what_is_printed_makes_the_tables(terminal: Terminal, url: str) -> None:
    """For a database administrator, who has a client of the database and not this command."""
    printed = terminal.run("db", "upgrade", "--sql")
    assert (0, "") == (printed.code, printed.err)
    assert f"no tables; this release needs {version.HEAD}" in terminal.run("db", "current").out
    lines = [line for line in printed.out.splitlines() if not line.startswith("--")]
    _run(url, *(statement for statement in "\n".join(lines).split(";") if statement.strip()))
    assert 0 == terminal.run("db", "check").code
    again = terminal.run("db", "upgrade", "--sql")
    assert ("", 0) == (again.out, again.code)
    assert "this release's already" in again.err
    assert {"sql": ""} == terminal.run("db", "upgrade", "--sql", "--json").document


def test_a_check_tells_everything_at_once(terminal: Terminal, url: str) -> None:
    """Exit code 1 where something is an error, 0 where nothing is or only a warning."""
    assert [("error", "db-tables")] == _topics(terminal, "db", "check")
    terminal.run("db", "upgrade")
    sound = terminal.run("db", "check")
    assert 0 == sound.code
    assert "has this release's tables, and this user may use them" in sound.out
    of = f" ON {_SESSION}" if url.startswith("mariadb") else ""
    _run(url, f"DROP INDEX {_SESSION}_by_expires_at{of}")
    assert [("warning", "db-indexes")] == _topics(terminal, "db", "check")
    assert 0 == terminal.run("db", "check").code
    _run(url, "UPDATE permit_accounts_version SET version_num = 'permit_accounts_9999'")
    assert [("error", "db-version"), ("warning", "db-indexes")] == _topics(terminal, "db", "check")
    assert 1 == terminal.run("db", "check").code


def _dropped(url: str) -> tuple[str, ...]:
    return (f"DROP TABLE {_SESSION}",)


def _lacking(url: str) -> tuple[str, ...]:
    return ("ALTER TABLE permit_accounts_account DROP COLUMN language",)


def _compared_otherwise(url: str) -> tuple[str, ...]:
    return (
        'ALTER TABLE permit_accounts_account ALTER email_key TYPE text COLLATE "default"'
        if url.startswith("postgresql")
        else "ALTER TABLE permit_accounts_account MODIFY email_key varchar(320) COLLATE utf8mb4_general_ci",
    )


@pytest.mark.parametrize("damaged", [_dropped, _lacking, _compared_otherwise])
def test_every_command_says_the_same_of_damaged_tables(
    damaged: Callable[[str], tuple[str, ...]], terminal: Terminal, url: str
) -> None:
    """What is wrong and what helps, and none sends to another that does not help."""
    terminal.run("db", "upgrade")
    _run(url, *damaged(url))
    (finding,) = terminal.run("db", "check", "--json").document["findings"]
    words = finding["words"]
    assert "backup" in words
    assert "run `permit-accounts db upgrade`" not in words
    for ended in (terminal.run("db", "upgrade"), terminal.run("db", "upgrade", "--sql")):
        assert (3, "", True) == (ended.code, ended.out, words in ended.err), ended


def test_the_doctor_keeps_what_it_found_before_a_table_failed(terminal: Terminal, url: str) -> None:
    """Where a record cannot be read there is all the same one document, with what is wrong."""
    terminal.run("db", "upgrade")
    _run(url, *_lacking(url))
    terminal.set(KEYS_VARIABLE, terminal.keys.to_text())
    terminal.set(CONFIG_VARIABLE, str(terminal.config))
    ended = terminal.run("doctor", "--json")
    found = [(finding["level"], finding["topic"]) for finding in ended.document["findings"]]
    assert 1 == ended.code
    assert ("ok", "keys") in found
    assert [("error", "db-columns"), ("error", "records")] == [each for each in found if each[0] == "error"]


def test_an_application_that_needs_the_tables_first_is_not_asked(
    terminal: Terminal, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A portal that opens its store by a URL starts on this release's tables only; the URL is asked for."""
    _application(terminal, f"open_store({url!r})")
    monkeypatch.chdir(terminal.folder)
    for words in (("upgrade",), ("upgrade", "--sql"), ("check",), ("current",)):
        ended = terminal.run("db", *words)
        assert (3, True) == (ended.code, "Give --database URL instead" in ended.err), ended
    assert 0 == terminal.run("db", "upgrade", "--database", url).code
    assert 0 == terminal.run("db", "check").code


def test_a_newer_releases_tables_are_the_configurations_fault(terminal: Terminal, url: str) -> None:
    """Exit code 3, and who is too old."""
    terminal.run("db", "upgrade")
    _run(url, "UPDATE permit_accounts_version SET version_num = 'permit_accounts_9999'")
    ended = terminal.run("db", "upgrade")
    assert 3 == ended.code
    assert "upgrade permit-accounts" in ended.err


def test_a_city_is_opened_once_its_tables_are_made(terminal: Terminal, url: str) -> None:
    """Before that every command names the one that makes them."""
    terminal.set(KEYS_VARIABLE, terminal.keys.to_text())
    terminal.set(CONFIG_VARIABLE, str(terminal.config))
    ended = terminal.run("purge")
    assert 3 == ended.code
    assert "run `permit-accounts db upgrade`" in ended.err
    terminal.run("db", "upgrade")
    assert 0 == terminal.run("purge").code


def test_a_command_that_may_create_makes_the_tables(terminal: Terminal, url: str) -> None:
    """As it makes a SQLite file: where there is none of them, and not where some are missing."""
    terminal.set(KEYS_VARIABLE, terminal.keys.to_text())
    terminal.set(CONFIG_VARIABLE, str(terminal.config))
    roster = str(terminal.roster("1012345,Sample Builders,,"))
    assert 0 == terminal.run("roster", "import", roster, "--create").code
    assert 0 == terminal.run("db", "check").code
    _run(url, f"DROP TABLE {_SESSION}", "DROP TABLE permit_accounts_version")
    ended = terminal.run("roster", "import", roster, "--create")
    assert 3 == ended.code
    assert f"lacks the tables {_SESSION}: run `permit-accounts db upgrade`" in ended.err


def test_two_commands_at_once_make_one_upgrade(terminal: Terminal, url: str) -> None:
    """One makes the tables, the other waits and finds them made."""
    command = [sys.executable, "-c", _PROGRAM, "db", "upgrade", "--database", url]
    started = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    told = sorted(process.communicate(timeout=60) for process in started)
    assert [0, 0] == [process.returncode for process in started]
    assert ["", ""] == [err for _, err in told]
    assert ["already", "made"] == sorted(re.findall("already|made", "".join(out for out, _ in told)))


def test_an_interrupted_upgrade_leaves_a_usable_state(terminal: Terminal, url: str) -> None:
    """Ctrl-C while it waits for somebody's lock: exit code 130, nothing is made, and it can be run again."""
    lock, waiting = (
        (
            "SELECT pg_advisory_lock(hashtextextended('.permit_accounts_version', 0))",
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        if url.startswith("postgresql")
        else (
            "SELECT GET_LOCK(LEFT(CONCAT(DATABASE(), ' .permit_accounts_version'), 64), 1)",
            "SELECT count(*) FROM information_schema.processlist WHERE state = 'User lock'"
            " AND db = DATABASE()",
        )
    )
    with closing(_cursor(url)) as cursor:
        cursor.execute(lock)
        command = [sys.executable, "-c", _PROGRAM, "db", "upgrade", "--database", url]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as upgrading:
            while cursor.execute(waiting) and cursor.fetchone() == (0,):
                assert upgrading.poll() is None
            upgrading.send_signal(signal.SIGINT)
            _, err = upgrading.communicate(timeout=30)
        assert (130, "\npermit-accounts: interrupted\n") == (upgrading.returncode, err)
        cursor.connection.close()
    assert "no tables" in terminal.run("db", "current").out
    assert 0 == terminal.run("db", "upgrade").code
    assert 0 == terminal.run("db", "check").code


def _cursor(url: str) -> psycopg.Cursor[tuple[int]]:
    if url.startswith("postgresql"):
        return psycopg.connect(url, autocommit=True).cursor()
    return connected_to_mariadb(url).cursor()  # type: ignore[return-value] # they are asked alike


def test_the_applications_own_store_is_looked_after(
    terminal: Terminal, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the prefix that it has, and from the engine that it made."""
    engine = f"create_engine({driven(url)!r}, poolclass=NullPool)"
    _application(terminal, f"SQLAlchemyStore({engine}, prefix='city_')")
    monkeypatch.chdir(terminal.folder)
    assert "tables made" in terminal.run("db", "upgrade").out
    assert 0 == terminal.run("db", "check").code
    _run(url, "DROP TABLE city_session")
    assert [("error", "db-tables")] == _topics(terminal, "db", "check")
    assert ("error", "db-tables") in _topics(terminal, "doctor")


def test_an_application_without_tables_is_told(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store in memory has none."""
    _application(terminal, "MemoryStore()")
    monkeypatch.chdir(terminal.folder)
    ended = terminal.run("db", "check")
    assert 3 == ended.code
    assert "its accounts are kept by MemoryStore" in ended.err


def _application(terminal: Terminal, store: str) -> None:
    name = f"portal_{abs(hash(store))}"
    (terminal.folder / f"{name}.py").write_text(
        f"""
from sqlalchemy import NullPool, create_engine
from permit_accounts import Accounts, Keyring
from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.by_url import open_store
from permit_accounts.stores.sqlalchemy import SQLAlchemyStore
from permit_accounts.testing.world import city_policy

store = {store}
accounts = Accounts.open(store, keys=Keyring.new(), policy=city_policy(), email=MemoryBackend())
"""
    )
    terminal.without(DATABASE_VARIABLE, CONFIG_VARIABLE)
    terminal.set(APP_VARIABLE, f"{name}:accounts")


def test_a_file_is_made_and_told(terminal: Terminal) -> None:
    """A SQLite file holds the tables of the release that made it."""
    assert {"current": None, "needed": "2", "untold": None} == terminal.run(
        "db", "current", "--json"
    ).document
    missing = terminal.run("db", "check")
    assert (1, True) == (missing.code, "or make it by `permit-accounts db upgrade`" in missing.out)
    made = terminal.run("db", "upgrade", "--json").document
    assert (None, "2") == (made["before"], made["after"])
    assert (
        f"{terminal.database}: the tables are this release's already (2)\n"
        == terminal.run("db", "upgrade").out
    )
    expected = {"current": "2", "needed": "2", "untold": None}
    assert expected == terminal.run("db", "current", "--json").document
    assert [("ok", "database")] == _topics(terminal, "db", "check")


def test_a_file_has_no_administrator(terminal: Terminal) -> None:
    """Whoever can print statements for it can make it."""
    ended = terminal.run("db", "upgrade", "--sql")
    assert (3, True) == (ended.code, "without --sql" in ended.err)


def test_another_programs_file_is_told(terminal: Terminal, tmp_path: Path) -> None:
    """It is not touched."""
    other = tmp_path / "other.db"
    other.write_bytes(b"no database at all, but longer than a header would be" * 20)
    ended = terminal.run("db", "current", "--database", f"sqlite:///{other}")
    assert (3, True) == (ended.code, "cannot be opened as a database" in ended.err)


BAD = {
    "nothing listens": ("postgresql://ann:s3cret@127.0.0.1:1/city", "nothing listens at 127.0.0.1:1"),
    "nothing listens for MariaDB": (
        "mariadb://ann:s3cret@127.0.0.1:1/city",
        "nothing listens at 127.0.0.1:1",
    ),
    "no such database": ("{postgres}permit_nowhere", "look at the database's name, user and password"),
    "no such user": ("{postgres_as_nobody}", "look at the database's name, user and password"),
    "no such option": ("{postgres}postgres?sslmod=verify-full", "options behind a ?, such as those of TLS"),
    "a server without TLS": ("{postgres}postgres?sslmode=verify-full", "options behind a ? such as sslmode"),
    "servers of which none answers": (
        "postgresql://ann:s3cret@/city?host=127.0.0.1:1&host=127.0.0.1:2",
        "ann@127.0.0.1:1,127.0.0.1:2/city: no connection came about",
    ),
    "a socket that is not there": (
        "postgresql://ann:s3cret@/city?host=/nowhere",
        "ann@/nowhere/city: no connection came about",
    ),
    "no such database of MariaDB": ("{mariadb}permit_nowhere", "there is no such database"),
    "no such user of MariaDB": ("{mariadb_as_nobody}", "the server does not let this user in"),
    "no URL": ("ann:s3cret", "names no store"),
    "no such scheme": ("oracle://ann:s3cret@127.0.0.1/city", "'oracle://…' names no store"),
    "a port that is none": ("postgresql://ann:s3cret@127.0.0.1:s3cret/city", "URL cannot be read"),
    "a password with an @ and a slash": ("postgresql://ann:s3@s3cret/@127.0.0.1/city", "URL cannot be read"),
    "a password with an @": ("postgresql://ann:s3@s3cret@127.0.0.1/city", "URL cannot be read"),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("command", [("db", "check"), ("doctor",)], ids=["check", "doctor"])
def test_a_bad_url_is_told(
    case: str, command: tuple[str, ...], terminal: Terminal, empty_postgres_url: str, empty_mariadb_url: str
) -> None:
    """What is wrong with it and what to do: never a traceback, never the password."""
    form, words = BAD[case]
    url = form.format(
        postgres=empty_postgres_url.rpartition("/")[0] + "/",
        mariadb=empty_mariadb_url.rpartition("/")[0] + "/",
        postgres_as_nobody=empty_postgres_url.replace("postgres@", "permit_nobody:s3cret@"),
        mariadb_as_nobody=empty_mariadb_url.replace("root@", "permit_nobody:s3cret@"),
    )
    ended = terminal.run(*command, "--database", url)
    assert ended.code in (1, 3)
    assert words in f"{ended.out} {ended.err}"
    assert "Traceback" not in ended.out + ended.err
    assert "s3cret" not in ended.out + ended.err


def test_a_host_that_nobody_knows_is_told(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is wrong, or the machine's name server is."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    ended = terminal.run("db", "check", "--database", "postgresql://ann:s3cret@nowhere.invalid/city")
    assert 1 == ended.code
    assert "this machine knows no host nowhere.invalid" in ended.out


def test_a_host_that_keeps_silent_is_told(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A firewall drops what it does not like."""

    def silent(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", silent)
    ended = terminal.run("db", "check", "--database", "postgresql://ann:s3cret@127.0.0.1:1/city")
    assert "127.0.0.1:1 does not answer: a firewall may be in between" in ended.out


def test_a_sound_server_is_told_by_the_doctor(terminal: Terminal, empty_postgres_url: str) -> None:
    """Without its password, which a URL may hold."""
    url = empty_postgres_url.replace("postgres@", "postgres:s3cret@")
    terminal.run("db", "upgrade", "--database", url)
    ended = terminal.run("doctor", "--database", url)
    assert 0 == ended.code
    assert "has this release's tables, and this user may use them" in ended.out
    assert "s3cret" not in ended.out


def test_a_missing_extra_is_named(
    terminal: Terminal, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What to install."""
    for name in [name for name in sys.modules if name.startswith("permit_accounts.stores.sqlalchemy")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    ended = terminal.run("db", "check", "--database", empty_postgres_url)
    assert 3 == ended.code
    assert "install or upgrade permit-accounts with its extra [postgres]" in ended.err
