"""The project with its tables, and a new city for each test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from contrib.django import city
from contrib.django.databases import migrated, on_mariadb, on_postgres, on_sqlite
from contrib.django.project import settings
from permit_accounts.testing.world import World
from servers.databases import made_on_mariadb, made_on_postgres
from servers.fixtures import MARIADB, POSTGRES, named


@pytest.fixture(scope="session")
def tables() -> Iterator[None]:
    """The tables of Django's own database, in a file that threads share."""
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0)
    yield
    connections.close_all()


@pytest.fixture(autouse=True)
def site(tables: None) -> Iterator[city.Portal]:
    """A new city for each test, and no users of Django's."""
    from django.contrib.auth import get_user_model
    from django.contrib.sessions.models import Session
    from django.db import connections
    from django.test import override_settings

    city.site = city.Portal(city.PAGES, world=World())
    city.console = city.Echo(frozenset({"/console/find"}))
    with override_settings(PERMIT_ACCOUNTS=settings.PERMIT_ACCOUNTS):
        yield city.site
    get_user_model().objects.all().delete()
    Session.objects.all().delete()
    connections.close_all()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Mapping[str, Any]]:
    """The settings of a PostgreSQL database with the tables of the records, as Django makes them."""
    with made_on_postgres(named(POSTGRES)) as url:
        yield migrated(on_postgres(url))


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Mapping[str, Any]]:
    """MariaDB with the same, through PyMySQL in the place of mysqlclient."""
    with made_on_mariadb(named(MARIADB)) as url:
        yield migrated(on_mariadb(url))


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """A SQLite file with the same."""
    return migrated(on_sqlite(tmp_path_factory.mktemp("records") / "records.db"))
