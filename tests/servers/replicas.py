"""Servers that are set as no portal should find them: they only read, or forget what they were told.

They are made empty in a temporary folder, listen on a free port of this machine and are gone afterwards. A
test is skipped where their programs are not found.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pymysql
import pytest

from servers.databases import connected_to_mariadb

_PATIENCE = 60  # seconds for a server to start


@contextmanager
def standby_postgres() -> Iterator[str]:
    """A PostgreSQL server that waits for a primary and only reads; it does not see to it that it keeps."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.skip("PostgreSQL's initdb is not found: install the server")
    programs, port = found[-1].parent, _free_port()
    with _folder("postgres") as (folder, who):
        cluster = folder / "cluster"
        made = ("-A", "trust", "-U", "postgres", "-E", "utf8", "--no-locale", "--no-sync")
        _run([programs / "initdb", "-D", cluster, *made], who)
        (cluster / "standby.signal").touch()
        settings = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c full_page_writes=off"
        )
        control = [programs / "pg_ctl", "-D", cluster, "-s", "-w"]
        _run([*control, "start", "-l", folder / "log", "-o", f"{settings} -F -c synchronous_commit=off"], who)
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            _run([*control, "stop", "-m", "immediate"], who)


@contextmanager
def replica_mariadb() -> Iterator[str]:
    """A MariaDB server with an old replica's settings, and a user `portal` for whom they hold."""
    install, server = shutil.which("mariadb-install-db"), shutil.which("mariadbd", path=_path())
    if install is None or server is None:
        pytest.skip("mariadbd and mariadb-install-db are not found: install the server")
    with _folder("mysql") as (folder, who):
        place = [f"--datadir={folder / 'data'}"]
        _run([install, "--no-defaults", *place, "--auth-root-authentication-method=normal"], who)
        port = _free_port()
        settings = [
            *("--read-only=ON", "--log-bin=log", "--server-id=1", "--binlog-format=STATEMENT", "--sql-mode="),
            "--skip-name-resolve",  # or the nameless user of localhost would come before `portal`
            *("--innodb-flush-log-at-trx-commit=0", f"--port={port}", "--bind-address=127.0.0.1"),
            *(
                f"--socket={folder / 'socket'}",
                f"--pid-file={folder / 'pid'}",
                f"--log-error={folder / 'log'}",
            ),
        ]
        command = [server, "--no-defaults", *place, *settings]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, **who) as running:
            try:
                _prepare(f"mariadb://root@127.0.0.1:{port}/", running)
                yield f"mariadb://portal@127.0.0.1:{port}/city"
            finally:
                running.kill()


def _prepare(url: str, running: subprocess.Popen[bytes]) -> None:
    while True:
        with suppress(pymysql.err.OperationalError):
            connection = connected_to_mariadb(url)
            break
        with suppress(subprocess.TimeoutExpired):
            running.wait(0.1)
            raise RuntimeError("the MariaDB server ended before it answered")
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE city")
        cursor.execute("CREATE USER portal@'%'")
        cursor.execute("GRANT ALL ON city.* TO portal@'%'")


@contextmanager
def _folder(user: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A folder, and as whom to run a server in it: these refuse to be run by root."""
    who: dict[str, Any] = {"user": user, "group": user, "extra_groups": []} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="permit-accounts-", ignore_cleanup_errors=True) as name:
        if who:
            shutil.chown(name, user, user)
        yield Path(name), {**who, "cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def _run(command: Sequence[str | Path], who: dict[str, Any]) -> None:
    # Its output goes nowhere: a server keeps what it inherits open, and whoever reads that would wait.
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE, **who)


def _path() -> str:
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
