"""Columns whose text is compared by code point and without padding, whatever the database's own habit.

They are the columns that `permit_accounts.stores.sqlalchemy.tables` makes, so that both can serve one
database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import models

from permit_accounts.ports import LONGEST_KEY

#: By vendor; SQLite's is its own habit already, and is named all the same.
_COLLATIONS: Final[Mapping[str, str]] = {
    "mysql": "utf8mb4_nopad_bin",
    "postgresql": "C",
    "sqlite": "BINARY",
}


class ExactText(models.TextField):
    """Text of any length, with the collation that each database calls exact."""

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        """The column's type, and the collation by the vendor of this connection.

        Django's own `db_collation` is one name for all databases.
        """
        parameters: dict[str, Any] = super().db_parameters(connection)
        return parameters | {"collation": _COLLATIONS.get(connection.vendor)}


class KeyText(ExactText):
    """An id, or a text that a store is asked by: it stands in indexes."""

    def db_type(self, connection: Any) -> str:
        """Of bounded length where indexes have a bound: InnoDB's keys have 3,072 bytes at most.

        In capitals, for by small letters Django takes it for a field of its own: on PostgreSQL each unique
        one gets a second index for LIKE, by which nobody asks and which collation `C` does not need, and on
        MariaDB a warning that 255 characters may be too many for a key.
        """
        return f"VARCHAR({LONGEST_KEY})" if connection.vendor == "mysql" else "TEXT"
