"""A store in a SQL database, through SQLAlchemy. Needs the extra `postgres` or `mariadb`."""

from permit_accounts.stores.sqlalchemy.store import SQLAlchemyStore

__all__ = ["SQLAlchemyStore"]
