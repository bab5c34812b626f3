"""Where the tables of a migration lie: what their names begin with, and in which schema."""

from __future__ import annotations

from typing import Final

import attrs
from alembic.config import Config

from permit_accounts.stores.sqlalchemy.tables import PREFIX

ATTRIBUTE: Final = "permit_accounts"
"""Under this name a `Place` stands in `Config.attributes`, where a program runs the migrations."""


@attrs.frozen(kw_only=True)
class Place:
    """Where the tables lie.

    Attributes:
        prefix: What each table's name begins with.
        schema: The schema that they lie in; the connection's own by default.
    """

    prefix: str = PREFIX
    schema: str | None = None

    @property
    def version_table(self) -> str:
        """The table that says which migration was the last."""
        return f"{self.prefix}version"


def place_of(config: Config | None) -> Place:
    """The place that a program named, or else what the host's `alembic.ini` says.

    [alembic]
    permit_accounts_prefix = city_
    permit_accounts_schema = accounts
    """
    if config is None:
        return Place()
    named = config.attributes.get(ATTRIBUTE)
    if isinstance(named, Place):
        return named
    return Place(
        prefix=config.get_main_option("permit_accounts_prefix", PREFIX),
        schema=config.get_main_option("permit_accounts_schema"),
    )
