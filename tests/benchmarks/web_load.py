"""Requests without pause to a server on loopback, by wrk or, where there is none, by a client in Python."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from itertools import count
from typing import Any, Final

import attrs
from web_servers import Running

#: Where the posted bodies go on, so that no account is signed in to more often than others.
_TURN: Final = count(step=97)
#: Connections at once; wrk drives them from one thread.
CONNECTIONS: Final = 8
_WRK: Final = shutil.which("wrk")
#: What the tables say of who asked.
CLIENT: Final = "wrk" if _WRK else "a client in Python, which itself takes most of a processor"


@attrs.frozen
class Measured:
    """Requests in a second, and what each took of the processors in the server, in microseconds.

    The latter is 0 where the system does not tell.
    """

    rate: float
    processor: float


def ask(running: Running, case: Mapping[str, Any]) -> None:
    """One request, whose answer must be the right one.

    Raises:
        SystemExit: It is another.
    """
    connection = running.connection()
    body = _next_body(case)
    connection.request(case["method"], case["path"], body=body, headers=case["headers"])
    response = connection.getresponse()
    shown = response.read()
    connection.close()
    if response.status != case["status"] or case["shows"].encode() not in shown:
        raise SystemExit(f"{running.column.title} at {case['path']}: {response.status}\n{shown[:500]!r}")


def load(running: Running, case: Mapping[str, Any], seconds: int) -> Measured:
    """Ask without pause for so long."""
    before, begun = running.processor_seconds(), time.monotonic()
    answered = (_by_wrk if _WRK else _by_threads)(running, case, seconds)
    taken, after = time.monotonic() - begun, running.processor_seconds()
    return Measured(answered / taken, (after - before) / answered * 1e6)


def _by_wrk(running: Running, case: Mapping[str, Any], seconds: int) -> int:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_script(case))
        script.flush()
        words = [str(_WRK), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", f"-s{script.name}"]
        address = f"http://127.0.0.1:{running.port}{case['path']}"
        told = subprocess.run([*words, address], check=True, capture_output=True, text=True).stdout
    found = re.search(r"(\d+) requests in", told)
    if found is None or "Non-2xx" in told or int(found[1]) == 0:
        raise SystemExit(f"{running.column.title} at {case['path']}:\n{told}")
    return int(found[1])


def _script(case: Mapping[str, Any]) -> str:
    """The request in wrk's language; posted bodies take turns, from another one each time."""
    lines = [f"wrk.method = {json.dumps(case['method'])}"]
    lines += [
        f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in case["headers"].items()
    ]
    if case["bodies"]:
        bodies = ",\n".join(json.dumps(body) for body in case["bodies"])
        lines += [f"local bodies = {{{bodies}}}", f"local n = {next(_TURN) % len(case['bodies'])}"]
        lines += [
            "request = function() n = n + 1; return wrk.format(nil, nil, nil, bodies[n % #bodies + 1]) end"
        ]
    return "\n".join(lines)


def _next_body(case: Mapping[str, Any]) -> str | None:
    bodies: list[str] = case["bodies"]
    return bodies[next(_TURN) % len(bodies)] if bodies else None


def _by_threads(running: Running, case: Mapping[str, Any], seconds: int) -> int:
    until = time.monotonic() + seconds
    counts = [0] * CONNECTIONS

    def one(at: int) -> None:
        connection = running.connection()
        while time.monotonic() < until:
            body = _next_body(case)
            connection.request(case["method"], case["path"], body=body, headers=case["headers"])
            response = connection.getresponse()
            response.read()
            if response.status != case["status"]:
                return
            counts[at] += 1
        connection.close()

    threads = [threading.Thread(target=one, args=(at,)) for at in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not all(counts):
        raise SystemExit(f"{running.column.title} at {case['path']}: not answered as it should be")
    return sum(counts)
