"""The tables of accounts in the databases of tests, through SQLAlchemy."""

from __future__ import annotations

from sqlalchemy import Engine, MetaData

from permit_accounts.stores.sqlalchemy.tables import PREFIX, add_tables


def driven(url: str) -> str:
    """The same URL as SQLAlchemy takes it, with the drivers of the library's extras."""
    return url.replace("postgresql://", "postgresql+psycopg://").replace("mariadb://", "mariadb+pymysql://")


def make_tables(engine: Engine, *, prefix: str = PREFIX) -> None:
    """Make the tables where they are not there."""
    metadata = MetaData()
    add_tables(metadata, prefix=prefix)
    metadata.create_all(engine)


def empty(engine: Engine, *, prefix: str = PREFIX) -> None:
    """Take every row out of the tables."""
    with engine.begin() as connection:
        for table in add_tables(MetaData(), prefix=prefix).values():
            connection.execute(table.delete())
