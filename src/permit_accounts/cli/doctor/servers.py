"""The database server looked over: whether it can be reached, and all that is wrong with what it holds."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from permit_accounts.cli.doctor.findings import Finding, error, ok, warning
from permit_accounts.cli.server_tables import Tables

_PATIENCE: Final = 5  # seconds
_PORTS: Final = {"postgresql": 5432, "mariadb": 3306, "mysql": 3306}


def of_the_server(tables: Tables, now: Callable[[], datetime]) -> Iterator[Finding]:
    """Everything that is wrong or weak with the database, or that nothing is."""
    flaws = tables.problems(now)
    for flaw in flaws:
        yield (error if flaw.serious else warning)(f"db-{flaw.topic}", flaw.words)
        if flaw.topic == "connection":
            yield from _of_the_way(tables.engine.url)
    if not flaws:
        yield ok("database", f"{tables.place} has this release's tables, and this user may use them")


def _of_the_way(url: Any) -> Iterator[Finding]:
    """How far a connection comes: this tells a wrong host from a wrong password, and shows neither."""
    host, port = url.host, url.port or _PORTS[url.get_backend_name()]
    if not host:
        return
    try:
        socket.create_connection((host, port), _PATIENCE).close()
    except socket.gaierror:
        yield error(
            "db-host", f"this machine knows no host {host}: mend the name, or the machine's name server"
        )
    except TimeoutError:
        yield error("db-host", f"{host}:{port} does not answer: a firewall may be in between, or it is down")
    except OSError as wrong:
        yield error(
            "db-host",
            f"nothing listens at {host}:{port} ({wrong.strerror}): start the server, or mend the port",
        )
    else:
        yield ok(
            "db-host",
            f"something listens at {host}:{port}: look at the database's name, user and password, and at the "
            "options behind a ?, such as those of TLS",
        )
