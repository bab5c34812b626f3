"""Databases that are made for a test on a real server, and dropped when it is over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from urllib.parse import unquote, urlsplit

import psycopg
import pymysql

_numbers = count(1)


def own_name() -> str:
    """A name that no other process, and no other call, uses."""
    return f"permit_accounts_test_{os.getpid()}_{next(_numbers)}"


@contextmanager
def made_on_postgres(server: str) -> Iterator[str]:
    """An empty database on this server, as its URL."""
    name = own_name()
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING utf8')
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with closing(psycopg.connect(server, autocommit=True)) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def made_on_mariadb(server: str) -> Iterator[str]:
    """An empty database on this server, as its URL. Its own collation is one that pads and folds case."""
    name = own_name()
    with closing(connected_to_mariadb(server)) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with closing(connected_to_mariadb(server)) as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE `{name}`")


def connected_to_mariadb(url: str) -> pymysql.Connection[pymysql.cursors.Cursor]:
    """A connection to what a `mariadb://` URL names, in autocommit mode."""
    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=parts.path.lstrip("/") or None,
        autocommit=True,
    )


def empty_postgres(url: str) -> None:
    """Take everything out of a database, whoever made it there, and whoever is still connected."""
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s"
        connection.execute(others, (urlsplit(url).path.lstrip("/"), connection.info.backend_pid))
        made = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema'"
        ).fetchall()
        for (schema,) in made:
            connection.execute(f'DROP SCHEMA "{schema}" CASCADE')
        connection.execute("CREATE SCHEMA public")


def empty_mariadb(url: str) -> None:
    """Take every table out of a database."""
    with closing(connected_to_mariadb(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE `{name}`")
