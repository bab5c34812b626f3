"""Every link leads somewhere, every form can be sent empty or full of nonsense, every page is whole."""

from __future__ import annotations

import re

import pytest

from permit_accounts import CONTRACTOR, PUBLIC, Permission, SignedIn, StaffMember
from permit_accounts.staff_console import StaffConsole
from permit_accounts.testing.browser import Browser, Page
from permit_accounts.testing.world import PASSWORD, World, contractor_form, links_in, public_form
from permit_accounts.web import Site
from web.crawling import ODD, Sent, faults, filled, pages_from

WHO = ("nobody", "public", "contractor", "staff")
LANGUAGES = ("en", "es", "ru")


class Town:
    """A city with people in it, and whoever crawls through its pages."""

    def __init__(self, who: str, language: str = "en") -> None:
        self.world = World()
        self.accounts = self.world.accounts
        self.who = who
        self.language = language
        self.accounts.register(PUBLIC, public_form("ann"))
        self.accounts.register(CONTRACTOR, contractor_form("1012345"))
        self.world.add_to_roster("1012346")
        self.world.desk().approve("1012345", "1012345", CONTRACTOR, reason="pocket card seen")
        self.tokens = [token for mail in self.world.deliver() for token in links_in(mail)]
        self.site = Site(self.accounts)
        clerk = StaffMember(id="desk-1", may=frozenset(Permission))
        self.console = StaffConsole(self.accounts, who=lambda request: clerk)

    @property
    def starts(self) -> list[str]:
        """Every page that can be reached without knowing more than an address."""
        if self.who == "staff":
            people = ["/staff/person?text=ann", "/staff/person?text=1012346"]
            return [path for path in sorted(self.console.paths) if "/static/" not in path] + people
        pages = [path for path in sorted(self.site.paths) if "/static/" not in path and "/api/" not in path]
        return ["/", *pages, *(f"/confirm-email?token={token}" for token in self.tokens)]

    def browser(self) -> Browser:
        """The person's browser, with a session of its own."""
        handler = self.console if self.who == "staff" else self.site
        browser = Browser(handler, self.world.policy.base_url, language=self.language)
        name = {"public": (PUBLIC, "ann"), "contractor": (CONTRACTOR, "1012345")}.get(self.who)
        if name is not None:
            signed_in = self.accounts.sign_in(*name, PASSWORD)
            assert isinstance(signed_in, SignedIn)
            browser.cookies["__Host-sid"] = signed_in.session_token
        return browser


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", WHO)
def test_every_link_leads_to_a_whole_page(who: str, language: str) -> None:
    """With a title, one heading, its language, labels, and nothing that points nowhere."""
    town = Town(who, language)
    pages = list(pages_from(town.browser(), town.starts))
    assert [] == [fault for page in pages for fault in faults(page)]
    # Nor is a date or a time shown as machines write it; what is typed into a field may look like that.
    assert [] == [page.path for page in pages if re.search(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|UTC", page.text)]


@pytest.mark.attack("WEB-01", "WEB-14")
@pytest.mark.parametrize("who", ["nobody", "contractor", "staff"])
def test_every_form_takes_nothing_and_nonsense(who: str) -> None:
    """No answer is a fault, and nothing that was entered comes back as markup."""
    town = Town(who)
    sent = [Sent(page.path, form) for page in pages_from(town.browser(), town.starts) for form in page.forms]
    by_place = {(each.page.partition("?")[0], each.form.action, each.form.method): each for each in sent}
    assert len(by_place) > 3
    found = []
    for each in by_place.values():
        for text in ("", *ODD):
            page = _sent(town, each, text)
            found += [f"{fault} after {text[:20]!r} into {each.page}" for fault in faults(page)]
            if "<script>alert" in page.html:
                found.append(f"{page.path} shows markup of {each.page}")
            town.world.tick(minutes=30)
    assert [] == found


def _sent(town: Town, sent: Sent, text: str) -> Page:
    """What comes of it, in a browser that opened the page just now and does not mind where it ends."""
    browser = town.browser()
    page = browser.open(sent.page)
    form = next((f for f in page.forms if (f.action, f.method) == (sent.form.action, sent.form.method)), None)
    if form is None:
        return page
    return browser.press(form, filled(form, text))
