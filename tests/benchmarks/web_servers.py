"""Applications behind real servers on loopback, each in a process group of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import attrs

RIVALS: Final = Path(__file__).parent / "web_rivals"
_START_SECONDS: Final = 30
_LOOPBACK: Final = "127.0.0.1"

#: How each server is started, after the interpreter and before the application. One process each, with four
#: threads where there are threads: what is compared is what a request costs.
SERVERS: Final[Mapping[str, tuple[str, ...]]] = {
    "uvicorn": (
        *("uvicorn", "--port={port}", "--http=h11", "--loop=asyncio", "--lifespan=off"),
        *("--no-access-log", "--no-proxy-headers", "--log-level=error"),
    ),
    "uvicorn+uvloop": (
        *("uvicorn", "--port={port}", "--http=httptools", "--loop=uvloop", "--lifespan=off"),
        *("--no-access-log", "--no-proxy-headers", "--log-level=error"),
    ),
    "granian": ("granian", "--interface=asginl", "--port={port}", "--no-access-log", "--log-level=error"),
    "gunicorn": ("gunicorn", "-b127.0.0.1:{port}", "-kgthread", "--threads=4", "--log-level=error"),
    "waitress": ("waitress", "--listen=127.0.0.1:{port}", "--threads=4"),
}
_MODULES: Final = {"uvicorn+uvloop": ("uvicorn", "httptools", "uvloop")}


@attrs.frozen(kw_only=True)
class Column:
    """One application, as it stands in the tables.

    Args:
        title: What it is called there.
        module: Where it is, in `web_rivals`.
        variable: The environment variable that names the interpreter it runs in.
        on: The name in the module of the application for each server.
    """

    title: str
    module: str
    variable: str
    on: Mapping[str, str]

    @property
    def python(self) -> str | None:
        """Its interpreter; ours by default, and None where a rival's was not told."""
        own = sys.executable if self.variable == _OWN else None
        return os.environ.get(self.variable, own)


_OWN: Final = "BENCH_PYTHON_PERMIT_ACCOUNTS"
_ON_ASGI: Final = dict.fromkeys(("uvicorn", "uvicorn+uvloop", "granian"), "asgi")
_ON_WSGI: Final = dict.fromkeys(("gunicorn", "waitress"), "wsgi")
EMPTY: Final = Column(title="empty handler", module="empty", variable=_OWN, on=_ON_ASGI | _ON_WSGI)
COLUMNS: Final = (
    EMPTY,
    Column(title="permit_accounts", module="city", variable=_OWN, on=_ON_ASGI | _ON_WSGI),
    Column(
        title="permit_accounts, read in the loop",
        module="city",
        variable=_OWN,
        on=dict.fromkeys(_ON_ASGI, "asgi_in_loop"),
    ),
    Column(title="django-allauth", module="allauth_portal", variable="BENCH_PYTHON_ALLAUTH", on=_ON_WSGI),
    Column(
        title="Flask-Security",
        module="flask_security_portal",
        variable="BENCH_PYTHON_FLASK_SECURITY",
        on=_ON_WSGI,
    ),
    Column(
        title="fastapi-users",
        module="fastapi_users_portal",
        variable="BENCH_PYTHON_FASTAPI_USERS",
        on=_ON_ASGI,
    ),
)


def prepare(column: Column, folder: Path) -> None:
    """Have the application fill its database in this folder and write its cases."""
    python = column.python
    assert python is not None
    command = [python, f"{column.module}.py"]
    subprocess.run(command, cwd=RIVALS, env=_environment(folder), check=True, stdout=subprocess.DEVNULL)


def has_server(python: str, server: str) -> bool:
    """Whether this interpreter has what the server needs."""
    wanted = ", ".join(_MODULES.get(server, (server,)))
    return subprocess.run([python, "-c", f"import {wanted}"], stderr=subprocess.DEVNULL).returncode == 0


class Running:
    """An application behind a server, until it is stopped."""

    def __init__(self, column: Column, server: str, folder: Path) -> None:
        self.column: Final = column
        self.server: Final = server
        self.port: Final = _free_port()
        python = column.python
        assert python is not None
        words = [word.format(port=self.port) for word in SERVERS[server]]
        self._process = subprocess.Popen(
            [python, "-m", *words, f"{column.module}:{column.on[server]}"],
            cwd=RIVALS,
            env=_environment(folder),
            start_new_session=True,
            stdout=subprocess.DEVNULL,
        )

    def wait(self) -> None:
        """Until it takes connections."""
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                socket.create_connection((_LOOPBACK, self.port), timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise SystemExit(f"{self.column.title} did not start behind {self.server}")

    def connection(self) -> HTTPConnection:
        """A connection to it."""
        return HTTPConnection(_LOOPBACK, self.port, timeout=30)

    def processor_seconds(self) -> float:
        """What all its processes have taken of the processors so far; 0 where there is no /proc."""
        ticks = (_ticks(stat, self._process.pid) for stat in Path("/proc").glob("[0-9]*/stat"))
        return sum(ticks) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End its processes."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _environment(folder: Path) -> dict[str, str]:
    places = (RIVALS.parents[2] / "src", RIVALS, RIVALS.parent)
    return {
        **os.environ,
        "WEB_BENCH_FOLDER": str(folder),
        "PYTHONPATH": os.pathsep.join(map(str, places)),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind((_LOOPBACK, 0))
        port: int = listening.getsockname()[1]
    return port


def _ticks(stat: Path, group: int) -> int:
    """What a process of this group has taken of the processors (proc(5), /proc/pid/stat, 14 and 15)."""
    try:
        fields = stat.read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12]) if int(fields[2]) == group else 0
