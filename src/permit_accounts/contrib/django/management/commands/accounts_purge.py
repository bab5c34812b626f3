"""`manage.py accounts_purge`: Forget what has expired."""

from __future__ import annotations

from permit_accounts.contrib.django.commands import ProjectCommand


class Command(ProjectCommand):
    """`permit-accounts purge` on the accounts of this project."""

    help = "Forget what has expired."
    called = "purge"
