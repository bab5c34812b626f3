"""A real Django, set up once for each process of the suite: its settings are the process's own.

They are given by hand and not by a module's name, for then Django leaves the process's time zone alone.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.test import override_settings

from contrib.django import city, city_settings
from permit_accounts.web.request import Handler

if not settings.configured:
    FOLDER = Path(tempfile.mkdtemp(prefix="permit-accounts-django-"))
    atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
    settings.configure(
        **{name: value for name, value in vars(city_settings).items() if name.isupper()},
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "django.db"}},
    )
    django.setup()


@contextmanager
def project_around(handler: Handler, **other_settings: Any) -> Iterator[None]:
    """The project serves this handler in the place of its console."""
    city.console = handler
    with override_settings(PERMIT_ACCOUNTS=settings.PERMIT_ACCOUNTS, **other_settings):
        yield
