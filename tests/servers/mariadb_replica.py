"""A MariaDB server that is set as no portal should find it: it only reads, and forgets what it was told.

It is made empty in a temporary folder, listens on a free port of this machine and is gone afterwards. A test
is skipped where its programs are not found.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pymysql
import pytest

from servers.databases import connected_to_mariadb
from servers.programs import free_port, own_folder, run


@contextmanager
def replica_mariadb() -> Iterator[str]:
    """A MariaDB server with an old replica's settings, and a user `portal` for whom they hold."""
    install, server = shutil.which("mariadb-install-db"), shutil.which("mariadbd", path=_path())
    if install is None or server is None:
        pytest.skip("mariadbd and mariadb-install-db are not found: install the server")
    with own_folder("mysql") as (folder, who):
        place = [f"--datadir={folder / 'data'}"]
        run([install, "--no-defaults", *place, "--auth-root-authentication-method=normal"], who)
        port = free_port()
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
        with suppress(pymysql.OperationalError):
            connection = connected_to_mariadb(url)
            break
        with suppress(subprocess.TimeoutExpired):
            running.wait(0.1)
            raise RuntimeError("the MariaDB server ended before it answered")
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE city")
        cursor.execute("CREATE USER portal@'%'")
        cursor.execute("GRANT ALL ON city.* TO portal@'%'")


def _path() -> str:
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
