"""A permit portal on Django: searches open to all, own permits behind the sign-in, applying for contractors.

Once, in this folder, make the keys, Django's own tables, and somebody for the admin and the console:

    (umask 077 && permit-accounts keys new > keys.env)
    echo "DJANGO_SECRET_KEY='$(openssl rand -base64 48)'" >> keys.env
    set -a; . ./keys.env; set +a
    python manage.py migrate
    python manage.py createsuperuser

Then start it and open http://127.0.0.1:8000:

    python manage.py runserver

The e-mails that it sends are files in `portal-files/mail`. The staff console is at /staff, for whoever is
signed in to Django's admin (see portal/staff.py).
"""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    execute_from_command_line(sys.argv)
