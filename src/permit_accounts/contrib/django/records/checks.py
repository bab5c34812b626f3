"""What `manage.py check --database …` and `manage.py migrate` say of where the records are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Advice
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections, router
from django.db.migrations.executor import MigrationExecutor

from permit_accounts.contrib.django.records.querysets import LABEL
from permit_accounts.contrib.django.settings import configured
from permit_accounts.contrib.django.store import DjangoStore


def check_store(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The store writes to a primary database, in which the project's routers want its tables."""
    return [message for alias in _kept_in(databases) for message in _of_the_alias(alias)]


def check_tables(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The tables are there, as this release needs them."""
    return [
        Advice(
            f"The tables of the accounts are not in the database {alias!r}, or are older than this release.",
            hint=f"Run: manage.py migrate {LABEL} --database {alias}",
            id="permit_accounts.W005",
        )
        for alias in _kept_in(databases)
        if not _is_migrated(alias)
    ]


def store_alias() -> str | None:
    """The database that the site's accounts are kept in; None where that is none of Django's."""
    try:
        store = configured().site.accounts.services.store
    except ImproperlyConfigured:
        return None  # another check tells what is wrong
    return store.using if isinstance(store, DjangoStore) else None


def _kept_in(databases: Sequence[str] | None) -> Iterator[str]:
    """The database of the store, where Django is to look at it: `check` looks at those that it is told."""
    alias = store_alias()
    if alias is not None and alias in (databases or ()):
        yield alias


def _of_the_alias(alias: str) -> Iterator[CheckMessage]:
    if any(not router.allow_migrate_model(alias, model) for model in apps.get_app_config(LABEL).get_models()):
        yield Error(
            f"DATABASE_ROUTERS keep the tables of the accounts out of the database {alias!r}.",
            hint=f"Let allow_migrate say yes to '{LABEL}' there, or correct DjangoStore(using=…).",
            id="permit_accounts.E005",
        )
    if connections[alias].settings_dict["TEST"]["MIRROR"]:
        yield Error(
            f"The accounts are kept in {alias!r}, which DATABASES has as a mirror of another.",
            hint="Name the primary database in DjangoStore(using=…): a replica is behind.",
            id="permit_accounts.E006",
        )


def _is_migrated(alias: str) -> bool:
    """Whether no migration is left to be done; yes where nobody answers, which is told elsewhere."""
    try:
        executor = MigrationExecutor(connections[alias])
        wanted = [node for node in executor.loader.graph.leaf_nodes() if node[0] == LABEL]
        return not executor.migration_plan(wanted)
    except DatabaseError:
        return True
