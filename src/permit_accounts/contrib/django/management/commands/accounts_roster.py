"""`manage.py accounts_roster`: Import and export the contractor roster."""

from __future__ import annotations

from permit_accounts.contrib.django.commands import GroupCommand


class Command(GroupCommand):
    """`permit-accounts roster` on the accounts of this project."""

    help = "Import and export the contractor roster."
    called = "roster"
