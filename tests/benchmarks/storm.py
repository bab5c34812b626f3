"""A storm of sign-ins on PostgreSQL: several processes, a million accounts, sessions checked meanwhile.

    python tests/benchmarks/storm.py                          # five minutes for each column, after filling
    python tests/benchmarks/storm.py --accounts 1000 --seconds 5
    python tests/benchmarks/storm.py --json storm.json

Each column is one library: its database is made on the server and filled by COPY, its processes are started,
184 clients sign in, and then for a while 16 clients sign in without pause, each time to another account,
while the 184 check their sessions, each of them twice a second. Just before and just after, the same number
of processes does nothing but hash, one hash at a time each: that is what a second of this machine allows.

A check's time counts from when it was due. A process computes `--hashes` at once where its library bounds
them; its memory should then be what it is at rest and 64 MiB for each of them. Rivals run in the interpreters
that BENCH_PYTHON_DJANGO and BENCH_PYTHON_FASTAPI_USERS name, and are left out where these are not set. Ctrl-C
ends it: what was measured by then is printed, and no process and no database is left behind.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import attrs
from server_city import made_on, server

from permit_accounts.tools.keyring import Keyring

HERE: Final = Path(__file__).resolve().parent
PLACES: Final = (HERE.parents[1] / "src", HERE)
KEYS: Final = "STORM_KEYS"
HASH_MIB: Final = 64
BARE: Final = "bare_hash"
BARE_SECONDS: Final = 20
_START: Final = 1.0  # seconds from the word to the start, so that it reaches all processes before
_GRACE: Final = 120  # seconds for what was begun before the end


@attrs.frozen
class Column:
    """A library: its module in `storm_columns`, its name, and the variable with a rival's interpreter."""

    module: str
    title: str
    variable: str | None = None

    @property
    def bounds_hashes(self) -> bool:
        """Whether a process computes no more of them at once than it is told."""
        return self.variable is None

    @property
    def python(self) -> str | None:
        """Its interpreter; ours by default, and None where a rival's was not told."""
        return os.environ.get(self.variable) if self.variable else sys.executable


COLUMNS: Final = (
    Column("permit_city", "permit_accounts"),
    Column("django_sessions", "Django, session in the database", "BENCH_PYTHON_DJANGO"),
    Column("fastapi_users_tokens", "fastapi-users, token in the database", "BENCH_PYTHON_FASTAPI_USERS"),
)
BARE_HASH: Final = Column(BARE, "bare hash")


