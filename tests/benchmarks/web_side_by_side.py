"""Pages, sign-ins and session checks a second behind real servers, ours and others' side by side.

    python tests/benchmarks/web_side_by_side.py                            # ours and the empty handler
    python tests/benchmarks/web_side_by_side.py --servers uvicorn,gunicorn --rounds 5

A rival takes part where a variable names an interpreter that has it and its servers: BENCH_PYTHON_ALLAUTH,
BENCH_PYTHON_FLASK_SECURITY, BENCH_PYTHON_FASTAPI_USERS. BENCH_PYTHON_PERMIT_ACCOUNTS is one that has the
servers for ours, by default that which runs this. Every server runs all the time and is asked in turn, so
that a drift of the machine falls on all alike. Beside requests per second stands what one took of the
processors in the server, which other work on the machine moves far less. Databases are SQLite in WAL with
`synchronous=NORMAL`, hashes the cheapest that Argon2 has.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from web_load import CLIENT, CONNECTIONS, Measured, ask, load
from web_servers import COLUMNS, EMPTY, SERVERS, Running, has_server, prepare

TASKS = {
    "check": "Session check (JSON)",
    "form page": "A page with a session (the form to change the password)",
    "dashboard": "The dashboard",
    "sign-in": "Sign-in without the hash",
}
Cases = Mapping[str, Mapping[str, Any]]
Figures = dict[tuple[str, Running], list[Measured]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2, help="how long each is asked in a round")
    parser.add_argument("--servers", default=",".join(SERVERS))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="web-bench-") as folder, ExitStack() as stack:
        cases, running = start(Path(folder), given.servers.split(","), stack)
        figures: Figures = defaultdict(list)
        for number in range(-1, given.rounds):
            say(f"round {number + 1} of {given.rounds}" if number >= 0 else "warming up")
            for task, one, case in requests(cases, running):
                ask(one, case)
                measured = load(one, case, given.seconds if number >= 0 else 1)
                if number >= 0:
                    figures[task, one].append(measured)
    show(figures, f"{given.rounds} rounds of {given.seconds} s, {CONNECTIONS} connections, asked by {CLIENT}")


def start(folder: Path, servers: list[str], stack: ExitStack) -> tuple[Cases, list[Running]]:
    """Fill the databases, and start each application behind each of its servers."""
    cases: dict[str, Mapping[str, Any]] = {}
    running = []
    for column in COLUMNS:
        python = column.python
        if python is None:
            say(f"{column.title}: {column.variable} names no interpreter, left out")
            continue
        place = folder / column.module
        if column.module not in cases:
            place.mkdir()
            prepare(column, place)
            cases[column.module] = json.loads((place / "cases.json").read_text())
        for server in column.on:
            if server in servers and has_server(python, server):
                running.append(stack.enter_context(stopped_after(Running(column, server, place))))
            elif server in servers:
                say(f"{column.title}: its interpreter has no {server}, left out")
    for one in running:
        one.wait()
    return cases, running


@contextmanager
def stopped_after(running: Running) -> Iterator[Running]:
    """Nothing is left running."""
    try:
        yield running
    finally:
        running.stop()


def requests(cases: Cases, running: list[Running]) -> Iterator[tuple[str, Running, Mapping[str, Any]]]:
    """What is asked in a round: each task of all, one server after the other, the empty handler first."""
    for server in SERVERS:
        there = [one for one in running if one.server == server]
        for task in TASKS:
            for one in there:
                case = cases[one.column.module].get("empty" if one.column is EMPTY else task)
                if case is not None:
                    yield task, one, case


def show(figures: Figures, how: str) -> None:
    """A table for each task."""
    print(how)
    for task, title in TASKS.items():
        print(f"\n{title}\n\n| server | | requests/s | of the empty handler | processor | share of it |")
        print("| --- | --- | ---: | ---: | ---: | ---: |")
        empty = {one.server: figures[of, one] for of, one in figures if of == task and one.column is EMPTY}
        for (of, one), measured in figures.items():
            if of == task:
                print(line(one, measured, empty.get(one.server)))


def line(one: Running, measured: list[Measured], empty: list[Measured] | None) -> str:
    """Medians. A share is the median of the rounds' own: of the empty handler's requests per second, and how
    much of what a request takes of the processors the empty handler takes too.
    """
    pairs = list(zip(measured, empty or (), strict=bool(empty)))
    cells = (
        middle([each.rate for each in measured], "{:,.0f}"),
        middle([each.rate / bare.rate for each, bare in pairs], "{:.0%}"),
        middle([each.processor for each in measured], "{:,.0f} µs"),
        middle([bare.processor / each.processor for each, bare in pairs if each.processor], "{:.0%}"),
    )
    return f"| {one.server} | {one.column.title} | {' | '.join(cells)} |"


def middle(figures: list[float], form: str) -> str:
    """Their median, written so; a dash where there is none."""
    return form.format(statistics.median(figures)) if figures and all(figures) else "–"


def say(text: str) -> None:
    """Progress."""
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
