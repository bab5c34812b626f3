"""Claims on licenses by state, each with whoever makes it and what may be decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from permit_accounts import Account, LicenseLink, LinkState, Refused
from permit_accounts.staff_console import people
from permit_accounts.staff_console.at_desk import AtDesk, staffed
from permit_accounts.staff_console.desk_pages import DeskPages
from permit_accounts.staff_console.records import claim_acts, page_number, paged, steps
from permit_accounts.staff_console.subjects import Subject
from permit_accounts.web.local_paths import with_query
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route


def routes(pages: DeskPages) -> Iterable[Route]:
    """The list of claims."""

    def claims(asking: AtDesk) -> Response:
        state, number = _state(asking), page_number(asking)
        accounts: dict[str, Account] = {}

        def ask(
            limit: int, after: LicenseLink | None
        ) -> tuple[Sequence[LicenseLink], LicenseLink | None] | Refused:
            told = asking.desk.claims(state, limit=limit, after=after)
            if isinstance(told, Refused):
                return told
            accounts.update(told.accounts)
            return told.links, told.next_after

        found = paged(ask, number)
        if isinstance(found, Refused):
            return pages.refused(asking, found)
        links, more = found
        return pages.page(
            asking,
            "staff_claims.html",
            title=asking.text("web.console.claims.title"),
            states=[_choice(pages, asking, each, current=each is state) for each in LinkState],
            rows=[_row(pages, asking, link, accounts.get(link.account_id)) for link in links],
            steps=steps(pages, "claims", number, {"state": str(state)}, more=more),
        )

    return (Route(path=pages.paths["claims"], get=staffed(claims)),)


def _state(asking: AtDesk) -> LinkState:
    """The state that is asked for; what waits first where it is none."""
    word = asking.query.get("state", "")
    return LinkState(word) if word in [*LinkState] else LinkState.CLAIMED


def _choice(pages: DeskPages, asking: AtDesk, state: LinkState, *, current: bool) -> Mapping[str, object]:
    return {
        "label": asking.text(f"web.console.claims-in.{state}"),
        "href": with_query(pages.paths["claims"], state=str(state)),
        "current": current,
    }


def _row(
    pages: DeskPages, asking: AtDesk, link: LicenseLink, account: Account | None
) -> Mapping[str, object]:
    who = Subject.of_account(account) if account is not None else Subject(name="")
    license_, _, since, by = people.link_row(asking, link)
    return {
        "license": license_,
        "entered": link.entered,
        "who": who.name,
        "business": account.profile.get("business_name", "") if account is not None else "",
        "email": (account.email or "") if account is not None else "",
        "since": since,
        "by": by,
        "person": with_query(pages.paths["person"], **who.query),
        "acts": claim_acts(pages, asking, who, link),
    }
