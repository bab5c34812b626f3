"""Histories at a terminal, page by page or whole."""

from __future__ import annotations

from collections.abc import Callable

from permit_accounts.cli.city import open_city
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.options import Call
from permit_accounts.cli.shown import document, event_lines, refused
from permit_accounts.model.outcomes import History, Refused
from permit_accounts.model.records import AuditEvent

_Page = Callable[[int, AuditEvent | None], History | Refused]

_PAGE = 500


def history(
    call: Call, *, text: str, account_type: str | None, limit: int, everything: bool, actor: str
) -> Ending:
    """What happened to somebody."""
    desk = open_city(call).desk(actor)

    def page(size: int, after: AuditEvent | None) -> History | Refused:
        return desk.history(text, account_type, limit=size, after=after)

    return _shown(call, page, limit=None if everything else limit)


def inbox(call: Call, *, limit: int, everything: bool, actor: str) -> Ending:
    """What staff must learn of."""
    desk = open_city(call).desk(actor)

    def page(size: int, after: AuditEvent | None) -> History | Refused:
        return desk.inbox(limit=size, after=after)

    return _shown(call, page, limit=None if everything else limit)


def _shown(call: Call, page: _Page, *, limit: int | None) -> Ending:
    events: list[AuditEvent] = []
    after: AuditEvent | None = None
    while True:
        asked = page(limit or _PAGE, after)
        if isinstance(asked, Refused):
            return refused(call.report, asked)
        for event in asked.events:
            call.report.lines(*event_lines(event))
        if call.report.as_json:
            events += asked.events
        after = asked.next_after
        if limit is not None or after is None:
            break
    if after is not None:
        call.report.note(f"There may be more than these {limit}: --all shows everything.")
    call.report.document({"events": document(events), "more": after is not None})
    return Ending.DONE
