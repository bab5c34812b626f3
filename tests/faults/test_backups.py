"""What the guide to backups promises of a server's dump: every record comes back, in sound tables."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from faults.backends import Records, ServerBackend, engine_for
from permit_accounts.model.records import ASKED_BY
from permit_accounts.ports import Add
from permit_accounts.stores.sqlalchemy import SQLAlchemyStore
from permit_accounts.stores.sqlalchemy.problems import problems
from permit_accounts.testing.hard_records import hard
from permit_accounts.tools.services import utc_now
from servers.databases import made_on_mariadb, made_on_postgres
from servers.fixtures import MARIADB, POSTGRES, named


def _postgres(old: str, new: str, folder: Path) -> None:
    dump = folder / "permits.dump"
    _run("pg_dump", "--format=custom", f"--file={dump}", old)
    _run("pg_restore", "--exit-on-error", "--single-transaction", f"--dbname={new}", str(dump))


def _mariadb(old: str, new: str, folder: Path) -> None:
    dump = folder / "permits.sql"
    with dump.open("wb") as file:
        _run("mariadb-dump", *_place(old)[:-1], "--single-transaction", _place(old)[-1], into=file.fileno())
    with dump.open("rb") as file:
        _run("mariadb", *_place(new), out_of=file.fileno())


@pytest.mark.parametrize(
    ("made", "server", "move"),
    [(made_on_postgres, POSTGRES, _postgres), (made_on_mariadb, MARIADB, _mariadb)],
    ids=["postgresql", "mariadb"],
)
def test_a_dump_brings_every_record_back(
    made: Callable[..., object], server: str, move: Callable[[str, str, Path], None], tmp_path: Path
) -> None:
    """Whatever is in it, and `permit-accounts db check` finds nothing wrong with the tables."""
    with made(named(server)) as old, made(named(server)) as new:  # type: ignore[attr-defined]
        with closing(ServerBackend(old)) as backend:
            backend.store.commit(*(Add(record) for kind in ASKED_BY for record in hard(kind)))
            kept = Records(backend.store).keep()
        move(old, new, tmp_path)
        restored = engine_for(new)
        try:
            assert kept == Records(SQLAlchemyStore(restored)).keep()
            assert [] == [flaw.words for flaw in problems(restored, now=utc_now) if flaw.serious]
        finally:
            restored.dispose()


def _place(url: str) -> Sequence[str]:
    parts = urlsplit(url)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    server = f"--host={parts.hostname}", f"--port={parts.port or 3306}"
    return ("--no-defaults", *server, f"--user={user}", f"--password={password}", parts.path.lstrip("/"))


def _run(program: str, *arguments: str, out_of: int = subprocess.DEVNULL, into: int | None = None) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not found: install the server's own clients")
    subprocess.run([program, *arguments], check=True, stdin=out_of, stdout=into, timeout=60)
