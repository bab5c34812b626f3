"""The Django application: `INSTALLED_APPS` takes `permit_accounts.contrib.django`."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register

from permit_accounts.contrib.django.checks import (
    check_backends,
    check_error_reports,
    check_host,
    check_middleware,
    check_settings,
    check_urls,
)


class AccountsConfig(AppConfig):
    """The label is `permit_accounts`, so that tables and checks are called after the library."""

    name = "permit_accounts.contrib.django"
    label = "permit_accounts"
    verbose_name = "Permit accounts"

    def ready(self) -> None:
        """Have `manage.py check`, and with it every start of a development server, look at the project."""
        for check in (check_settings, check_middleware, check_backends, check_error_reports):
            register(check, Tags.security)
        register(check_urls, Tags.urls)
        register(check_host, Tags.urls)
