"""The benchmarks on database servers do what they say, at a tiny size; nothing is timed here."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

HERE: Final = Path(__file__).parent
TINY_STORM: Final = (
    *("--accounts=100", "--seconds=1", "--processes=2"),
    *("--signing-in=2", "--checking=4", "--checks-a-second=5", "--threads=2"),
)


@pytest.fixture(name="server")
def _server(postgres_url: str) -> Iterator[str]:
    """A server, on which the scripts leave no database behind."""
    yield postgres_url
    with closing(psycopg.connect(postgres_url, autocommit=True)) as connection:
        names = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
    assert not [name for name in names for pid in _pids if name.startswith(f"permit_accounts_test_{pid}_")]


_pids: Final[list[int]] = []


def started(script: str, *words: str, **variables: str) -> subprocess.Popen[str]:
    """A script that runs."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / script), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={name: text for name, text in os.environ.items() if not name.startswith("BENCH_")} | variables,
    )
    _pids.append(process.pid)
    return process


def said(script: str, *words: str, status: int = 0, **variables: str) -> str:
    """What a script says, which ends with this status."""
    process = started(script, *words, **variables)
    out, err = process.communicate(timeout=120)
    assert status == process.returncode, err
    return out


@pytest.fixture(name="storm_process")
def _storm_process(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Its module, which is a script."""
    monkeypatch.syspath_prepend(str(HERE))
    import storm_process

    return storm_process


def test_a_storm_counts_what_it_does(server: str, tmp_path: Path) -> None:
    """Everybody who signs in gets in, every session is its owner's, and each check that was due is made."""
    kept = tmp_path / "storm.json"
    said("storm.py", f"--server={server}", *TINY_STORM, "--columns=permit_city", f"--json={kept}")

    (found,) = json.loads(kept.read_text())["results"].values()
    assert {} == found["faults"]
    assert 2 * 2 * 5 == found["checks"]
    assert 0 < found["sign_ins"]
    assert 0 < found["check_p50_ms"] <= found["check_p99_ms"] <= found["check_max_ms"]
    assert found["resting_mib"] + 64 == found["expected_mib"]


@pytest.mark.long
def test_a_rival_stands_in_the_same_storm(server: str) -> None:
    """Django is installed for the tests, so it can be one; what is not told is left out."""
    columns = "--columns=django_sessions,fastapi_users_tokens"
    out = said("storm.py", f"--server={server}", *TINY_STORM, columns, BENCH_PYTHON_DJANGO=sys.executable)

    (row,) = [line for line in out.splitlines() if line.startswith("| Django")]
    *_, turned_away, others, _, expected, _, _ = [cell.strip() for cell in row.split("|")]
    assert ("0", "0", "–") == (turned_away, others, expected)
    assert "fastapi-users" not in out


@pytest.mark.long
def test_a_storm_that_is_interrupted_leaves_nothing_behind(server: str) -> None:
    """Ctrl-C ends the processes and drops the database."""
    storm = started("storm.py", f"--server={server}", *TINY_STORM, "--seconds=60", "--columns=permit_city")
    assert storm.stderr is not None
    assert any("filled" in line for line in storm.stderr)
    storm.send_signal(signal.SIGINT)
    _, err = storm.communicate(timeout=60)

    assert 0 == storm.returncode, err
    assert "interrupted" in err


def test_an_application_that_awaits_is_asked_likewise(storm_process: Any) -> None:
    """Each client is a task; a check that is answered wrongly, or fails, is a fault."""

    class Application:
        async def sign_in(self, i: int) -> str:
            await asyncio.sleep(0.001)
            if i % 2:
                raise PermissionError
            return str(i)

        async def check(self, token: str, i: int) -> bool:
            if i % 4:
                raise ConnectionError
            return token == str(i) and i % 8 == 0

    told = {"first_client": 0, "all_clients": 2, "accounts": 100, "signing_in": 1, "checking": 0}
    clients = storm_process.Tasks(Application(), {**told, "checks_a_second": 20, "seconds": 0.5})
    clients.tokens = [("0", 0), ("4", 4), ("2", 2)]
    clients.told |= {"start": time.monotonic() + 0.05, "checking": 3}
    clients.run()

    assert 30 == len(clients.checks)
    assert 10 == clients.faults["check: another answer"]
    assert 10 == clients.faults["check: ConnectionError"]
    assert clients.sign_ins


def test_a_purge_is_watched(server: str) -> None:
    """Everything that was filled in is purged, and three kinds of waits are told of."""
    purge = started("purge_locks.py", f"--server={server}", "--rows=2000")
    out, err = purge.communicate(timeout=120)

    assert purge.returncode == 0 or "too long" in err
    assert "2,000 rows purged" in out
    waits = re.findall(r"^(.+?) +([\d,]+) +[\d.]+ ms +[\d.]+ ms +[\d.]+ ms$", out, re.M)
    assert ["a transaction of the purge", "another's added session", "another's change"] == [
        what for what, _ in waits
    ]


def test_every_mail_leaves_once(server: str) -> None:
    """With two workers as well; the script ends with status 1 where one did not."""
    out = said("outbox_rate.py", f"--server={server}", "--mails=30", "--workers=2")

    assert out.startswith("2 workers: 30 mails in ")


def test_sizes_and_logs_are_told_of_each_kind(server: str) -> None:
    """Ten events are filled in for each account, and a sign-in is three commits."""
    out = said("postgres_costs.py", f"--server={server}", "--accounts=40", "--acts=3")

    counts = dict(re.findall(r"^(\w+) +([\d,]+) +[\d,]+ +[\d,]+$", out, re.M))
    assert {"Account": "40", "Session": "40", "AuditEvent": "400", "License": "20"}.items() <= counts.items()
    assert re.search(r"^sign-in +[\d,]+ +3\.0$", out, re.M)


@pytest.mark.parametrize("named", ["postgres_url", "mariadb_url"])
def test_a_roster_is_imported_into_a_server(request: pytest.FixtureRequest, named: str) -> None:
    """Once, and once more, when nothing is new."""
    out = said("roster_import.py", "--rows=300", f"--server={request.getfixturevalue(named)}")

    assert ["first", "again"] == re.findall(r"300 rows  \w+ +(\w+):", out)
