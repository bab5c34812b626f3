"""Law 5: a store has no opinions. No rule, clock, chance, generated id, default, trigger, and no unique index
but the id."""

from __future__ import annotations

import ast
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import MetaData

from laws.source_tree import Module, dotted, imported, planted, under, violations
from permit_accounts.model.records import ASKED_BY
from permit_accounts.stores.sqlalchemy.tables import add_tables
from permit_accounts.stores.sqlite_statements import schema

#: Of the standard library: what has no clock, no chance, no hash and no network in it.
_STANDARD = set(sys.stdlib_module_names) - {
    *("calendar", "time", "sched", "zoneinfo"),
    *("random", "secrets", "uuid", "statistics"),
    *("hashlib", "hmac", "crypt", "ssl", "socket", "urllib", "http", "smtplib"),
    *("pickle", "marshal", "shelve", "copyreg", "importlib", "subprocess", "ctypes"),
}
_OURS = ("permit_accounts.model", "permit_accounts.ports", "permit_accounts.stores")
#: The store in Django's database, without what shows it to people: the admin and the checks.
_IN_DJANGO = tuple(
    f"contrib/django/{name}.py"
    for name in (
        "store",
        *(
            f"records/{part}"
            for part in ("connections", "faults", "fields", "indexes", "models", "querysets")
        ),
        "records/migrations/0001_initial",
    )
)
_OF_DJANGO = "permit_accounts.contrib.django.records"
#: What speaks to a server, or loads what does, and where it may.
_DRIVERS = {
    "sqlalchemy": "stores/sqlalchemy/",
    "alembic": "stores/sqlalchemy/",
    "redis": "stores/redis",
    "importlib": "stores/by_url.py",
}
_CALLS = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "os.urandom", "os.getrandom"),
    *("eval", "exec", "compile", "__import__"),
}
_SQL = re.compile(r"\b(INSERT|UPDATE|DELETE|SELECT|CREATE|ALTER|PRAGMA)\b")
_OPINION = re.compile(
    r"\b(DEFAULT|TRIGGER|UNIQUE|REFERENCES|FOREIGN|GENERATED|AUTOINCREMENT|CASCADE"
    r"|ON\s+CONFLICT|OR\s+(REPLACE|IGNORE|ABORT|FAIL)|CURRENT_\w+|strftime|julianday|unixepoch|random\w*)\b"
    r"|\bCHECK\s*\(",
    re.IGNORECASE,
)
#: What a script in a Redis server may say: it reads, keeps and forgets, and asks how long a key is kept yet.
_SAYS_IN_SCRIPT = {"MGET", "SET", "DEL", "PEXPIREAT", "PTTL"}
_KEPT_LONG_ENOUGH = "redis.call('PTTL', key) < tonumber(shortest)"
#: Nothing is measured, counted or reckoned there, and no number stands in it that could be a limit.
_OPINION_IN_SCRIPT = re.compile(
    r"[<>]|\btonumber\b|\b(?:math|os|bit|cjson|struct)\.|\bredis\.(?!p?call\('[A-Z]+')|(?<![\w.])(?:[4-9]|\d\d+)"
)


def opinions(module: Module) -> Iterator[str]:
    """What a store imports, calls or says in SQL that is not its business."""
    for node, name in imported(module.tree):
        first = name.split(".")[0]
        driver = first in _DRIVERS and module.path.startswith(_DRIVERS[first])
        driver |= module.path in _IN_DJANGO and (first == "django" or name.startswith(_OF_DJANGO))
        if not (driver or first in (*_STANDARD, "attrs", "__future__") or name.startswith(_OURS)):
            yield module.at(node, f"imports {name}")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute | ast.Name) and dotted(node).endswith(tuple(_CALLS)):
            name = dotted(node)
            if name in _CALLS or any(name.endswith(f".{call}") for call in _CALLS):
                yield module.at(node, f"uses {name}")
        if isinstance(node, ast.Constant | ast.JoinedStr) and (found := _OPINION.search(_sql(node))):
            yield module.at(node, f"says {found.group()} in SQL")
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "redis.call(" in node.value:
            yield from (module.at(node, f"says {words} in a script") for words in _of_script(node.value))


def _of_script(script: str) -> Iterator[str]:
    """What a script for Redis says that is not a store's business."""
    yield from sorted(set(re.findall(r"call\('(\w+)'", script)) - _SAYS_IN_SCRIPT)
    found = _OPINION_IN_SCRIPT.search(script.replace(_KEPT_LONG_ENOUGH, ""))
    if found:
        yield found.group()


