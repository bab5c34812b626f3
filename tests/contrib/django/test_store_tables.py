"""The tables: the same as SQLAlchemy's on each vendor's database, with no opinion in them, by migrations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from sqlalchemy import URL, Engine, MetaData, create_engine, inspect
from sqlalchemy.pool import NullPool

from contrib.django.databases import ALIAS, beside_the_project, emptied_store
from permit_accounts.contrib.django.records import models
from permit_accounts.contrib.django.records.models import MODELS, SECRET
from permit_accounts.model.errors import ConfigurationError, Conflict
from permit_accounts.model.records import Account, Session
from permit_accounts.ports import Add, Every, Remove, Replace
from permit_accounts.stores.rows import KINDS, layout_of
from permit_accounts.stores.sqlalchemy import SQLAlchemyStore
from permit_accounts.stores.sqlalchemy.migrations.running import upgrade
from permit_accounts.stores.sqlalchemy.tables import add_tables
from permit_accounts.testing.hard_records import hard

VENDORS = ("postgres", "mariadb", "sqlite")


@pytest.fixture(params=VENDORS)
def settings(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    """A database of each vendor, made by `migrate` from nothing."""
    settings: Mapping[str, Any] = request.getfixturevalue(request.param)
    return settings


def engine_for(settings: Mapping[str, Any]) -> Engine:
    """SQLAlchemy on the same database."""
    drivers = {"postgresql": "postgresql+psycopg", "mysql": "mariadb+pymysql", "sqlite3": "sqlite"}
    url = URL.create(
        drivers[settings["ENGINE"].rpartition(".")[2]],
        username=settings.get("USER") or None,
        password=settings.get("PASSWORD") or None,
        host=settings.get("HOST") or None,
        port=int(settings["PORT"]) if settings.get("PORT") else None,
        database=settings["NAME"],
    )
    return create_engine(url, poolclass=NullPool)


def shape(engine: Engine) -> dict[str, object]:
    """What there is of each table, as the database itself tells it."""
    looked = inspect(engine)
    return {
        name: (
            [
                (
                    c["name"],
                    str(c["type"]),
                    c["nullable"],
                    c["default"],
                    getattr(c["type"], "collation", None),
                )
                for c in looked.get_columns(name)
            ],
            looked.get_pk_constraint(name)["constrained_columns"],
            sorted(
                (index["name"], index["column_names"], index["unique"]) for index in looked.get_indexes(name)
            ),
            looked.get_foreign_keys(name),
            looked.get_check_constraints(name),
            looked.get_unique_constraints(name),
        )
        for name in (f"permit_accounts_{layout_of(kind).table}" for kind in KINDS)
    }


@pytest.mark.parametrize("vendor", ["postgres", "mariadb"])
def test_both_stores_make_the_same_tables(vendor: str, request: pytest.FixtureRequest) -> None:
    """By name, column, collation and index, so that either can work on what the other has made."""
    engine = engine_for(request.getfixturevalue(vendor))
    by_django = shape(engine)
    tables = MetaData()
    add_tables(tables)
    with emptied_store(request.getfixturevalue(vendor)):
        tables.drop_all(engine)
        tables.create_all(engine)
    assert shape(engine) == by_django


def test_a_table_has_no_opinion(settings: Mapping[str, Any]) -> None:
    """Law 5: one key, plain indexes of an asked field and the id, NOT NULL where a field is never None."""
    for kind in KINDS:
        layout = layout_of(kind)
        columns, key, indexes, *others = shape(engine_for(settings))[f"permit_accounts_{layout.table}"]
        assert [(column.name, column.optional, None) for column in layout.columns] == [
            (name, nullable, default) for name, _, nullable, default, _ in columns
        ]
        assert ["id"] == key
        assert sorted(
            (f"permit_accounts_{layout.table}_by_{name}", [name, "id"], 0) for name in layout.asked_by
        ) == [(name, fields, int(unique)) for name, fields, unique in indexes]
        assert [[], [], []] == others


def test_our_own_command_leaves_djangos_tables_alone(settings: Mapping[str, Any]) -> None:
    """A version beside them would tell another release's migrations from where to go on."""
    engine = engine_for(settings)
    with pytest.raises(ConfigurationError, match=r"Django's migrations keep these tables: .*migrate"):
        upgrade(engine)
    assert not inspect(engine).has_table("permit_accounts_version")


def test_every_model_is_found_in_its_module() -> None:
    """By its name, as `manage.py shell` imports it."""
    assert set(MODELS.values()) == {getattr(models, model.__name__) for model in MODELS.values()}


def test_what_django_wrote_is_read_through_sqlalchemy(settings: Mapping[str, Any]) -> None:
    """And the other way round: one database may be both stores', as while a city moves."""
    with emptied_store(settings) as store:
        other = SQLAlchemyStore(engine_for(settings))
        for kind in KINDS:
            records = sorted(hard(kind), key=lambda one: one.id)
            half = len(records) // 2
            store.commit(*map(Add, records[:half]))
            other.commit(*map(Add, records[half:]))
            everything = [store.select(kind, Every(), limit=999), other.select(kind, Every(), limit=999)]
            assert [records, records] == [list(found) for found in everything]
        first = records[0]
        store.commit(Replace(first, first))
        with pytest.raises(Conflict):
            other.commit(Remove(first))


def test_the_migrations_are_the_models(settings: Mapping[str, Any]) -> None:
    """No migration is missing, and there is none to be run."""
    with beside_the_project(settings):
        call_command("makemigrations", "permit_accounts_records", check=True, dry_run=True, verbosity=0)
        call_command("migrate", "permit_accounts_records", database=ALIAS, check_unapplied=True, verbosity=0)


def test_the_migrations_can_be_undone(sqlite: Mapping[str, Any]) -> None:
    """Whoever moves the accounts elsewhere gets rid of the tables."""
    with beside_the_project(sqlite):
        call_command("migrate", "permit_accounts_records", "zero", database=ALIAS, verbosity=0)
        assert not any(
            name.startswith("permit_accounts_") for name in connections[ALIAS].introspection.table_names()
        )
        call_command("migrate", "permit_accounts_records", database=ALIAS, verbosity=0)


def test_every_kind_has_a_model_that_may_only_be_viewed() -> None:
    """Django gives no permission to change what only the library changes."""
    models = apps.get_app_config("permit_accounts_records").get_models()
    assert set(MODELS.values()) == set(models)
    assert {("view",)} == {model._meta.default_permissions for model in MODELS.values()}


def test_a_row_is_called_by_its_id_unless_that_is_a_secret() -> None:
    """What an admin, a traceback or a shell shows of a row."""
    assert "a-1" == str(MODELS[Account](id="a-1"))
    assert "Session" == str(MODELS[Session](id="secret"))
    assert "secret" not in repr(MODELS[Session](id="secret"))
    assert {"password_hash", "temporary_hash", "answer_hash"} == SECRET["Account"]
