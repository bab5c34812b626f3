"""How long the index of the California board's file takes to build, and how long an answer takes.

    python tests/benchmarks/cslb_index.py [--rows 244471]

Invented rows in the shape of the board's file are written to a temporary directory and indexed in a process
of its own, whose peak of resident memory is what is reported.
"""

from __future__ import annotations

import argparse
import json
import random  # noqa: TID251 - a benchmark repeats itself from one seed
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

LOOKUPS = 20_000
AS_OF = datetime(2026, 8, 24, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=244_471, help="as many as the board's file has")
    parser.add_argument("--build", nargs=2, metavar=("CSV", "INDEX"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.build:
        print(json.dumps(built(*given.build)))
        return
    with tempfile.TemporaryDirectory() as folder:
        table(measured(Path(folder), given.rows))


def built(csv_path: str, index_path: str) -> dict[str, float]:
    from permit_accounts.registers import index_cslb

    begun = time.perf_counter()
    report = index_cslb(csv_path, index_path, as_of=AS_OF)
    return {
        "seconds": time.perf_counter() - begun,
        "rows": report.rows,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def measured(folder: Path, rows: int) -> list[tuple[str, str, str]]:
    from permit_accounts.registers import CslbRegister
    from permit_accounts.testing.cslb_rows import master_rows, write_master_csv

    csv_path, index_path = folder / "master.csv", folder / "cslb.index"
    numbers = [row["LicenseNo"] for row in master_rows(rows)]
    size = write_master_csv(csv_path, master_rows(rows))
    command = [sys.executable, __file__, "--build", str(csv_path), str(index_path)]
    build = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    register = CslbRegister(index_path, today=lambda: date(2026, 8, 24))
    chance = random.Random(1)
    spent = []
    for _ in range(LOOKUPS):
        number = chance.choice(numbers)
        begun = time.perf_counter()
        register.lookup("us-ca-cslb", number)
        spent.append(time.perf_counter() - begun)
    spent.sort()
    return [
        ("file", f"{size / 1e6:.1f} MB", f"{build['rows']:,.0f} rows"),
        ("build", f"{build['seconds']:.1f} s", "at most 20 s"),
        ("peak memory of the build", f"{build['peak_mib']:.0f} MiB", "at most 100 MiB"),
        ("index", f"{index_path.stat().st_size / 1e6:.1f} MB", ""),
        ("lookup, median", f"{spent[LOOKUPS // 2] * 1e6:.0f} µs", ""),
        ("lookup, p99", f"{spent[LOOKUPS * 99 // 100] * 1e6:.0f} µs", "under 1,000 µs"),
    ]


def table(lines: list[tuple[str, str, str]]) -> None:
    for what, found, wanted in lines:
        print(f"{what:<26}{found:>12}   {wanted}")


if __name__ == "__main__":
    main()
