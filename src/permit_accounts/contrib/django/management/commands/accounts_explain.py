"""`manage.py accounts_explain`: Say why somebody cannot sign in."""

from __future__ import annotations

from permit_accounts.contrib.django.commands import ProjectCommand


class Command(ProjectCommand):
    """`permit-accounts explain` on the accounts of this project."""

    help = "Say why somebody cannot sign in."
    called = "explain"
