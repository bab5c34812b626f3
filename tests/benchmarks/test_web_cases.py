"""What the comparison behind servers asks of ours is answered as it should be; nothing is timed here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

TASKS = {"check", "form page", "dashboard", "sign-in"}


@pytest.fixture
def benchmark(monkeypatch):
    """Its modules, which find each other beside the script that is run."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.delenv("BENCH_PYTHON_PERMIT_ACCOUNTS", raising=False)
    import web_load
    import web_servers

    return web_load, web_servers


@pytest.mark.parametrize(
    ("at", "server", "tasks"),
    [
        (0, "uvicorn", {"empty"}),
        (0, "waitress", {"empty"}),
        (1, "uvicorn", TASKS),
        (1, "waitress", TASKS),
        (2, "uvicorn", TASKS),
    ],
)
def test_each_case_is_answered(benchmark, tmp_path, at, server, tasks):
    """Behind a real server: pages of the account that is signed in, and sign-ins that lead on.

    An answer that is another is noticed, so that no figure is of a page that says something else.
    """
    load, servers = benchmark
    column = servers.COLUMNS[at]
    servers.prepare(column, tmp_path)
    cases = json.loads((tmp_path / "cases.json").read_text())
    running = servers.Running(column, server, tmp_path)
    try:
        running.wait()
        for case in cases.values():
            load.ask(running, case)
            with pytest.raises(SystemExit, match=f"{column.title} at {case['path']}: {case['status']}"):
                load.ask(running, {**case, "shows": "no page says this"})
    finally:
        running.stop()
    assert tasks == set(cases)
