"""The tables of all nine kinds of record."""

from __future__ import annotations

from django.db import migrations, models

from permit_accounts.contrib.django.records.fields import ExactText, KeyText
from permit_accounts.contrib.django.records.indexes import FieldThenId


class Migration(migrations.Migration):
    """A table for every kind of record."""

    initial = True

    dependencies = ()

    operations = (
        migrations.CreateModel(
            name="License",
            fields=[
                ("id", KeyText(primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
                ("on_roster_since", models.BigIntegerField(null=True)),
                ("business", ExactText(null=True)),
                ("status", ExactText(null=True)),
                ("workers_comp", ExactText(null=True)),
                ("contact", ExactText(null=True)),
                ("division", ExactText()),
                ("last_permit_on", ExactText(null=True)),
            ],
            options={
                "verbose_name": "license",
                "verbose_name_plural": "licenses",
                "db_table": "permit_accounts_license",
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", KeyText(primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
                ("account_type", ExactText()),
                ("standing", ExactText()),
                ("username", ExactText()),
                ("email", ExactText(null=True)),
                ("email_key", KeyText(null=True)),
                ("email_confirmed_at", models.BigIntegerField(null=True)),
                ("no_email_reason", ExactText(null=True)),
                ("password_hash", ExactText(null=True)),
                ("temporary_hash", ExactText(null=True)),
                ("temporary_until", models.BigIntegerField(null=True)),
                ("epoch", models.BigIntegerField()),
                ("untrusted_closed_at", models.BigIntegerField(null=True)),
                ("failures_told_at", models.BigIntegerField(null=True)),
                ("devices_trusted_since", models.BigIntegerField(null=True)),
                ("question_id", ExactText(null=True)),
                ("answer_hash", ExactText(null=True)),
                ("profile", ExactText()),
                ("language", ExactText()),
                ("created_at", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "account",
                "verbose_name_plural": "accounts",
                "db_table": "permit_accounts_account",
                "default_permissions": ("view",),
                "indexes": [
                    FieldThenId(fields=["email_key", "id"], name="permit_accounts_account_by_email_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="AttemptCount",
            fields=[
                ("id", KeyText(primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
                ("failures", models.BigIntegerField()),
                ("pending", ExactText()),
                ("allowed", ExactText()),
                ("since", models.BigIntegerField()),
                ("last_failure_at", models.BigIntegerField(null=True)),
                ("waits_until", models.BigIntegerField(null=True)),
                ("told_at", models.BigIntegerField(null=True)),
                ("expires_at", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "attempt count",
                "verbose_name_plural": "attempt counts",
                "db_table": "permit_accounts_attempt_count",
                "default_permissions": ("view",),
                "indexes": [
                    FieldThenId(
                        fields=["expires_at", "id"], name="permit_accounts_attempt_count_by_expires_at"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", KeyText(primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
                ("at", models.BigIntegerField()),
                ("name", ExactText()),
                ("account_id", KeyText(null=True)),
                ("license_id", KeyText(null=True)),
                ("actor", ExactText()),
                ("actor_id", ExactText()),
                ("cause", ExactText(null=True)),
                ("reason", ExactText()),
                ("ip", ExactText()),
                ("user_agent", ExactText()),
                ("params", ExactText()),
                ("desk_at", models.BigIntegerField(null=True)),
            ],
            options={
                "verbose_name": "audit event",
                "verbose_name_plural": "audit events",
                "db_table": "permit_accounts_audit_event",
                "default_permissions": ("view",),
                "indexes": [
                    FieldThenId(
                        fields=["account_id", "id"], name="permit_accounts_audit_event_by_account_id"
                    ),
                    FieldThenId(
                        fields=["license_id", "id"], name="permit_accounts_audit_event_by_license_id"
                    ),
                    FieldThenId(fields=["desk_at", "id"], name="permit_accounts_audit_event_by_desk_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Identifier",
            fields=[
                ("id", KeyText(primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
                ("account_id", KeyText()),
                ("state", ExactText()),
                ("created_at", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "identifier",
                "verbose_name_plural": "identifiers",
                "db_table": "permit_accounts_identifier",
                "default_permissions": ("view",),
                "indexes": [
                    FieldThenId(fields=["account_id", "id"], name="permit_accounts_identifier_by_account_id")
                ],
            },
        ),
        migrations.CreateModel(
            name="LicenseLink",
            fields=[
                ("id", KeyText(primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
                ("license_id", KeyText()),
                ("account_id", KeyText()),
                ("state", KeyText()),
                ("since", models.BigIntegerField()),
                ("decided_by", ExactText(null=True)),
                ("entered", ExactText()),
                ("match_level", ExactText()),
            ],
            options={
                "verbose_name": "license link",
                "verbose_name_plural": "license links",
                "db_table": "permit_accounts_license_link",
                "default_permissions": ("view",),
                "indexes": [
                    FieldThenId(
                        fields=["license_id", "id"], name="permit_accounts_license_link_by_license_id"
                    ),
                    FieldThenId(
                        fields=["account_id", "id"], name="permit_accounts_license_link_by_account_id"
                    ),
                    FieldThenId(fields=["state", "id"], name="permit_accounts_license_link_by_state"),
                ],
            },
        ),
        migrations.CreateModel(
            name="OneTimeToken",
            fields=[
                ("id", KeyText(primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
                ("purpose", ExactText()),
                ("account_id", KeyText()),
                ("epoch", models.BigIntegerField()),
                ("created_at", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField()),
                ("sent_to", ExactText(null=True)),
                ("session_id", ExactText(null=True)),
                ("asks", ExactText()),
            ],
            options={
                "verbose_name": "one time token",
                "verbose_name_plural": "one time tokens",
                "db_table": "permit_accounts_one_time_token",
                "default_permissions": ("view",),
                "indexes": [
                    FieldThenId(
                        fields=["account_id", "id"], name="permit_accounts_one_time_token_by_account_id"
                    ),
                    FieldThenId(
                        fields=["expires_at", "id"], name="permit_accounts_one_time_token_by_expires_at"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OutboxEmail",
            fields=[
                ("id", KeyText(primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
                ("recipient", ExactText()),
                ("template", ExactText()),
                ("params", ExactText()),
                ("token_ids", ExactText()),
                ("seal_id", ExactText()),
                ("account_id", ExactText(null=True)),
                ("language", ExactText()),
                ("state", KeyText()),
                ("due_at", models.BigIntegerField(null=True)),
                ("attempts", models.BigIntegerField()),
                ("created_at", models.BigIntegerField()),
                ("last_error", ExactText()),
            ],
            options={
                "verbose_name": "outbox email",
                "verbose_name_plural": "outbox emails",
                "db_table": "permit_accounts_outbox_email",
                "default_permissions": ("view",),
                "indexes": [
                    FieldThenId(fields=["state", "id"], name="permit_accounts_outbox_email_by_state"),
                    FieldThenId(fields=["due_at", "id"], name="permit_accounts_outbox_email_by_due_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", KeyText(primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
                ("account_id", KeyText()),
                ("epoch", models.BigIntegerField()),
                ("opened_at", models.BigIntegerField()),
                ("seen_at", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField()),
                ("remembered", models.BigIntegerField()),
                ("device_label", ExactText()),
                ("password_entered_at", models.BigIntegerField()),
                ("methods", ExactText()),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "db_table": "permit_accounts_session",
                "default_permissions": ("view",),
                "indexes": [
                    FieldThenId(fields=["account_id", "id"], name="permit_accounts_session_by_account_id"),
                    FieldThenId(fields=["expires_at", "id"], name="permit_accounts_session_by_expires_at"),
                ],
            },
        ),
    )
