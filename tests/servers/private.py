"""A PostgreSQL server of a test's own, to be stopped and starved: the suite's shared one never is.

It is made empty in a temporary folder, listens on a free port of this machine, and is gone afterwards. It
does not wait for the disk: what is tried is the end of its processes, and the system keeps what they wrote.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

_DEBIAN: Final = "/usr/lib/postgresql/*/bin"
_PATIENCE: Final = 30  # seconds for a server to start


class PrivatePostgres:
    """A PostgreSQL server; `url` names its database `postgres`.

    Args:
        programs: The folder of `initdb` and `pg_ctl`.
        folder: Where it keeps everything; its owner runs it.
        user: Who that is where the test is root, whom PostgreSQL refuses; None for whoever runs the test.
    """

    def __init__(self, programs: Path, folder: Path, user: str | None) -> None:
        self._programs, self._folder, self._user = programs, folder, user
        self._port = _free_port()
        self.url: Final = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def make(self) -> None:
        """Make the cluster: a superuser without a password, for this machine alone."""
        self._run("initdb", "-A", "trust", "-U", "postgres", "-E", "utf8", "--no-locale", "--no-sync")

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        self._run("pg_ctl", "start", "-w", "-s", "-l", str(self._folder / "log"), "-o", f"{settings} -F")

    def stop(self) -> None:
        """Stop it at once, as a crash does: nothing is written that was not."""
        self._run("pg_ctl", "stop", "-m", "immediate", "-s")

    def restart(self) -> None:
        """Crash, recover and answer again."""
        self._run("pg_ctl", "restart", "-m", "immediate", "-w", "-s", "-l", str(self._folder / "log"))

    def _run(self, program: str, *arguments: str) -> None:
        who: dict[str, Any] = {} if self._user is None else {"user": self._user, "extra_groups": []}
        # Its output goes nowhere: the server keeps what it inherits open, and whoever reads that would wait.
        subprocess.run(
            [self._programs / program, "-D", self._folder / "cluster", *arguments],
            check=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            **who,
        )


@contextmanager
def private_postgres(place: Path | None = None) -> Iterator[PrivatePostgres]:
    """A PostgreSQL server that is running; the test is skipped where its programs are not found.

    Args:
        place: The folder in which its own is made; that for temporary ones by default.
    """
    programs = _postgres_programs()
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pg-", dir=place, ignore_cleanup_errors=True) as name:
        if user is not None:
            shutil.chown(name, user)
        server = PrivatePostgres(programs, Path(name), user)
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _postgres_programs() -> Path:
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    folders = sorted(Path("/").glob(_DEBIAN.lstrip("/")), key=lambda folder: int(folder.parent.name))
    if not folders:
        pytest.skip("PostgreSQL's initdb is not found: install the server, or put its folder into PATH")
    return folders[-1]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
