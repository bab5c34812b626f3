"""Rows a second and peak memory of a roster's first import and of its repetition.

Each measurement runs in a process of its own, so that its peak is its own:

    python tests/benchmarks/roster_import.py                     # 100,000 and 1,000,000 rows
    python tests/benchmarks/roster_import.py --rows 20000 --synchronous NORMAL
    python tests/benchmarks/roster_import.py --server postgresql://postgres@127.0.0.1:5432/postgres
    python tests/benchmarks/roster_import.py --server mariadb://root@127.0.0.1:3306/

A server's database is made for the measurement and dropped after it.
"""

from __future__ import annotations

import argparse
import csv
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from filled_city import city_on

from permit_accounts.model.roster import RosterReport
from permit_accounts.ports import Store
from permit_accounts.roster import import_roster
from permit_accounts.rules.roster_columns import RosterColumns
from permit_accounts.stores.sqlite import SQLiteStore

FIRST = ("Ana", "Björn", "Chidi", "Dana", "Elif", "Farid", "Grace", "Hiro", "Ines", "Kwame", "Lena", "Nadia")
LAST = ("Nguyen", "Okafor", "Smith", "García", "Ivanova", "Haddad", "Tanaka", "Müller", "Rossi", "Silva")
TURNS = ("first", "again")
SYNCHRONOUS = ("NORMAL", "FULL")


def write_roster(path: Path, rows: int) -> None:
    """License, name and e-mail address; the numbers come in no order."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["license_no", "name", "email"])
        for i in range(rows):
            serial = (i * 7_919_003 + 1_234_567) % 9_000_000 + 1_000_000
            name = f"{FIRST[i % len(FIRST)]} {LAST[i % len(LAST)]}"
            out.writerow([serial, name, f"member{serial}@mail{i % 17}.example.org"])


def peak_mib() -> float:
    """The largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def store_of(database: str, synchronous: str) -> Store:
    """The store of a new database: an empty one on a server, or a SQLite file."""
    if "://" in database:
        from server_city import opened  # not at the top: SQLAlchemy would be counted into a file's peak

        return opened(database)
    return SQLiteStore(database, create=True, synchronous="FULL" if synchronous == "FULL" else "NORMAL")


def measure(path: Path, database: str, synchronous: str, turns: int) -> None:
    """Import once, and perhaps once more, and print a line for each."""
    accounts = city_on(store_of(database, synchronous), hashes="cheap")
    columns = RosterColumns(license="license_no", contact_name="name", email="email")
    base = peak_mib()
    for turn in TURNS[:turns]:
        begun = time.perf_counter()
        report = import_roster(accounts.services, path, columns=columns)
        seconds = time.perf_counter() - begun
        assert isinstance(report, RosterReport), report
        assert not report.refused, report.problems[:3]
        print(
            f"{report.rows:>9,} rows  {synchronous:<10}  {turn}:  {report.rows / seconds:>8,.0f} rows/s  "
            f"peak {peak_mib():5.1f} MiB (before: {base:.1f})",
            flush=True,
        )


def measured_apart(roster: Path, database: str, named: str, turns: int) -> None:
    """In a process of its own."""
    words = ["--measure", str(roster), database, named, f"--turns={turns}"]
    subprocess.run([sys.executable, __file__, *words], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, action="append")
    parser.add_argument("--synchronous", choices=SYNCHRONOUS, action="append")
    parser.add_argument("--server", action="append", help="a URL; databases are made there, and dropped")
    parser.add_argument("--turns", type=int, choices=(1, 2), default=2, help="1: not once more")
    parser.add_argument("--measure", nargs=3, metavar=("CSV", "DATABASE", "NAMED"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        measure(Path(asked.measure[0]), asked.measure[1], asked.measure[2], asked.turns)
        return
    for rows in asked.rows or (100_000, 1_000_000):
        with tempfile.TemporaryDirectory() as folder:
            roster = Path(folder, "roster.csv")
            write_roster(roster, rows)
            for server in asked.server or ():
                from server_city import made_on

                with made_on(server) as url:
                    measured_apart(roster, url, urlsplit(server).scheme, asked.turns)
            for synchronous in () if asked.server else asked.synchronous or SYNCHRONOUS:
                measured_apart(roster, str(Path(folder, f"{synchronous}.db")), synchronous, asked.turns)


if __name__ == "__main__":
    main()
