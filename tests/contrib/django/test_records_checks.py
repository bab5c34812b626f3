"""What `manage.py check --database …` says of where the records are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.test import override_settings

from contrib.django import city
from contrib.django.city import Portal
from contrib.django.databases import ALIAS, beside_the_project, on_sqlite
from permit_accounts.contrib.django.records.checks import store_alias
from permit_accounts.contrib.django.store import DjangoStore
from permit_accounts.testing.world import World


@contextmanager
def kept_in(alias: str) -> Iterator[None]:
    """The accounts of the project are kept there."""
    city.site = Portal(city.PAGES, world=World(store=DjangoStore(alias)))
    with override_settings(PERMIT_ACCOUNTS={"SITE": "contrib.django.city.site"}):
        yield


def said(*databases: str) -> list[CheckMessage]:
    """What the checks of ours say, asked about these databases."""
    found = run_checks(databases=list(databases) or None)
    return [message for message in found if message.id.startswith("permit_accounts.")]


def test_a_store_whose_tables_are_there_hears_nothing(sqlite: Mapping[str, Any]) -> None:
    """Neither in the project's own database nor in another."""
    with kept_in("default"):
        assert [] == said("default")
    with beside_the_project(sqlite), kept_in(ALIAS):
        assert [] == said(ALIAS, "default")


@pytest.mark.parametrize("vendor", ["postgres", "mariadb", "sqlite"])
def test_no_database_warns_of_our_tables(vendor: str, request: pytest.FixtureRequest) -> None:
    """Nor of an index: whoever runs `migrate` reads nothing that they need not heed."""
    with beside_the_project(request.getfixturevalue(vendor)):
        found = run_checks(databases=[ALIAS])
    assert [] == [message for message in found if "permit_accounts" in str(message.obj)]


def test_tables_that_are_not_there_are_told(tmp_path: Path) -> None:
    """With the command that makes them; `migrate` itself, which makes them, is not stopped by it."""
    with beside_the_project(on_sqlite(tmp_path / "empty.db")), kept_in(ALIAS):
        (message,) = said(ALIAS)
        assert "permit_accounts.W005" == message.id
        assert "Run: manage.py migrate permit_accounts_records --database accounts" == message.hint
        assert [] == said("default")
        assert [] == said()


def test_a_database_that_does_not_answer_is_told_elsewhere(postgres: Mapping[str, Any]) -> None:
    """A check is not the place to say that a server is down."""
    with beside_the_project({**postgres, "PORT": "1"}), kept_in(ALIAS):
        assert [] == said(ALIAS)


def test_a_router_that_keeps_the_tables_out_is_told(sqlite: Mapping[str, Any]) -> None:
    """They would never be made."""

    class Elsewhere:
        def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
            return db == "default"

    with beside_the_project(sqlite), kept_in(ALIAS), override_settings(DATABASE_ROUTERS=[Elsewhere()]):
        assert ["permit_accounts.E005"] == [message.id for message in said(ALIAS)]


def test_a_replica_is_told(sqlite: Mapping[str, Any]) -> None:
    """By what `DATABASES` says of it for tests; it is behind, or takes no writes."""
    with beside_the_project({**sqlite, "TEST": {"MIRROR": "default"}}), kept_in(ALIAS):
        assert ["permit_accounts.E006"] == [message.id for message in said(ALIAS)]


def test_accounts_that_are_kept_elsewhere_are_no_business_of_djangos() -> None:
    """A store of another kind, or settings of which another check tells what is wrong."""
    assert store_alias() is None
    assert [] == said("default")
    with override_settings(PERMIT_ACCOUNTS=None):
        assert store_alias() is None
    with kept_in("default"):
        assert "default" == store_alias()
