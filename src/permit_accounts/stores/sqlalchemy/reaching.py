"""What it means that a database server failed, by the codes of its driver and never by its words.

The words of a driver may hold values of records, and change with the server's language. A code is what
PostgreSQL's SQLSTATE says, or the number of an error of MariaDB.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from permit_accounts.model.errors import ConfigurationError, Unavailable
from permit_accounts.stores.error_codes import server_code

#: The user may not do this: PostgreSQL's `insufficient_privilege`; MariaDB's of a database, of a table, of
#: an act that takes a privilege of the whole server.
FORBIDDEN: Final = frozenset({"42501", 1044, 1142, 1227})
#: Nothing can be written here: a standby, or a server or session that is told to read only.
READ_ONLY: Final = frozenset({"25006", 1290, 1792})
#: There is no such schema; on MariaDB a schema is a database.
NO_SCHEMA: Final = frozenset({"3F000", 1049})
#: Somebody held a lock for longer than we wait.
LOCKED: Final = frozenset({"55P03", 1205})

_WRONG_USER: Final = frozenset({1044, 1045, 1698})
_NO_DATABASE: Final = 1049


def named(error: DBAPIError) -> str:
    """What may be told of a failure: the server's code, or the kind of error where it has none."""
    return str(server_code(error.orig) or type(error.orig).__name__)


def place_in_words(url: URL) -> str:
    """Which database a URL names, as far as everybody may read it: no password, and no option."""
    user = f"{url.username}@" if url.username else ""
    port = f":{url.port}" if url.port else ""
    return f"{user}{url.host or _listed(url) or 'this machine'}{port}/{url.database or ''}"


def connected(engine: Engine) -> Connection:
    """A connection out of an engine's pool.

    Raises:
        ConfigurationError: What its URL says cannot be used.
        Unavailable: The server cannot be reached.
    """
    try:
        return engine.connect()
    except DBAPIError as error:
        raise unreachable(engine.url, error) from error.orig
    except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError):
        # What the driver itself trips over: its error may hold what it was given, so no more is told of it.
        pass
    raise ConfigurationError(
        f"{place_in_words(engine.url)}: the driver cannot use an option of the URL, or a letter of its user "
        "or password: mend them (PyMySQL's passwords are Latin-1)"
    )


def unreachable(url: URL, error: DBAPIError) -> ConfigurationError | Unavailable:
    """What it means that no connection came about, and what to do."""
    place, code = place_in_words(url), server_code(error.orig)
    if code in _WRONG_USER:
        return ConfigurationError(
            f"{place}: the server does not let this user in: mend the user or the password in the URL, or "
            "have the user made and given the database"
        )
    if code == _NO_DATABASE:
        return ConfigurationError(f"{place}: there is no such database: mend its name, or have it made")
    return Unavailable(
        f"{place}: no connection came about: see that the server runs and can be reached from this machine, "
        "and that host, port, database, user and password are right, and the options behind a ? such as "
        "sslmode"
    )


def _listed(url: URL) -> str:
    """The servers, or the socket, that stand among the options: `?host=a:5432&host=b:5432`."""
    hosts = url.query.get("host", ())
    return hosts if isinstance(hosts, str) else ",".join(hosts)