class Process:
    """One application process, which does what `storm_process.py` says."""

    def __init__(self, column: Column, what: str, told: dict[str, Any]) -> None:
        python = column.python
        assert python is not None
        self._process = subprocess.Popen(
            [python, str(HERE / "storm_process.py"), what, column.module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(map(str, PLACES)),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            start_new_session=True,  # Ctrl-C is for this one, which then ends them
        )
        self.tell(json.dumps(told))

    def tell(self, words: str) -> None:
        """A line for it to read."""
        assert self._process.stdin is not None
        self._process.stdin.write(words + "\n")
        self._process.stdin.flush()

    def heard(self) -> Iterator[dict[str, Any]]:
        """What it says, until it ends."""
        assert self._process.stdout is not None
        yield from map(json.loads, self._process.stdout)
        if self._process.wait():
            raise SystemExit(f"a process of the storm ended with status {self._process.returncode}")

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()


def fill(column: Column, url: str, accounts: int) -> None:
    """Have a column make its tables and accounts."""
    begun = time.monotonic()
    with Process(column, "fill", {"url": url, "accounts": accounts}) as process:
        for heard in process.heard():
            say(f"{column.title}: {heard['made']:,} of {accounts:,} accounts", again=True)
    say(f"{column.title}: {accounts:,} accounts filled in {time.monotonic() - begun:.0f} s")


def storm(column: Column, url: str, given: argparse.Namespace, seconds: float) -> list[dict[str, Any]]:
    """What each process of one column comes to."""
    with ExitStack() as stack:
        processes = [
            stack.enter_context(Process(column, "storm", told)) for told in _told(column, url, given, seconds)
        ]
        heard = [process.heard() for process in processes]
        for one in heard:
            next(one)  # it is ready
        start = time.monotonic() + _START
        for process in processes:
            process.tell(repr(start))
        _wait(f"{column.title}: {{}} of {seconds:.0f} s", start, seconds)
        return [next(one) for one in heard]


def _told(column: Column, url: str, given: argparse.Namespace, seconds: float) -> Iterator[dict[str, Any]]:
    bare = column is BARE_HASH
    for number in range(given.processes):
        signing_in = 1 if bare else _share(given.signing_in, number, given.processes)
        checking = 0 if bare else _share(given.checking, number, given.processes)
        yield {
            "url": url,
            "accounts": given.accounts,
            "seconds": seconds,
            "hashes": given.hashes,
            "threads": given.threads,
            "signing_in": signing_in,
            "checking": checking,
            "checks_a_second": given.checks_a_second,
            "first_client": number * (given.signing_in + given.checking),
            "all_clients": given.processes * (given.signing_in + given.checking),
        }


def _share(clients: int, number: int, processes: int) -> int:
    """How many of the clients come to the process of this number."""
    return clients // processes + (number < clients % processes)


def _wait(words: str, start: float, seconds: float) -> None:
    while (passed := time.monotonic() - start) < seconds:
        say(words.format(f"{max(0, passed):.0f}"), again=True)
        time.sleep(min(1, seconds - passed))
    say(words.format(f"{seconds:.0f}"))


def figures(processes: list[dict[str, Any]], hashes: int | None) -> dict[str, Any]:
    """One column's, of all its processes together; `hashes` is how many each computes at once, if so many."""
    checks = sorted(taken for each in processes for taken in each["checks"])
    sign_ins = sorted(taken for each in processes for taken in each["sign_ins"])
    faults: Counter[str] = Counter()
    for each in processes:
        faults.update(each["faults"])
    resting = fmean(each["resting_mib"] for each in processes)
    return {
        "sign_ins": len(sign_ins),
        "sign_ins_a_second": len(sign_ins) / max(each["seconds"] for each in processes),
        "sign_in_p50_ms": _quantile(sign_ins, 0.5),
        "sign_in_p99_ms": _quantile(sign_ins, 0.99),
        "checks": len(checks),
        "check_p50_ms": _quantile(checks, 0.5),
        "check_p99_ms": _quantile(checks, 0.99),
        "check_max_ms": _quantile(checks, 1.0),
        "turned_away": sum(n for name, n in faults.items() if name.endswith(": TryAgainLater")),
        "faults": dict(faults),
        "resting_mib": resting,
        "expected_mib": resting + HASH_MIB * hashes if hashes else None,
        "peak_mib": max(each["peak_mib"] for each in processes),
    }


def _quantile(taken: list[float], part: float) -> float:
    """In milliseconds; 0 where there is none."""
    return taken[min(len(taken) - 1, int(part * len(taken)))] * 1000 if taken else 0.0


def hashing(given: argparse.Namespace) -> float:
    """How many hashes a second so many processes compute that do nothing else."""
    seconds = min(BARE_SECONDS, given.seconds)
    return float(figures(storm(BARE_HASH, "", given, seconds), 1)["sign_ins_a_second"])


def measured(column: Column, given: argparse.Namespace) -> dict[str, Any]:
    """A column's figures, and beside them the bare hash of the same minutes."""
    with nullcontext(given.database) if given.database else made_on(server(given.server)) as url:
        fill(column, url, given.accounts)
        before = hashing(given)
        hashes = given.hashes if column.bounds_hashes else None
        found = figures(storm(column, url, given, given.seconds), hashes)
    bare = fmean((before, hashing(given)))
    return {**found, "bare_a_second": bare, "of_bare": found["sign_ins_a_second"] / bare}


def show(results: dict[str, dict[str, Any]], given: argparse.Namespace) -> None:
    """The table."""
    print(
        f"{given.processes} processes, {given.accounts:,} accounts, {given.signing_in} clients sign in, "
        f"{given.checking} check {given.checks_a_second:g} times a second, {given.seconds:g} s\n"
    )
    print(
        "| | sign-ins/s | of the bare hash | check p50 | check p99 | longest | told to come again "
        "| other faults | process at rest | expected | at its peak |"
    )
    print(f"|{' --- |' + ' ---: |' * 10}")
    for title, found in results.items():
        others = sum(found["faults"].values()) - found["turned_away"]
        expected = f"{found['expected_mib']:.0f} MiB" if found["expected_mib"] else "–"
        print(
            f"| {title} | {found['sign_ins_a_second']:.1f} | {found['of_bare']:.0%} "
            f"| {found['check_p50_ms']:.1f} ms | {found['check_p99_ms']:.1f} ms "
            f"| {found['check_max_ms']:.0f} ms | {found['turned_away']} | {others} "
            f"| {found['resting_mib']:.0f} MiB | {expected} | {found['peak_mib']:.0f} MiB |"
        )


def say(words: str, *, again: bool = False) -> None:
    """Progress; `again` where the next line may take the place of this one."""
    if again and not sys.stderr.isatty():
        return
    print(f"\r{words:<78}", end="\r" if again else "\n", file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server", help="postgresql://user@host:port/database, where databases may be made")
    parser.add_argument("--database", help="of one column, kept: filled by the first storm, used by the next")
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=300, help="of the storm")
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--hashes", type=int, default=1, help="at once in each process")
    parser.add_argument("--signing-in", type=int, default=16, help="clients, in all processes together")
    parser.add_argument("--checking", type=int, default=184, help="clients, in all processes together")
    parser.add_argument("--checks-a-second", type=float, default=2, help="of each of these clients")
    parser.add_argument("--threads", type=int, default=16, help="of each process, for the checks")
    parser.add_argument("--columns", default=",".join(column.module for column in COLUMNS))
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    given = parser.parse_args()
    if given.database and "," in given.columns:
        parser.error("--database is one column's: name it with --columns")
    return given


def main() -> None:
    given = arguments()
    os.environ[KEYS] = Keyring.new().to_text()
    results: dict[str, dict[str, Any]] = {}
    with interruptible():
        for column in COLUMNS:
            if column.module not in given.columns.split(","):
                continue
            if column.python is None:
                say(f"{column.title}: {column.variable} names no interpreter, left out")
                continue
            results[column.title] = measured(column, given)
    show(results, given)
    if given.json:
        asked = {
            name: str(value) for name, value in vars(given).items() if name not in ("server", "database")
        }
        given.json.write_text(json.dumps({"asked": asked, "results": results}, indent=1) + "\n")


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C ends what is going on, and no more."""
    try:
        yield
    except KeyboardInterrupt:
        say("interrupted: the columns that were not finished are left out")


if __name__ == "__main__":
    main()
