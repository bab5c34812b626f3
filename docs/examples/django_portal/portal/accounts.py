"""The city: its accounts in one SQLite file, its keys from the environment, its e-mails as files, its pages.

A city that outgrew one machine names PostgreSQL in `PORTAL_DATABASE` and Redis in `PORTAL_SCRATCH`.

`permit-accounts --app portal.accounts:accounts …`, with Django's settings named, works on the same accounts.
"""

from __future__ import annotations

import os

from django.conf import settings

from permit_accounts import Accounts, Keyring, Policy
from permit_accounts.email_backends.file import FileBackend
from permit_accounts.staff_console import StaffConsole
from permit_accounts.web.site import Site
from portal.staff import member


def opened() -> Accounts:
    """The accounts, in the folder of the project's files."""
    mail = settings.FILES / "mail"
    mail.mkdir(mode=0o700, exist_ok=True)
    return Accounts.open(
        os.environ.get("PORTAL_DATABASE", f"sqlite:///{settings.FILES / 'accounts.db'}"),
        scratch=os.environ.get("PORTAL_SCRATCH"),
        create=True,  # In service the database is there: leave this out, so that a wrong path is an error.
        keys=Keyring.from_env(),
        policy=Policy(
            city="Sampleton",
            support_phone="(323) 555-0199",
            base_url=settings.ADDRESS,
            mail_from="permits@sampleton.example.gov",
        ),
        email=FileBackend(mail),  # In service: permit_accounts.email_backends.smtp.SMTPBackend.
    )


accounts = opened()
site = Site(accounts, templates=settings.HERE / "site_templates")
console = StaffConsole(accounts, who=member)
