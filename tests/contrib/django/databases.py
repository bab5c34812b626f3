"""Databases of other vendors beside the project's own, under an alias of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import unquote, urlsplit

import pymysql
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.utils.connection import ConnectionDoesNotExist

from contrib.django import project as project
from permit_accounts.contrib.django.records.connections import piece_of_work
from permit_accounts.contrib.django.store import DjangoStore

ALIAS = "accounts"
# Django's backend asks for mysqlclient, which PyMySQL stands in for.
pymysql.install_as_MySQLdb()


def on_postgres(url: str) -> dict[str, Any]:
    """The settings of a PostgreSQL database; what is committed need not survive a power cut here."""
    return _on_a_server(url) | {
        "ENGINE": "django.db.backends.postgresql",
        "OPTIONS": {"options": "-c synchronous_commit=off"},
        "CONN_MAX_AGE": None,
    }


def on_mariadb(url: str) -> dict[str, Any]:
    """The settings of a MariaDB database."""
    return _on_a_server(url) | {
        "ENGINE": "django.db.backends.mysql",
        "OPTIONS": {"charset": "utf8mb4"},
        "CONN_MAX_AGE": None,
    }


def on_sqlite(path: object) -> dict[str, Any]:
    """The settings of a SQLite file, with its log written ahead."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {"timeout": 20, "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF"},
    }


@contextmanager
def beside_the_project(settings: Mapping[str, Any], alias: str = ALIAS) -> Iterator[str]:
    """Django knows this database while the test runs."""
    before = connections.settings
    register(settings, alias)
    try:
        yield alias
    finally:
        for each in (alias, f"{alias} beside a transaction"):
            with suppress(ConnectionDoesNotExist):
                connections[each].close()
                del connections[each]
        connections.settings = before


def migrated(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same settings, once the tables of the records are there."""
    with beside_the_project(settings):
        call_command("migrate", "permit_accounts_records", database=ALIAS, verbosity=0)
    return settings


@contextmanager
def emptied_store(settings: Mapping[str, Any]) -> Iterator[DjangoStore]:
    """A store without records in this database, whose connection stays open for the test."""
    with beside_the_project(settings), piece_of_work():
        with connections[ALIAS].cursor() as cursor:
            for model in apps.get_app_config("permit_accounts_records").get_models():
                cursor.execute(f"DELETE FROM {model._meta.db_table}")
        yield DjangoStore(ALIAS)


def register(settings: Mapping[str, Any], alias: str = ALIAS) -> None:
    """Have Django know this database from now on."""
    connections.settings = connections.configure_settings({**connections.settings, alias: dict(settings)})


def reopened(settings: Mapping[str, Any]) -> DjangoStore:
    """The same records in another process, whose Django is set up by importing this module."""
    register(settings)
    return DjangoStore(ALIAS)


def _on_a_server(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }
