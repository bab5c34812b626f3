"""A store by its URL: `sqlite:///accounts.db`, `postgresql://…`, `mariadb://…`; for counts, `redis://…`.

What speaks to a server is optional, so it is imported by name when a URL asks for it, and `import
permit_accounts` loads none of it. A password may stand in a URL, so no message shows one.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.ports import Store
from permit_accounts.stores.sqlite import SQLiteStore

SQLITE: Final = "sqlite:///"
"""What the URL of a SQLite file begins with."""

_OPENING: Final = "permit_accounts.stores.sqlalchemy.opening"
#: Loads what runs migrations as well.
_MAKING: Final = "permit_accounts.stores.sqlalchemy.making"
_REDIS: Final = "permit_accounts.stores.redis"

#: What is to be installed for each scheme.
_EXTRAS: Final[Mapping[str, str]] = {
    "postgresql": "postgres",
    "postgresql+psycopg": "postgres",
    "mariadb": "mariadb",
    "mariadb+pymysql": "mariadb",
}
_COUNTS: Final = ("redis", "rediss")
_INSTEAD: Final[Mapping[str, str]] = {
    "postgres": "write postgresql://",
    "mysql": "write mariadb:// for a MariaDB server",
    "redis": "Redis keeps attempt counts that may be forgotten: pass it as scratch",
    "rediss": "Redis keeps attempt counts that may be forgotten: pass it as scratch",
}


def open_store(url: str, *, create: bool = False) -> Store:
    """The store that a URL names.

    Args:
        url: `sqlite:///accounts.db` (relative) or `sqlite:////srv/accounts.db`;
            `postgresql://user:password@host/database` or `mariadb://…`.
        create: Whether a SQLite file that is not there yet may be made, or the tables in a database on a
            server that has none of them. `permit-accounts db upgrade` does so apart from the program.

    Raises:
        ConfigurationError: It names none, or what it names cannot be used; the message says what to do.
        Unavailable: The server cannot be reached.
    """
    if url.startswith(SQLITE) and url != SQLITE:
        return SQLiteStore(url.removeprefix(SQLITE), create=create)
    store: Store = _on_a_server(url, _MAKING if create else _OPENING, "open_on_server")
    return store


def engine_by_url(url: str) -> Any:
    """SQLAlchemy's engine for the server that a URL names, for what looks after its tables.

    Raises:
        ConfigurationError: It names none; the message says what to do.
    """
    return _on_a_server(url, _OPENING, "engine_for")


def scratch_of(given: str | Store | None, store: Store) -> Store:
    """The store of attempt counts that is meant: by its URL, itself, or the one that keeps everything.

    Raises:
        ConfigurationError: The URL names none, or what it needs is not installed.
    """
    if given is None:
        return store
    return _scratch_by_url(given) if isinstance(given, str) else given


def _on_a_server(url: str, module: str, name: str) -> Any:
    scheme = _scheme(url)
    if scheme not in _EXTRAS:
        raise _no_store(scheme)
    return _opened(url, module, name, _EXTRAS[scheme])


def _scratch_by_url(url: str) -> Store:
    scheme = _scheme(url)
    if scheme not in _COUNTS:
        raise ConfigurationError(
            f"Accounts.open(scratch='{_shown(scheme)}'): a store of attempt counts is "
            "'redis://127.0.0.1:6379/0' (rediss:// for TLS); for another pass its store object"
        )
    store: Store = _opened(url, _REDIS, "RedisStore", "redis")
    return store


def _opened(url: str, module: str, name: str, extra: str) -> Any:
    try:
        return getattr(import_module(module), name)(url)
    except ImportError as error:
        raise ConfigurationError(
            f"{_shown(_scheme(url))} needs what is not installed here, or too old: "
            f"install or upgrade permit-accounts with its extra [{extra}]"
        ) from error


def _no_store(scheme: str) -> ConfigurationError:
    advice = _INSTEAD.get(
        scheme.partition("+")[0],
        "a database is 'sqlite:///accounts.db' (three slashes, or four before an absolute path), "
        "'postgresql://…' or 'mariadb://…'; for another pass its store object",
    )
    return ConfigurationError(f"'{_shown(scheme)}' names no store: {advice}")


def _scheme(url: str) -> str:
    return url.partition("://")[0] if "://" in url else ""


def _shown(scheme: str) -> str:
    """Never the whole of a URL: there may be a password in it."""
    return f"{scheme}://…" if scheme.replace("+", "").isalnum() else "…"
