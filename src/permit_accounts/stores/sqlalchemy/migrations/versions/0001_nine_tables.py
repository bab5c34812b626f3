"""The nine tables, as the first release with a store on a server makes them.

A migration is history: it names every column itself and does not change when records do. Where a table is
there already it is left as it is, so that an upgrade that was cut off in a database without transactions for
this, such as MariaDB, goes on where it stopped.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.stores.sqlalchemy.migrations.place import place_of

revision = "permit_accounts_0001"
down_revision = None
branch_labels = ("permit_accounts",)
depends_on = None

_MARIADB: Final = {"charset": "utf8mb4", "collation": "utf8mb4_nopad_bin"}
_EXACT: Final = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_TEXT: Final = _EXACT.with_variant(mysql.LONGTEXT(**_MARIADB), "mysql", "mariadb")
_KEY: Final = _EXACT.with_variant(mysql.VARCHAR(320, **_MARIADB), "mysql", "mariadb")
_INTEGER: Final = sa.BigInteger()

_Fields: TypeAlias = tuple[tuple[str, Any, bool], ...]
"""Name, type, and whether there may be none; what follows id and version, with which every table begins."""


def upgrade() -> None:
    """Make what is not there: tables and their indexes."""

    _make("account", _ACCOUNT, asked_by=("email_key",))
    _make("identifier", _IDENTIFIER, asked_by=("account_id",))
    _make("license", _LICENSE, asked_by=())
    _make("license_link", _LICENSE_LINK, asked_by=("license_id", "account_id", "state"))
    _make("one_time_token", _ONE_TIME_TOKEN, asked_by=("account_id", "expires_at"))
    _make("session", _SESSION, asked_by=("account_id", "expires_at"))
    _make("outbox_email", _OUTBOX_EMAIL, asked_by=("state", "due_at"))
    _make("audit_event", _AUDIT_EVENT, asked_by=("account_id", "license_id", "desk_at"))
    _make("attempt_count", _ATTEMPT_COUNT, asked_by=("expires_at",))


def downgrade() -> None:
    """Refuse: with the tables everybody's account would go.

    Raises:
        ConfigurationError: Always.
    """
    raise ConfigurationError(
        "the tables of accounts are not taken back by a migration, for everybody's account would go "
        "with them: restore a backup, or drop the tables by hand"
    )


def _make(name: str, fields: _Fields, *, asked_by: tuple[str, ...]) -> None:
    place = place_of(op.get_context().config)
    table, optional = f"{place.prefix}{name}", {field for field, _, nullable in fields if nullable}
    op.create_table(
        table,
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("version", _INTEGER, nullable=False),
        *(sa.Column(field, held_as, nullable=nullable) for field, held_as, nullable in fields),
        schema=place.schema,
        if_not_exists=True,
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
    )
    for field in asked_by:
        there = sa.text(f"{field} IS NOT NULL") if field in optional else None
        op.create_index(
            f"{table}_by_{field}",
            table,
            [field, "id"],
            schema=place.schema,
            if_not_exists=True,
            postgresql_where=there,
            sqlite_where=there,
        )


_ACCOUNT: Final[_Fields] = (
    ("account_type", _TEXT, False),
    ("standing", _TEXT, False),
    ("username", _TEXT, False),
    ("email", _TEXT, True),
    ("email_key", _KEY, True),
    ("email_confirmed_at", _INTEGER, True),
    ("no_email_reason", _TEXT, True),
    ("password_hash", _TEXT, True),
    ("temporary_hash", _TEXT, True),
    ("temporary_until", _INTEGER, True),
    ("epoch", _INTEGER, False),
    ("untrusted_closed_at", _INTEGER, True),
    ("failures_told_at", _INTEGER, True),
    ("devices_trusted_since", _INTEGER, True),
    ("question_id", _TEXT, True),
    ("answer_hash", _TEXT, True),
    ("profile", _TEXT, False),
    ("language", _TEXT, False),
    ("created_at", _INTEGER, False),
)
_IDENTIFIER: Final[_Fields] = (
    ("account_id", _KEY, False),
    ("state", _TEXT, False),
    ("created_at", _INTEGER, False),
)
_LICENSE: Final[_Fields] = (
    ("on_roster_since", _INTEGER, True),
    ("business", _TEXT, True),
    ("status", _TEXT, True),
    ("workers_comp", _TEXT, True),
    ("contact", _TEXT, True),
    ("division", _TEXT, False),
    ("last_permit_on", _TEXT, True),
)
_LICENSE_LINK: Final[_Fields] = (
    ("license_id", _KEY, False),
    ("account_id", _KEY, False),
    ("state", _KEY, False),
    ("since", _INTEGER, False),
    ("decided_by", _TEXT, True),
    ("entered", _TEXT, False),
    ("match_level", _TEXT, False),
)
_ONE_TIME_TOKEN: Final[_Fields] = (
    ("purpose", _TEXT, False),
    ("account_id", _KEY, False),
    ("epoch", _INTEGER, False),
    ("created_at", _INTEGER, False),
    ("expires_at", _INTEGER, False),
    ("sent_to", _TEXT, True),
    ("session_id", _TEXT, True),
    ("asks", _TEXT, False),
)
_SESSION: Final[_Fields] = (
    ("account_id", _KEY, False),
    ("epoch", _INTEGER, False),
    ("opened_at", _INTEGER, False),
    ("seen_at", _INTEGER, False),
    ("expires_at", _INTEGER, False),
    ("remembered", _INTEGER, False),
    ("device_label", _TEXT, False),
    ("password_entered_at", _INTEGER, False),
    ("methods", _TEXT, False),
)
_OUTBOX_EMAIL: Final[_Fields] = (
    ("recipient", _TEXT, False),
    ("template", _TEXT, False),
    ("params", _TEXT, False),
    ("token_ids", _TEXT, False),
    ("seal_id", _TEXT, False),
    ("account_id", _TEXT, True),
    ("language", _TEXT, False),
    ("state", _KEY, False),
    ("due_at", _INTEGER, True),
    ("attempts", _INTEGER, False),
    ("created_at", _INTEGER, False),
    ("last_error", _TEXT, False),
)
_AUDIT_EVENT: Final[_Fields] = (
    ("at", _INTEGER, False),
    ("name", _TEXT, False),
    ("account_id", _KEY, True),
    ("license_id", _KEY, True),
    ("actor", _TEXT, False),
    ("actor_id", _TEXT, False),
    ("cause", _TEXT, True),
    ("reason", _TEXT, False),
    ("ip", _TEXT, False),
    ("user_agent", _TEXT, False),
    ("params", _TEXT, False),
    ("desk_at", _INTEGER, True),
)
_ATTEMPT_COUNT: Final[_Fields] = (
    ("failures", _INTEGER, False),
    ("pending", _TEXT, False),
    ("allowed", _TEXT, False),
    ("since", _INTEGER, False),
    ("last_failure_at", _INTEGER, True),
    ("waits_until", _INTEGER, True),
    ("told_at", _INTEGER, True),
    ("expires_at", _INTEGER, False),
)
