"""`manage.py accounts_outbox`: Send the e-mail that waits, and see to what was given up."""

from __future__ import annotations

from permit_accounts.contrib.django.commands import GroupCommand


class Command(GroupCommand):
    """`permit-accounts outbox` on the accounts of this project."""

    help = "Send the e-mail that waits, and see to what was given up."
    called = "outbox"
