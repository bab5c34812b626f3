"""The city: its accounts in one SQLite file, its keys from the environment, its e-mails as files.

A city that outgrew one machine names PostgreSQL in `PORTAL_DATABASE` and Redis in `PORTAL_SCRATCH`.

`permit-accounts --app city:accounts …`, in this folder, works on the same accounts.
"""

from __future__ import annotations

import os
from pathlib import Path

from permit_accounts import Accounts, Keyring, Policy
from permit_accounts.email_backends.file import FileBackend


def opened() -> Accounts:
    """The accounts, in a folder that is made where it is not there yet."""
    folder = Path(os.environ.get("PORTAL_FOLDER", "portal-files"))
    mail = folder / "mail"
    folder.mkdir(mode=0o700, exist_ok=True)
    mail.mkdir(mode=0o700, exist_ok=True)
    return Accounts.open(
        os.environ.get("PORTAL_DATABASE", f"sqlite:///{folder / 'accounts.db'}"),
        scratch=os.environ.get("PORTAL_SCRATCH"),
        create=True,  # In service the database is there: leave this out, so that a wrong path is an error.
        keys=Keyring.from_env(),
        policy=Policy(
            city="Sampleton",
            support_phone="(323) 555-0199",
            base_url=os.environ.get("PORTAL_ADDRESS", "http://127.0.0.1:8000"),
            mail_from="permits@sampleton.example.gov",
        ),
        email=FileBackend(mail),  # In service: permit_accounts.email_backends.smtp.SMTPBackend.
    )


accounts = opened()
