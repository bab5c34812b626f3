"""What a WSGI server runs: `gunicorn portal.wsgi`. `manage.py runserver` takes the same.

The mail is delivered from here, and so by whatever serves, but by no `migrate` and by no shell. Where the
server loads this and then forks, the thread begins again in each worker.
"""

from __future__ import annotations

import atexit
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

from portal.accounts import accounts  # noqa: E402 - the settings have to be there

accounts.outbox.start()
atexit.register(accounts.outbox.stop)
