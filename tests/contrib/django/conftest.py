"""A real Django, set up once for each process of the suite: its settings are the process's own.

They are given by hand and not by a module's name, for then Django leaves the process's time zone alone.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.conf import settings

from contrib.django import city, city_settings
from permit_accounts.testing.world import World

FOLDER = Path(tempfile.mkdtemp(prefix="permit-accounts-django-"))

if not settings.configured:
    settings.configure(
        **{name: value for name, value in vars(city_settings).items() if name.isupper()},
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "django.db"}},
    )
    django.setup()


@pytest.fixture(scope="session")
def tables() -> Iterator[None]:
    """The tables of Django's own database, in a file that threads share."""
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0)
    yield
    connections.close_all()
    shutil.rmtree(FOLDER, ignore_errors=True)


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
