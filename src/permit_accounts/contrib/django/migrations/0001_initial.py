"""The bridge's table."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """An account's id, and its user."""

    initial = True
    dependencies = (migrations.swappable_dependency(settings.AUTH_USER_MODEL),)
    operations = (
        migrations.CreateModel(
            name="AccountUser",
            fields=[
                (
                    "account_id",
                    models.CharField(max_length=100, primary_key=True, editable=False, serialize=False),
                ),
                (
                    "user",
                    models.OneToOneField(
                        editable=False,
                        on_delete=models.deletion.CASCADE,
                        related_name="permit_account",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name": "account's user", "verbose_name_plural": "accounts' users"},
        ),
    )