def _sql(node: ast.Constant | ast.JoinedStr) -> str:
    """The text of a string that reads like SQL; empty for any other. A docstring is not SQL."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    text = " ".join(
        part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )
    return text if _SQL.search(text) and "\n\n" not in text else ""


def test_no_store_has_an_opinion() -> None:
    """Neither in what it imports, nor in what it calls, nor in its SQL."""
    assert [] == violations(opinions, under("stores/", *_IN_DJANGO))


def test_there_are_stores_to_look_at() -> None:
    """The law is about something."""
    stores = {module.path for module in under("stores/", *_IN_DJANGO)}
    known = {"stores/memory.py", "stores/sqlite.py", "stores/redis.py", "stores/redis_script.py"}
    assert known | set(_IN_DJANGO) <= stores


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "import uuid",
        "from random import random",
        "from secrets import token_hex",
        "from hashlib import sha256",
        "import pickle",
        "import requests",
        "from permit_accounts.rules.policy import Policy",
        "from permit_accounts.tools.services import utc_now",
        "from datetime import datetime\nmoment = datetime.now()",
        "import datetime\nmoment = datetime.datetime.now(datetime.UTC)",
        "from datetime import date\nday = date.today()",
        "import os\nnew_id = os.urandom(16)",
        "record = eval(row)",
        "sql = 'CREATE TABLE a (id TEXT PRIMARY KEY, epoch INTEGER DEFAULT 1)'",
        "sql = 'CREATE UNIQUE INDEX i ON account (email_key)'",
        "sql = f'CREATE UNIQUE INDEX i ON {table} (email_key)'",
        "sql = 'CREATE TABLE a (id TEXT PRIMARY KEY, b TEXT CHECK (length(b) > 8))'",
        "sql = 'CREATE TABLE a (b TEXT REFERENCES account (id) ON DELETE CASCADE)'",
        "sql = 'CREATE TRIGGER t AFTER UPDATE ON account BEGIN SELECT 1; END'",
        "sql = 'INSERT OR REPLACE INTO account VALUES (?)'",
        "sql = 'INSERT INTO account VALUES (?) ON CONFLICT (id) DO UPDATE SET version = 1'",
        "sql = 'DELETE FROM session WHERE expires_at < unixepoch()'",
        "sql = 'UPDATE account SET changed = CURRENT_TIMESTAMP'",
        "script = \"redis.call('INCR', KEYS[1])\"",
        "script = \"redis.call('SET', KEYS[1], redis.call('TIME')[1])\"",
        "script = \"if redis.call('MGET', KEYS[1])[1] > ARGV[1] then return 1 end\"",
        "script = \"redis.call('SET', KEYS[1], ARGV[1], 'PX', 60000)\"",
        "script = \"redis.call('SET', KEYS[1], math.random())\"",
        'script = "redis.call(ARGV[1], KEYS[1])"',
        "script = \"redis.call('SET', KEYS[1], tonumber(ARGV[1]) + 1)\"",
    ],
)
def test_a_planted_opinion_is_found(text: str) -> None:
    """The law is shown to fail where it is broken."""
    assert 1 <= len(violations(opinions, [planted(text, "stores/planted.py")]))
    assert 1 <= len(violations(opinions, [planted(text, "contrib/django/store.py")]))


@pytest.mark.parametrize(
    "text",
    [
        "import json\nimport sqlite3\nfrom datetime import UTC, datetime\nimport attrs",
        "from permit_accounts.ports import Add\nfrom permit_accounts.model.errors import Conflict",
        "sql = 'CREATE TABLE a (id TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID'",
        "sql = 'SELECT a FROM b WHERE c IS NOT NULL ORDER BY d DESC LIMIT ?'",
        "script = \"if redis.call('MGET', KEYS[1])[1] ~= ARGV[1] then return 1 end\"",
    ],
)
def test_what_is_a_stores_business_is_not(text: str) -> None:
    """Types, what is never None, the primary key and plain indexes are shape."""
    assert [] == violations(opinions, [planted(text, "stores/planted.py")])


def test_no_index_is_unique_but_the_ids() -> None:
    """Asked of SQLite itself, about the tables as they are made."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in schema():
            connection.execute(statement)
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        assert len(ASKED_BY) == len(tables)
        for table in tables:
            indexes = connection.execute(f"PRAGMA index_list({table})").fetchall()
            assert ["pk"] == [origin for _, _, unique, origin, _ in indexes if unique]
            assert [] == connection.execute(f"PRAGMA foreign_key_list({table})").fetchall()
            columns = connection.execute(f"PRAGMA table_xinfo({table})").fetchall()
            assert {None} == {default for _, _, _, _, default, _, _ in columns}
            assert {0} == {hidden for *_, hidden in columns}
        others = connection.execute("SELECT name FROM sqlite_schema WHERE type NOT IN ('table', 'index')")
        assert [] == others.fetchall()


def test_the_tables_of_a_server_have_no_opinion() -> None:
    """Asked of the tables as SQLAlchemy is to make them: a primary key, plain indexes, and nothing else."""
    tables = add_tables(MetaData())
    assert set(ASKED_BY) == set(tables)
    for kind, table in tables.items():
        assert ["id"] == [column.name for column in table.primary_key]
        assert {table.primary_key} == table.constraints
        assert [] == [index.name for index in table.indexes if index.unique]
        assert len(ASKED_BY[kind]) == len(table.indexes)
        for column in table.columns:
            said = (column.default, column.server_default, column.onupdate, column.server_onupdate)
            assert (None, None, None, None) == said
            assert (None, None) == (column.computed, column.identity)
            assert not column.foreign_keys
