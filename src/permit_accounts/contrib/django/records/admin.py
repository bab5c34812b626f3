"""The records in Django's admin: to look at, and nothing more.

What staff do they do at the desk, where it is allowed, told and written into the history. Fields that a
record leaves out of its `repr` are not shown. Sessions and one-time tokens are not called by their ids, so
that there is no page for one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db import router
from django.http import HttpRequest

from permit_accounts.contrib.django.records.checks import store_alias
from permit_accounts.contrib.django.records.models import MODELS, SECRET, Kept
from permit_accounts.stores.columns import Column
from permit_accounts.stores.rows import LAYOUTS, Kind


class ReadOnly(admin.ModelAdmin):
    """Nothing is added, changed or deleted here, and only an exact key finds something."""

    actions = None
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A record is added by what a person does."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """It is changed at the desk."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """It is removed by a purge."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Django's own permission to view, and for no single record whose id is a secret."""
        is_nameless = obj is not None and "id" in SECRET[self.model.__name__]
        return not is_nameless and bool(super().has_view_permission(request, obj))

    def get_queryset(self, request: HttpRequest) -> Any:
        """From the database that the store writes to."""
        alias = store_alias() or router.db_for_read(self.model)
        return self.model._default_manager.using(alias).order_by("id")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """By no field: a filter in the address would tell what is not shown, one character after another."""
        return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Those with exactly this key: the first field of `search_fields`."""
        wanted = search_term.strip()
        return (queryset.filter(**{self.search_fields[0]: wanted}) if wanted else queryset), False


def _admin(kind: Kind) -> type[ReadOnly]:
    secret = SECRET[kind.__name__]
    shown = [column for column in LAYOUTS[kind].columns if column.name not in secret]
    names = [f"{column.name}_shown" for column in shown]
    key = "account_id" if "id" in secret else "id"
    settings: dict[str, Any] = {
        "fields": names,
        "readonly_fields": names,
        "list_display": names[:8],
        "list_display_links": None if "id" in secret else names[:1],
        "search_fields": (key,),
        "search_help_text": f"exactly as it is kept: {key}",
        "sortable_by": (),
    }
    views = {f"{column.name}_shown": _shown(column) for column in shown}
    return type(f"{kind.__name__}Admin", (ReadOnly,), settings | views)


def _shown(column: Column) -> Callable[[ReadOnly, Kept], object]:
    """A value as people read it: a moment as a date and a time, in UTC."""
    load = column.form.load if column.form.held_as is int else None

    def show(self: ReadOnly, record: Kept) -> object:
        value = getattr(record, column.name)
        return value if value is None or load is None else load(value)

    show.short_description = column.name.replace("_", " ")  # type: ignore[attr-defined]
    return show


for _kind, _model in MODELS.items():
    admin.site.register(_model, _admin(_kind))
