"""The bridge as a table: which user of Django's belongs to which account."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class AccountUser(models.Model):
    """One account and its one user. The account's id never changes and is never given to another.

    Nothing of the person is copied: name, address and licenses are the account's, and a copy would be old.
    """

    account_id = models.CharField(max_length=100, primary_key=True, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="permit_account", editable=False
    )

    class Meta:
        """Named for the lists of Django's admin."""

        verbose_name = "account's user"
        verbose_name_plural = "accounts' users"

    def __str__(self) -> str:
        return str(self.account_id)
