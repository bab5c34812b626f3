"""A store by its URL: which it opens, what it says of one that it cannot open, and what it never says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.stores.by_url import open_store
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
        ("redis://:hunter2@db/0", "pass its store as scratch"),
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
        assert ran.stdout.rstrip().endswith(f"pip install 'permit-accounts[{extra}]'")
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
