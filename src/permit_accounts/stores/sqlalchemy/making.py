"""Opening a store on a server whose database may still be empty; apart, for it loads what runs migrations."""

from __future__ import annotations

from permit_accounts.stores.sqlalchemy import opening
from permit_accounts.stores.sqlalchemy.migrations.running import make_where_none_are
from permit_accounts.stores.sqlalchemy.store import SQLAlchemyStore


def open_on_server(url: str) -> SQLAlchemyStore:
    """The store in the database that a URL names; its tables are made where there is none of them.

    Raises:
        ConfigurationError: The URL is none, some tables are missing, they are another release's, or this user
            may not make them.
        ImportError: The driver is not installed.
        Unavailable: The server cannot be reached.
    """
    engine = opening.engine_for(url)
    try:
        make_where_none_are(engine)
    finally:
        engine.dispose()
    return opening.open_on_server(url)
