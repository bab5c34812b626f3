"""However long a roster is: bounded memory, and a portal that goes on working."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import tracemalloc
from pathlib import Path

import pytest

from permit_accounts.model.outcomes import SignedIn
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.world import PASSWORD, World, public_form
from roster.town import imported, many, small_commits

BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "roster_import.py"


def most_memory(rows: int, folder: Path) -> int:
    """The most bytes at once that a dry run of so many rows takes."""
    path = folder / f"{rows}.csv"
    path.write_bytes(many(rows).getvalue())
    world = World(store=small_commits())
    tracemalloc.start()
    try:
        imported(world, path, dry_run=True)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.attack("CSV-07")
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Ten times the rows take no more than some bytes for each row's key."""
    most_memory(100, tmp_path)  # whatever is made once
    few = most_memory(600, tmp_path)
    assert most_memory(6000, tmp_path) < few + 40 * 5400


@pytest.mark.long
@pytest.mark.attack("CSV-07")
def test_a_million_rows_in_sixty_mebibytes() -> None:
    """The whole process, database and all."""
    command = [sys.executable, str(BENCHMARK), "--rows", "1000000", "--synchronous", "NORMAL"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=900).stdout
    peaks = [float(line.split("peak")[1].split("MiB")[0]) for line in said.splitlines()]
    assert 2 == len(peaks)
    assert max(peaks) <= 60, said


@pytest.mark.long
@pytest.mark.attack("CSV-07", "CSV-10")
def test_people_sign_in_while_a_roster_is_imported(tmp_path: Path) -> None:
    """None of them waits a second for it."""
    world = World(store=SQLiteStore(tmp_path / "city.db", create=True))
    world.accounts.register("public", public_form("ann"))
    importing = threading.Thread(target=lambda: imported(world, many(60_000)))
    importing.start()
    longest, count = 0.0, 0
    while importing.is_alive():
        begun = time.perf_counter()
        assert isinstance(world.accounts.sign_in("public", "ann", PASSWORD), SignedIn)
        longest, count = max(longest, time.perf_counter() - begun), count + 1
    importing.join()
    assert count > 5
    assert longest < 1
