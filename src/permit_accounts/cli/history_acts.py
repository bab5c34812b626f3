"""Histories at a terminal, page by page or whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from permit_accounts.cli.city import open_city
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.options import Call
from permit_accounts.cli.shown import document, event_lines, refused
from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import History, Refused
from permit_accounts.model.outcomes import refused as refusal
from permit_accounts.model.records import AuditEvent

_Page: TypeAlias = Callable[[int, AuditEvent | None], History | Refused]

_PAGE: Final = 500


def history(
    call: Call, *, text: str, account_type: str | None, limit: int, everything: bool, actor: str
) -> Ending:
    """What happened to somebody."""
    desk = open_city(call).desk(actor)

    def page(size: int, after: AuditEvent | None) -> History | Refused:
        asked = desk.history(text, account_type, limit=size, after=after)
        nothing = isinstance(asked, History) and not asked.events and after is None
        return refusal(Code.STAFF_NOT_FOUND) if nothing else asked

    return _shown(call, page, limit=None if everything else limit)


def inbox(call: Call, *, limit: int, everything: bool, actor: str) -> Ending:
    """What staff must learn of."""
    desk = open_city(call).desk(actor)

    def page(size: int, after: AuditEvent | None) -> History | Refused:
        return desk.inbox(limit=size, after=after)

    return _shown(call, page, limit=None if everything else limit)


def _shown(call: Call, page: _Page, *, limit: int | None) -> Ending:
    """Print each page as it is read; a document is kept together until the end."""
    kept: list[AuditEvent] = []
    shown, more = 0, False
    for asked in _pages(page, limit):
        if isinstance(asked, Refused):
            return refused(call.report, asked)
        for event in asked.events:
            call.report.lines(*event_lines(event))
        shown += len(asked.events)
        kept += asked.events if call.report.as_json else ()
        more = limit is not None and asked.next_after is not None
    if not shown:
        call.report.lines("Nothing has happened that staff must learn of.")
    if more:
        call.report.note(f"There may be more than these {limit}: --all shows everything.")
    call.report.document({"events": document(kept), "more": more})
    return Ending.DONE


def _pages(page: _Page, limit: int | None) -> Iterator[History | Refused]:
    """One page of so many events, or all there are."""
    after: AuditEvent | None = None
    while True:
        asked = page(limit or _PAGE, after)
        yield asked
        if limit is not None or isinstance(asked, Refused) or asked.next_after is None:
            return
        after = asked.next_after
