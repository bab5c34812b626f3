"""A PostgreSQL server of a test's own, to be stopped and starved: the suite's shared one never is.

It is made empty in a temporary folder, listens on a free port of this machine, and is gone afterwards. It
does not wait for the disk: what is tried is the end of its processes, and the system keeps what they wrote.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from servers.programs import free_port, own_folder, run

_DEBIAN: Final = "/usr/lib/postgresql/*/bin"


class PrivatePostgres:
    """A PostgreSQL server; `url` names its database `postgres`.

    Args:
        programs: The folder of `initdb` and `pg_ctl`.
        folder: Where it keeps everything; its owner runs it.
        who: As whom it runs, as `subprocess` takes it.
    """

    def __init__(self, programs: Path, folder: Path, who: Mapping[str, Any]) -> None:
        self._programs, self._folder, self._who = programs, folder, who
        self._port = free_port()
        self.cluster: Final = folder / "cluster"
        self.url: Final = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def make(self) -> None:
        """Make the cluster: a superuser without a password, for this machine alone."""
        self._run("initdb", "-A", "trust", "-U", "postgres", "-E", "utf8", "--no-locale", "--no-sync")

    def start(self, *settings: str) -> None:
        """Start it with these settings, such as `full_page_writes=off`, and wait until it answers."""
        given = ("listen_addresses=127.0.0.1", "unix_socket_directories=", *settings)
        options = f"-p {self._port} -F {' '.join(f'-c {one}' for one in given)}"
        self._control("start", "-w", "-l", str(self._folder / "log"), "-o", options)

    def stop(self) -> None:
        """Stop it at once, as a crash does: nothing is written that was not."""
        self._control("stop", "-m", "immediate")

    def restart(self) -> None:
        """Crash, recover and answer again."""
        self._control("restart", "-m", "immediate", "-w", "-l", str(self._folder / "log"))

    def _control(self, act: str, *arguments: str) -> None:
        self._run("pg_ctl", act, "-s", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        run([self._programs / program, "-D", self.cluster, *arguments], self._who)


@contextmanager
def private_postgres(place: Path | None = None) -> Iterator[PrivatePostgres]:
    """A PostgreSQL server that is running; the test is skipped where its programs are not found.

    Args:
        place: The folder in which its own is made; that for temporary ones by default.
    """
    with _made(place) as server, _running(server):
        yield server


@contextmanager
def standby_postgres() -> Iterator[str]:
    """The URL of one that waits for a primary and only reads; it does not see to it that it keeps."""
    with _made() as server:
        (server.cluster / "standby.signal").touch()
        with _running(server, "full_page_writes=off", "synchronous_commit=off"):
            yield server.url


@contextmanager
def _made(place: Path | None = None) -> Iterator[PrivatePostgres]:
    programs = _postgres_programs()
    with own_folder("postgres", place) as (folder, who):
        server = PrivatePostgres(programs, folder, who)
        server.make()
        yield server


@contextmanager
def _running(server: PrivatePostgres, *settings: str) -> Iterator[None]:
    server.start(*settings)
    try:
        yield
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
