"""A store by its URL: which it opens, what it says of one that it cannot open, and what it never says."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.stores.by_url import open_store, scratch_of
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.redis import RedisStore
from permit_accounts.stores.sqlite import SQLiteStore


def test_a_file(tmp_path: Path) -> None:
    """Three slashes and a path: the embedded store, made only where that was asked for."""
    url = f"sqlite:///{tmp_path / 'accounts.db'}"
    with pytest.raises(ConfigurationError, match="there is no file"):
        open_store(url)
    store = open_store(url, create=True)
    assert isinstance(store, SQLiteStore)
    store.close()


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("sqlite:///", "sqlite:///accounts.db"),
        ("sqlite://accounts.db", "sqlite:///accounts.db"),
        ("accounts.db", "'…' names no store"),
        ("postgres://ann:hunter2@db/permits", "'postgres://…' names no store: write postgresql://"),
        ("mysql+pymysql://ann:hunter2@db/permits", "write mariadb://"),
        ("redis://:hunter2@db/0", "pass it as scratch"),
        ("oracle://ann:hunter2@db/permits", "'oracle://…' names no store"),
        ("postgresql+psycopg2://ann:hunter2@db/permits", "pass its store object"),
        ("hunter2 :// permits", "'…' names no store"),
    ],
)
def test_what_names_no_store(url: str, advice: str) -> None:
    """The message says what would, and shows nothing of the URL but its scheme."""
    with pytest.raises(ConfigurationError) as caught:
        open_store(url)
    assert advice in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("scheme", "extra"), [("postgresql", "postgres"), ("mariadb+pymysql", "mariadb")])
@pytest.mark.parametrize("missing", ["sqlalchemy", "psycopg", "pymysql"])
def test_what_is_not_installed(scheme: str, extra: str, missing: str) -> None:
    """An extra that is missing is named, with the command that brings it."""
    script = (
        "import sys\n"
        f"sys.modules[{missing!r}] = None\n"
        "from permit_accounts.model.errors import PermitAccountsError\n"
        "from permit_accounts.stores.by_url import open_store\n"
        "try:\n"
        f"    open_store('{scheme}://ann:hunter2@127.0.0.1:1/permits')\n"
        "except PermitAccountsError as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    needed = {"postgres": "psycopg", "mariadb": "pymysql"}[extra]
    if missing in ("sqlalchemy", needed):
        expected = f"ConfigurationError {scheme}://… needs what is not installed"
        assert ran.stdout.startswith(expected)
        assert ran.stdout.rstrip().endswith(f"install or upgrade permit-accounts with its extra [{extra}]")
    else:
        assert ran.stdout.startswith("Unavailable ")
    assert "hunter2" not in ran.stdout + ran.stderr


def test_nothing_optional_is_loaded_for_a_file() -> None:
    """Neither the package nor a city on a file loads what the extras bring."""
    script = (
        "import sys, permit_accounts.accounts, permit_accounts.stores.by_url\n"
        "print(sorted({'sqlalchemy', 'alembic', 'psycopg', 'pymysql', 'redis'} & set(sys.modules)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "[]\n" == ran.stdout


@pytest.mark.parametrize("url", ["redis://127.0.0.1:6379/0", "rediss://ann:s3cret@redis.example.gov/0"])
def test_a_redis_server(url: str) -> None:
    """Plain or by TLS; nothing is connected yet."""
    assert isinstance(scratch_of(url, MemoryStore()), RedisStore)


def test_a_store_is_itself_and_none_the_one_that_lasts() -> None:
    """Counts stand beside everything else unless something is said."""
    lasting, counts = MemoryStore(), MemoryStore()
    assert counts is scratch_of(counts, lasting)
    assert lasting is scratch_of(None, lasting)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("", "'…'"),
        ("counts.db", "'…'"),
        ("sqlite:///counts.db", "'sqlite://…'"),
        ("mysql+pymysql://ann:s3cret@host/db", "'mysql+pymysql://…'"),
        ("s3cret@here://host", "'…'"),
    ],
)
def test_what_is_no_store_of_counts(url: str, named: str) -> None:
    """It is said what is one; of what was given no more than its scheme."""
    with pytest.raises(ConfigurationError, match=r"is 'redis://127\.0\.0\.1:6379/0'") as refusal:
        scratch_of(url, MemoryStore())
    assert named in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


def test_without_redis_installed() -> None:
    """Only who names such a server needs it, and is told what to install."""
    program = """
        import sys
        sys.modules["redis"] = None
        from permit_accounts.model.errors import ConfigurationError
        from permit_accounts.stores.by_url import scratch_of
        from permit_accounts.stores.memory import MemoryStore
        scratch_of(None, MemoryStore())
        try:
            scratch_of("redis://:s3cret@127.0.0.1:6379/0", MemoryStore())
        except ConfigurationError as error:
            print(error)
    """
    told = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True
    )
    assert "install or upgrade permit-accounts with its extra [redis]" in told.stdout
    assert "s3cret" not in told.stdout + told.stderr
