"""Rows a second and peak memory of a roster's first import and of its repetition.

Each measurement runs in a process of its own, so that its peak is its own:

    python tests/benchmarks/roster_import.py                     # 100,000 and 1,000,000 rows
    python tests/benchmarks/roster_import.py --rows 20000 --synchronous NORMAL
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

FIRST = ("Ana", "Björn", "Chidi", "Dana", "Elif", "Farid", "Grace", "Hiro", "Ines", "Kwame", "Lena", "Nadia")
LAST = ("Nguyen", "Okafor", "Smith", "García", "Ivanova", "Haddad", "Tanaka", "Müller", "Rossi", "Silva")
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


def measure(path: Path, database: Path, synchronous: str) -> None:
    """Import once and once more, and print a line for each."""
    from permit_accounts.model.roster import RosterReport
    from permit_accounts.roster import import_roster
    from permit_accounts.rules.policy import Policy
    from permit_accounts.rules.roster_columns import RosterColumns
    from permit_accounts.stores.sqlite import SQLiteStore
    from permit_accounts.texts import TomlCatalog
    from permit_accounts.tools.hashing import Argon2Hasher
    from permit_accounts.tools.keyring import Keyring
    from permit_accounts.tools.services import Services

    store = SQLiteStore(database, create=True, synchronous="FULL" if synchronous == "FULL" else "NORMAL")
    keyring = Keyring.new()
    services = Services(
        store=store,
        scratch=store,
        hasher=Argon2Hasher(Policy().argon2, keyring),
        keyring=keyring,
        policy=Policy(),
        catalog=TomlCatalog(),
    )
    base = peak_mib()
    for turn in ("first", "again"):
        begun = time.perf_counter()
        report = import_roster(
            services, path, columns=RosterColumns(license="license_no", contact_name="name", email="email")
        )
        seconds = time.perf_counter() - begun
        assert isinstance(report, RosterReport), report
        assert not report.refused, report.problems[:3]
        print(
            f"{report.rows:>9,} rows  {synchronous:<6}  {turn}:  {report.rows / seconds:>8,.0f} rows/s  "
            f"peak {peak_mib():5.1f} MiB (before: {base:.1f})",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, action="append")
    parser.add_argument("--synchronous", choices=SYNCHRONOUS, action="append")
    parser.add_argument("--measure", nargs=3, metavar=("CSV", "DATABASE", "SYNCHRONOUS"))
    asked = parser.parse_args()
    if asked.measure:
        measure(Path(asked.measure[0]), Path(asked.measure[1]), asked.measure[2])
        return
    for rows in asked.rows or (100_000, 1_000_000):
        with tempfile.TemporaryDirectory() as folder:
            roster = Path(folder, "roster.csv")
            write_roster(roster, rows)
            for synchronous in asked.synchronous or SYNCHRONOUS:
                database = Path(folder, f"{synchronous}.db")
                command = [sys.executable, __file__, "--measure", str(roster), str(database), synchronous]
                subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
