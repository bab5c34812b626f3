"""The Django application of the records: `INSTALLED_APPS` takes `permit_accounts.contrib.django.records`."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register

from permit_accounts.contrib.django.records.checks import check_store, check_tables


class RecordsConfig(AppConfig):
    """A label of its own, so that a router can tell the records from the bridge to Django's users."""

    name = "permit_accounts.contrib.django.records"
    label = "permit_accounts_records"
    verbose_name = "Permit accounts: records"

    def ready(self) -> None:
        """Have `manage.py check` look at where the records are kept."""
        register(check_store, Tags.database)
        register(check_tables, Tags.database)
