"""What a `World` stands on where it stands on real servers: PostgreSQL for what lasts, Redis for counts."""

from __future__ import annotations

from itertools import count
from typing import Any

import redis
from sqlalchemy import create_engine, event

from permit_accounts.ports import Store
from permit_accounts.stores.redis import RedisStore
from permit_accounts.stores.sqlalchemy import SQLAlchemyStore
from servers.databases import own_name
from servers.tables import driven, empty, make_tables


class Stands:
    """Gives each `World` of a test tables without rows, and a prefix without keys.

    Args:
        postgres: The URL of a database that is empty to begin with.
        redis_server: The URL of a Redis server.
    """

    def __init__(self, postgres: str, redis_server: str) -> None:
        self._engine = create_engine(driven(postgres), pool_size=20)
        event.listen(self._engine, "connect", _be_quick)
        self._redis = redis_server
        self._made: list[SQLAlchemyStore] = []
        self._lent = count()
        self.prefix = own_name()

    def begin(self) -> None:
        """From now on it is another test."""
        self._lent = count()

    def stores(self) -> tuple[Store, Store]:
        """A store without records, and one for attempt counts."""
        number = next(self._lent)
        if number == len(self._made):
            prefix = f"world_{number}_"
            make_tables(self._engine, prefix=prefix)
            self._made.append(SQLAlchemyStore(self._engine, prefix=prefix))
        store = self._made[number]
        empty(self._engine, prefix=store.prefix)
        return store, RedisStore(self._redis, prefix=f"{self.prefix}:{own_name()}:")

    def end(self) -> None:
        """Leave nothing behind but the database, which is dropped by whoever made it."""
        self._engine.dispose()
        with redis.Redis.from_url(self._redis) as server:
            for key in server.scan_iter(match=f"*{self.prefix}*"):
                server.delete(key)


def _be_quick(connection: Any, _: object) -> None:
    """Power does not fail here."""
    connection.autocommit = True
    connection.execute("SET synchronous_commit = off")
    connection.autocommit = False
