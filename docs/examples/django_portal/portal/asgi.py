"""What an ASGI server runs: `uvicorn portal.asgi:application --no-proxy-headers`. It delivers as wsgi.py."""

from __future__ import annotations

import atexit
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_asgi_application()

from portal.accounts import accounts  # noqa: E402 - the settings have to be there

accounts.outbox.start()
atexit.register(accounts.outbox.stop)
