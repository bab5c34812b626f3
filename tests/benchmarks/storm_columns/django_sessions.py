"""Django's own accounts, with sessions in the database and the same hash; PostgreSQL through psycopg.

Connections stay open for as long as their thread, which favors it: by default Django opens one for each
request.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import django
from django.conf import settings

PASSWORD = "seven quiet lanterns drift"
COST = {"time_cost": 3, "memory_cost": 65536, "parallelism": 4}
A_CHUNK = 100_000


def set_up(url):
    """As `django-admin startproject` writes the settings, as far as they matter here."""
    parts = urlsplit(url)
    settings.configure(
        SECRET_KEY="a secret of the benchmark, which protects nothing",
        USE_TZ=True,
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts.path.lstrip("/"),
                "USER": parts.username or "",
                "PASSWORD": parts.password or "",
                "HOST": parts.hostname or "",
                "PORT": parts.port or 5432,
                "CONN_MAX_AGE": None,
            }
        },
        PASSWORD_HASHERS=["storm_columns.django_hasher.SameCost"],
    )
    django.setup()


def fill(url, accounts, tell):
    """Make the tables and so many users, where there are none."""
    set_up(url)
    from django.contrib.auth import get_user_model
    from django.contrib.auth.hashers import make_password
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    if get_user_model().objects.exists():
        return
    encoded = make_password(PASSWORD)
    columns = (
        "password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined"
    )
    with connection.cursor() as cursor:
        for first in range(0, accounts, A_CHUNK):
            numbers = range(first, min(first + A_CHUNK, accounts))
            with cursor.copy(f"COPY auth_user ({columns}) FROM STDIN") as copy:
                for i in numbers:
                    name = username(i)
                    row = (encoded, False, name, "Ana", "Silva", f"{name}@mail{i % 17}.example.org")
                    copy.write_row((*row, False, True, "2026-01-02 03:04:05+00"))
            tell(numbers.stop)
        cursor.execute("VACUUM ANALYZE auth_user")


def username(i):
    """What the i-th user signs in with; in no order."""
    return f"member{(i * 7_919_003 + 1_234_567) % 9_000_000 + 1_000_000}"


class Application:
    """What its views and middleware call when somebody signs in, and at each request."""

    is_async = False

    def __init__(self, url, hashes):
        set_up(url)
        from django.contrib import auth
        from django.contrib.sessions.backends.db import SessionStore
        from django.http import HttpRequest

        self._auth, self._session, self._request = auth, SessionStore, HttpRequest

    def sign_in(self, i):
        """Sign in, and save the session as its middleware does."""
        request = self._asked(None)
        user = self._auth.authenticate(request, username=username(i), password=PASSWORD)
        if user is None:
            raise PermissionError("a right password was refused")
        self._auth.login(request, user)
        request.session.save()
        return request.session.session_key

    def check(self, token, i):
        """Whose session it is."""
        user = self._auth.get_user(self._asked(token))
        return user.is_authenticated and user.is_active and user.username == username(i)

    def _asked(self, key):
        request = self._request()
        request.META.update(REMOTE_ADDR="127.0.0.1", SERVER_NAME="localhost", SERVER_PORT="80")
        request.session = self._session(key)
        return request
