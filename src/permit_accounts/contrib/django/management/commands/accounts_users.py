"""`manage.py accounts_users`: Import the users of an earlier portal."""

from __future__ import annotations

from permit_accounts.contrib.django.commands import GroupCommand


class Command(GroupCommand):
    """`permit-accounts users` on the accounts of this project."""

    help = "Import the users of an earlier portal with their passwords."
    called = "users"
