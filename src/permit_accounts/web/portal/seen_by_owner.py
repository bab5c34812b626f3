"""What happened and when, as an account's owner reads it: the catalog's words, times on the city's clock."""

from __future__ import annotations

from datetime import datetime

import attrs

from permit_accounts import AuditEvent
from permit_accounts.web import views
from permit_accounts.web.asking import Asking


@attrs.frozen(kw_only=True)
class MomentView:
    """A moment for people, and for programs that read the page."""

    text: str
    machine: str


@attrs.frozen(kw_only=True)
class EventView:
    """One line of a history. `ip` is empty where a stranger asked, who is none of the owner's business."""

    at: MomentView
    what: str
    ip: str
    license: str


def moment_view(asking: Asking, at: datetime) -> MomentView:
    """A moment with its zone, which every page names, since a city's people may be anywhere."""
    return MomentView(text=asking.moment(at), machine=views.moment(at) or "")


def event_view(asking: Asking, event: AuditEvent) -> EventView:
    """An event in the words of the page's language."""
    return EventView(
        at=moment_view(asking, event.at),
        what=asking.text(f"event.{event.name}"),
        ip=event.ip,
        license=(event.license_id or "").partition(":")[2],
    )
