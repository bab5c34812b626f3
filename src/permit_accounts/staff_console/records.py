"""A person's page, their history, and what staff must learn of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

from permit_accounts import (
    AuditEvent,
    Explained,
    Found,
    History,
    LicenseLink,
    LinkState,
    Permission,
    Refused,
    license_name,
)
from permit_accounts.staff_console import people
from permit_accounts.staff_console.at_desk import AtDesk, staffed
from permit_accounts.staff_console.desk_acts import offered
from permit_accounts.staff_console.desk_pages import DeskPages
from permit_accounts.staff_console.subjects import Subject
from permit_accounts.web.local_paths import with_query
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route

#: So many rows are on a page of a list.
ROWS: Final = 50
#: The desk answers a thousand rows at the most, and goes on after the last of them.
STRIDE: Final = 1_000

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)

T = TypeVar("T")


def routes(pages: DeskPages) -> Iterable[Route]:
    """The three pages."""
    records = _Records(pages)
    return (
        Route(path=pages.paths["person"], get=staffed(records.person)),
        Route(path=pages.paths["history"], get=staffed(records.history)),
        Route(path=pages.paths["inbox"], get=staffed(records.inbox)),
    )


class _Records:
    """The views of what is known and what happened."""

    def __init__(self, pages: DeskPages) -> None:
        self._pages = pages

    def person(self, asking: AtDesk) -> Response:
        """Everybody whom the name can mean, each with the acts that are permitted."""
        who = Subject.asked(asking)
        found = asking.desk.find(who.name, who.account_type)
        if isinstance(found, Refused):
            return self._pages.refused(asking, found)
        told = asking.desk.explain(who.name, who.account_type)
        reasons = () if isinstance(told, Refused) else told
        return self._pages.page(
            asking,
            "staff_person.html",
            title=people.title(asking, found[0]),
            people=[self._shown(asking, each, reasons) for each in found],
        )

    def history(self, asking: AtDesk) -> Response:
        """What happened to somebody, page by page, with actor and reason."""
        who, number = Subject.asked(asking), page_number(asking)

        def ask(limit: int, after: AuditEvent | None) -> History | Refused:
            return asking.desk.history(who.name, who.account_type, limit=limit, after=after)

        title = asking.text("web.console.history.title", name=license_name(who.name))
        return self._events(asking, "history", title, ask, number, who)

    def inbox(self, asking: AtDesk) -> Response:
        """What staff must learn of: refused registrations, waiting claims, failed mail."""

        def ask(limit: int, after: AuditEvent | None) -> History | Refused:
            return asking.desk.inbox(limit=limit, after=after)

        title = asking.text("web.console.inbox.title")
        return self._events(asking, "inbox", title, ask, page_number(asking), Subject(name=""))

    def _events(
        self,
        asking: AtDesk,
        name: str,
        title: str,
        ask: Callable[[int, AuditEvent | None], History | Refused],
        number: int,
        who: Subject,
    ) -> Response:
        def events(
            limit: int, after: AuditEvent | None
        ) -> tuple[Sequence[AuditEvent], AuditEvent | None] | Refused:
            told = ask(limit, after)
            return told if isinstance(told, Refused) else (told.events, told.next_after)

        found = paged(events, number)
        if isinstance(found, Refused):
            return self._pages.refused(asking, found)
        rows, more = found
        return self._pages.page(
            asking,
            "staff_events.html",
            title=title,
            rows=[people.event_row(asking, event) for event in rows],
            empty=asking.text(f"web.console.empty.{name}"),
            person=with_query(self._pages.paths["person"], **who.query) if who.name else "",
            steps=steps(self._pages, name, number, who.query, more=more),
        )

    def _shown(self, asking: AtDesk, found: Found, told: Iterable[Explained]) -> dict[str, object]:
        subject = Subject.of(found)
        why = [each for each in told if _is_of(each, found)]
        return {
            "title": people.title(asking, found),
            "facts": people.facts(asking, found),
            "license": people.license_facts(asking, found.license) if found.license is not None else [],
            "links": [
                (people.link_row(asking, link), claim_acts(self._pages, asking, subject, link))
                for link in found.links
            ],
            "why": [line for each in why for line in people.obstacles(asking, each)],
            "acts": [
                (name, with_query(self._pages.paths[name], **about.query))
                for name, about in offered(asking, found)
            ],
            "history": with_query(self._pages.paths["history"], **subject.query),
        }


def claim_acts(pages: DeskPages, asking: AtDesk, who: Subject, link: LicenseLink) -> list[tuple[str, str]]:
    """The acts on a claim that its state allows, with their addresses."""
    from_state = _DECISIONS.get(link.state, ())
    if not asking.may(Permission.LICENSES) or not who.account_type:
        return []
    about = Subject(
        name=who.name, account_type=who.account_type, license=link.license_id, account=link.account_id
    )
    return [(name, with_query(pages.paths[name], **about.query)) for name in from_state]


_DECISIONS: Final = {
    LinkState.CLAIMED: ("approve", "reject", "transfer"),
    LinkState.PENDING: ("approve", "reject", "transfer"),
    LinkState.VERIFIED: ("release", "transfer"),
    LinkState.REJECTED: ("approve",),
    LinkState.RELEASED: ("approve",),
}


def steps(pages: DeskPages, name: str, number: int, who: Mapping[str, str], *, more: bool) -> dict[str, str]:
    """The addresses of the page before and of the page after; empty where there is none."""
    path = pages.paths[name]
    before = with_query(path, **who, page=str(number - 1)) if number > 1 else ""
    return {"before": before, "after": with_query(path, **who, page=str(number + 1)) if more else ""}


def page_number(asking: AtDesk) -> int:
    """Which page of a list is asked for; the first where it cannot be read."""
    text = asking.query.get("page", "")
    return int(text) if _NUMBER.fullmatch(text) else 1


def paged(
    ask: Callable[[int, T | None], tuple[Sequence[T], T | None] | Refused], number: int
) -> tuple[Sequence[T], bool] | Refused:
    """The rows of one page, and whether there is another.

    Args:
        ask: For so many rows after this one: the rows, and where it goes on from there.
        number: The page, the first being 1.
    """
    skipped, after = (number - 1) * ROWS, None
    while skipped >= STRIDE:
        told = ask(STRIDE, after)
        if isinstance(told, Refused):
            return told
        _, after = told
        if after is None:
            return (), False
        skipped -= STRIDE
    told = ask(min(skipped + ROWS + 1, STRIDE), after)
    if isinstance(told, Refused):
        return told
    rows, more = told
    return rows[skipped : skipped + ROWS], len(rows) > skipped + ROWS or (
        more is not None and len(rows) == STRIDE
    )


def _is_of(told: Explained, found: Found) -> bool:
    if told.account is not None or found.account is not None:
        return told.account is not None and found.account is not None and told.account.id == found.account.id
    return told.license is not None and found.license is not None and told.license.id == found.license.id
