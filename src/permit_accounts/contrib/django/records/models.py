"""A model for every kind of record, worked out from the kind's layout: there is no second list of fields.

Shape, and nothing more: one primary key each, NOT NULL where a field is never None, one index `(field, id)`
for each asked field. No foreign key, default or constraint, and no permission but to view.
"""

from __future__ import annotations

import re
from typing import Any, Final

import attrs
from django.db import models

from permit_accounts.contrib.django.records.fields import ExactText, KeyText
from permit_accounts.contrib.django.records.indexes import FieldThenId
from permit_accounts.stores.rows import KINDS, LAYOUTS, Kind, Layout

PREFIX: Final = "permit_accounts_"
"""What each table's name begins with, as in `permit_accounts.stores.sqlalchemy`."""


class Kept(models.Model):
    """One record as a row. It is written by the store alone: saving one would skip its precondition."""

    class Meta:
        """Each kind has a table of its own."""

        abstract = True

    def __str__(self) -> str:
        kind = type(self).__name__
        return kind if "id" in SECRET[kind] else str(self.pk)


def _model(kind: Kind) -> type[Kept]:
    layout: Layout[Any] = LAYOUTS[kind]
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.__name__).lower()
    meta = type(
        "Meta",
        (),
        {
            "app_label": "permit_accounts_records",
            "db_table": f"{PREFIX}{layout.table}",
            "default_permissions": ("view",),
            "indexes": [
                FieldThenId(fields=[name, "id"], name=f"{PREFIX}{layout.table}_by_{name}")
                for name in layout.asked_by
            ],
            "verbose_name": words,
            "verbose_name_plural": f"{words}s",
        },
    )
    fields = {column.name: _field(layout, column.name) for column in layout.columns}
    return type(kind.__name__, (Kept,), {"__module__": __name__, "Meta": meta, **fields})


def _field(layout: Layout[Any], name: str) -> Any:
    column = layout.column(name)
    if column.form.held_as is int:
        return models.BigIntegerField(null=column.optional)
    if name == "id":
        return KeyText(primary_key=True)
    return (KeyText if name in layout.asked_by else ExactText)(null=column.optional)


#: Of each kind, by its name, the fields that are never shown: those that the record leaves out of its `repr`.
SECRET: Final = {
    kind.__name__: frozenset(field.name for field in attrs.fields(kind) if field.repr is False)
    for kind in KINDS
}

#: The model of every kind.
MODELS: Final = {kind: _model(kind) for kind in KINDS}

# `manage.py shell` imports each model from its module.
globals().update((model.__name__, model) for model in MODELS.values())
