"""Rules put beside a store's tables that make every commit of an account fail at its very end."""

from __future__ import annotations

from typing import Final

#: For SQLite, with foreign keys switched on.
REFUSED_AT_COMMIT: Final = """
    CREATE TABLE town (id TEXT PRIMARY KEY) STRICT;
    CREATE TABLE lives_in (town TEXT REFERENCES town (id) DEFERRABLE INITIALLY DEFERRED) STRICT;
    CREATE TRIGGER moves_in AFTER INSERT ON account BEGIN INSERT INTO lives_in VALUES ('nowhere'); END;
"""
#: For PostgreSQL.
REFUSED_BY_POSTGRES: Final = (
    "CREATE TABLE town (id text PRIMARY KEY)",
    "CREATE TABLE lives_in (town text REFERENCES town (id) DEFERRABLE INITIALLY DEFERRED)",
    "CREATE FUNCTION move_in() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN INSERT INTO lives_in VALUES ('nowhere'); RETURN NEW; END $$",
    "CREATE TRIGGER moves_in AFTER INSERT ON permit_accounts_account FOR EACH ROW EXECUTE FUNCTION move_in()",
)
