"""The one kind of index that a store needs beside its primary keys: an asked field, then the id."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q


class FieldThenId(models.Index):
    """A plain index, without the rows in which the field is NULL where the database can leave rows out.

    It never has a `condition` of its own: Django would then make no index at all on MariaDB.
    """

    #: Django's 30 are for Oracle, which is not served; PostgreSQL's names have 63 bytes, MariaDB's 64.
    max_name_length = 63

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any) -> Any:
        """The statement that makes it on this connection."""
        field = self.fields[0]
        partial = schema_editor.connection.features.supports_partial_indexes
        there = Q(**{f"{field}__isnull": False}) if partial and model._meta.get_field(field).null else None
        plain = models.Index(fields=self.fields, name=self.name, condition=there)
        return plain.create_sql(model, schema_editor, using=using, **kwargs)
