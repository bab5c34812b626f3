"""What is wrong with a database, all of it at once: for `permit-accounts db check` and for `doctor`.

It asks and changes nothing. Opening a store asks much less: see `version.check`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from permit_accounts.model.errors import ConfigurationError, Unavailable
from permit_accounts.stores.sqlalchemy import privileges, server, shape, version
from permit_accounts.stores.sqlalchemy.flaw import Flaw
from permit_accounts.stores.sqlalchemy.reaching import connected, named
from permit_accounts.stores.sqlalchemy.tables import PREFIX


def problems(
    engine: Engine, *, now: Callable[[], datetime], prefix: str = PREFIX, schema: str | None = None
) -> Sequence[Flaw]:
    """Everything that is wrong or weak; empty where accounts can be kept there without worry.

    Args:
        engine: Of the user that the portal connects as, for its privileges are looked at too.
        now: This machine's time, aware.
        prefix: What each table's name begins with.
        schema: The schema that they lie in; the connection's own by default.
    """
    try:
        connection = connected(engine)
    except (ConfigurationError, Unavailable) as error:
        return [Flaw("connection", str(error))]
    with connection:
        found: list[Flaw] = []
        try:
            found += server.problems_of_the_server(connection, now=now)
            found += _of_the_tables(connection, prefix=prefix, schema=schema)
        except DBAPIError as error:
            found.append(Flaw("connection", f"the database could not be asked any further ({named(error)})"))
    return found


def _of_the_tables(connection: Connection, *, prefix: str, schema: str | None) -> Iterator[Flaw]:
    wrong = version.wrong_version(connection, prefix=prefix, schema=schema)
    if wrong is not None:
        yield Flaw("version", wrong)
    yield from shape.problems_of_the_tables(connection, prefix=prefix, schema=schema)
    yield from privileges.problems_of_the_user(connection, prefix=prefix, schema=schema)
