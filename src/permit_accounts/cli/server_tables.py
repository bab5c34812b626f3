"""The tables of a city that keeps its accounts on a database server, for the commands that look after them.

What speaks to a server is loaded when there is one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import attrs

from permit_accounts.cli.options import at_the_end
from permit_accounts.ports import Store
from permit_accounts.stores.by_url import engine_by_url


@attrs.frozen(kw_only=True)
class Tables:
    """Where they are.

    Attributes:
        engine: SQLAlchemy's engine, of the user that the portal connects as.
        where: The prefix and the schema, where they are not the usual ones.
    """

    engine: Any = attrs.field(repr=False)
    where: dict[str, Any] = attrs.field(factory=dict)

    @property
    def place(self) -> str:
        """Which database it is, without its password."""
        from permit_accounts.stores.sqlalchemy.reaching import place_in_words

        return place_in_words(self.engine.url)

    def problems(self, now: Callable[[], datetime]) -> Sequence[Any]:
        """Everything that is wrong or weak."""
        from permit_accounts.stores.sqlalchemy.problems import problems

        return problems(self.engine, now=now, **self.where)


def tables_at(url: str) -> Tables:
    """Those in the database that a URL names.

    Raises:
        ConfigurationError: It names none; the message says what to do.
    """
    engine = engine_by_url(url)
    at_the_end(engine.dispose)
    return Tables(engine=engine)


def tables_of(store: Store) -> Tables | None:
    """Those that a store keeps its records in; None where it does not keep them on a server."""
    if "permit_accounts.stores.sqlalchemy.store" not in sys.modules:
        return None
    from permit_accounts.stores.sqlalchemy.store import SQLAlchemyStore

    if not isinstance(store, SQLAlchemyStore):
        return None
    return Tables(engine=store.bind, where={"prefix": store.prefix, "schema": store.schema})
