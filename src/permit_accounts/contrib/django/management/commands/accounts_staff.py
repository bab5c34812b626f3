"""`manage.py accounts_staff`: Find people, issue temporary passwords, decide claims."""

from __future__ import annotations

from permit_accounts.contrib.django.commands import GroupCommand


class Command(GroupCommand):
    """`permit-accounts staff` on the accounts of this project."""

    help = "Find people, issue temporary passwords, decide claims."
    called = "staff"
