"""Alembic's way into these migrations: on the connection that `running` has opened, or as text for a DBA."""

from __future__ import annotations

from alembic import context

from permit_accounts.stores.sqlalchemy.migrations.place import place_of

place = place_of(context.config)
context.configure(
    connection=context.config.attributes.get("connection"),
    dialect_name=context.config.attributes["dialect"],
    version_table=place.version_table,
    version_table_schema=place.schema,
)
with context.begin_transaction():
    context.run_migrations()
