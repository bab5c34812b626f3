"""`manage.py accounts_doctor`: Say what is wrong or weak with this installation."""

from __future__ import annotations

from permit_accounts.contrib.django.commands import ProjectCommand


class Command(ProjectCommand):
    """`permit-accounts doctor` on the accounts of this project."""

    help = "Say what is wrong or weak with this installation."
    called = "doctor"
