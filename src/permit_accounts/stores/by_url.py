"""A store by its URL: `sqlite:///accounts.db`, `postgresql://…`, `mariadb://…`.

What speaks to a server is optional, so it is imported by name when a URL asks for it, and `import
permit_accounts` loads none of it. A password may stand in a URL, so no message shows one.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.ports import Store
from permit_accounts.stores.sqlite import SQLiteStore

SQLITE: Final = "sqlite:///"
"""What the URL of a SQLite file begins with."""

_SERVERS: Final = "permit_accounts.stores.sqlalchemy.opening"

#: What is to be installed for each scheme.
_EXTRAS: Final[Mapping[str, str]] = {
    "postgresql": "postgres",
    "postgresql+psycopg": "postgres",
    "mariadb": "mariadb",
    "mariadb+pymysql": "mariadb",
}
_INSTEAD: Final[Mapping[str, str]] = {
    "postgres": "write postgresql://",
    "mysql": "write mariadb:// for a MariaDB server",
    "redis": "Redis keeps attempt counts that may be forgotten: pass its store as scratch",
}


def open_store(url: str, *, create: bool = False) -> Store:
    """The store that a URL names.

    Args:
        url: `sqlite:///accounts.db` (relative) or `sqlite:////srv/accounts.db`;
            `postgresql://user:password@host/database` or `mariadb://…`.
        create: Whether a SQLite file that is not there yet may be made. On a server, `permit-accounts db
            upgrade` makes the tables.

    Raises:
        ConfigurationError: It names none, or what it names cannot be used; the message says what to do.
        Unavailable: The server cannot be reached.
    """
    if url.startswith(SQLITE) and url != SQLITE:
        return SQLiteStore(url.removeprefix(SQLITE), create=create)
    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme not in _EXTRAS:
        raise _no_store(scheme)
    try:
        store: Store = import_module(_SERVERS).open_on_server(url)
    except ImportError as error:
        raise ConfigurationError(
            f"{scheme}://… needs what is not installed: pip install 'permit-accounts[{_EXTRAS[scheme]}]'"
        ) from error
    return store


def _no_store(scheme: str) -> ConfigurationError:
    """Not with the whole of the URL: there may be a password in it."""
    named = f"{scheme}://…" if scheme.replace("+", "").isalnum() else "…"
    advice = _INSTEAD.get(
        scheme.partition("+")[0],
        "a database is 'sqlite:///accounts.db' (three slashes, or four before an absolute path), "
        "'postgresql://…' or 'mariadb://…'; for another pass its store object",
    )
    return ConfigurationError(f"'{named}' names no store: {advice}")
