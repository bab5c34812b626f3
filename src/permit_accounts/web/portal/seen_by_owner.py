"""What happened and when, as the owner of an account reads it: words of the catalog and moments in UTC."""

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


def moment_view(at: datetime) -> MomentView:
    """A moment in UTC, which every page says, since a city's people may be anywhere."""
    return MomentView(text=f"{at:%Y-%m-%d %H:%M} UTC", machine=views.moment(at) or "")


def event_view(asking: Asking, event: AuditEvent) -> EventView:
    """An event in the words of the page's language."""
    return EventView(
        at=moment_view(event.at),
        what=asking.text(f"event.{event.name}"),
        ip=event.ip,
        license=(event.license_id or "").partition(":")[2],
    )
