"""Every link leads somewhere, every form can be sent empty or full of nonsense, every page is whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pytest

from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Permission,
    Refused,
    SetupRequired,
    SignedIn,
    StaffMember,
    TemporaryPasswordIssued,
)
from permit_accounts.staff_console import StaffConsole
from permit_accounts.testing.browser import Browser, Page
from permit_accounts.testing.world import PASSWORD, World, contractor_form, links_in, public_form
from permit_accounts.web import Site
from web.crawling import ODD, Sent, addresses, faults, filled, pages_from

#: Who comes, in every state of a session: none, one whose mailbox is confirmed or is not, a set-up that was
#: begun, a link of a mail that was opened, and a cookie of an account that was closed meanwhile.
WHO = ("nobody", "public", "contractor", "confirmed", "setting up", "resetting", "closed", "staff")
LANGUAGES = ("en", "es", "ru")
#: What no link and no form leads to, and why that is so.
ELSEWHERE = {
    "/setup": "signing in with a temporary password and the mailed link lead there",
    "/reset-password": "the mailed link leads there",
    "/confirm-email": "the mailed link leads there",
    "/cancel-email-change": "the mailed link leads there",
    "/account-created": "a registration leads there",
    "/password-again": "what asks for a fresh password leads there",
    "/workers-compensation": "the script asks it",
    **{
        f"/{form}/sent": "the form leads there"
        for form in ("forgot-password", "forgot-username", "resend-confirmation")
    },
}
ELSEWHERE_AT_DESK = {
    "/staff/roster/import": "a file that was tried leads there",
    "/staff/roster/problems": "a file with problems leads there",
    "/staff/person/open": "offered where so many tries have closed a password to unknown devices",
}
#: Whom the desk knows: unconfirmed, confirmed, disabled, closed, verified, in set-up, and without an account.
PEOPLE = ("ann", "cem", "dora", "eva", "1012345", "1012346", "1012357")
PERSON = "/staff/person"
#: The form that this state alone has.
FORM_OF = {"setting up": "/setup", "resetting": "/reset-password"}


class Town:
    """A city with people in it, and whoever crawls through its pages."""

    def __init__(self, who: str, language: str = "en") -> None:
        self.world = World()
        self.accounts = self.world.accounts
        self.who = who
        self.language = language
        self.accounts.register(PUBLIC, public_form("ann"))
        self.accounts.register(PUBLIC, public_form("cem"))
        self.accounts.register(CONTRACTOR, contractor_form("1012345"))
        self.world.add_to_roster("1012346")
        self.world.add_to_roster("1012357", email="else@contractor.example.org")
        self.desk = self.world.desk()
        issued = self.desk.issue_temporary_password("1012346", reason="called", checked_how="by name")
        assert isinstance(issued, TemporaryPasswordIssued), issued
        self.temporary = issued.password
        self.desk.approve("1012345", "1012345", CONTRACTOR, reason="pocket card seen")
        self.tokens = [token for mail in self.world.deliver() for token in links_in(mail)]
        (confirming,) = (
            token for mail in self.world.mails_to("cem@mail.example.org") for token in links_in(mail)
        )
        self.accounts.confirm_email(confirming, password=PASSWORD)
        self.accounts.register(PUBLIC, public_form("dora"))
        self.desk.disable("dora", PUBLIC, reason="asked for by telephone")
        self.accounts.register(PUBLIC, public_form("eva"))
        left = self.accounts.sign_in(PUBLIC, "eva", PASSWORD)
        assert isinstance(left, SignedIn), left
        self.accounts.close_account(left.session_token, PASSWORD)
        self.site = Site(self.accounts)
        clerk = StaffMember(id="desk-1", may=frozenset(Permission))
        self.console = StaffConsole(self.accounts, who=lambda request: clerk)

    @property
    def paths(self) -> set[str]:
        """Every page that there is."""
        handler = self.console if self.who == "staff" else self.site
        return {path for path in handler.paths if "/static/" not in path and "/api/" not in path}

    def pages(self) -> Iterator[Page]:
        """Every page that can be reached without knowing more than an address; staff also know people."""
        if self.who != "staff":
            links = (f"/confirm-email?token={token}" for token in self.tokens)
            yield from pages_from(self.browser(), ["/", *sorted(self.paths), *links])
            return
        yield from pages_from(self.browser(), sorted(path for path in self.paths if PERSON not in path))
        for name in PEOPLE:  # the page of each has links of its own
            yield from pages_from(self.browser(), [f"{PERSON}?who={name}"], below=PERSON)

    def browser(self) -> Browser:
        """The person's browser, in the state that their session is in."""
        handler = self.console if self.who == "staff" else self.site
        browser = Browser(handler, self.world.policy.base_url, language=self.language)
        if self.who == "setting up":
            entered = self.accounts.sign_in(CONTRACTOR, "1012346", self.temporary)
            assert isinstance(entered, SetupRequired), entered
            browser.cookies["__Host-setup"] = entered.token
        if self.who == "resetting":
            self.world.tick(hours=1)
            self.accounts.request_password_reset("cem", PUBLIC)
            browser.open(
                f"/reset-password?token={links_in(self.world.mails_to('cem@mail.example.org')[-1])[0]}"
            )
        names = {"public": (PUBLIC, "ann"), "contractor": (CONTRACTOR, "1012345")}
        names |= dict.fromkeys(("confirmed", "closed"), (PUBLIC, "cem"))
        if self.who in names:
            signed_in = self.accounts.sign_in(*names[self.who], PASSWORD)
            if self.who == "closed" and isinstance(signed_in, Refused):
                return browser  # it was closed by an earlier visit
            assert isinstance(signed_in, SignedIn), signed_in
            browser.cookies["__Host-sid"] = signed_in.session_token
        if self.who == "closed":
            self.accounts.close_account(browser.cookies["__Host-sid"], PASSWORD)
        return browser


def reached(pages: Iterable[Page]) -> set[str]:
    """Every path that links and forms of these pages lead to, and their own."""
    found = set()
    for page in pages:
        ways = [page.path, *addresses(page), *(form.action for form in page.forms)]
        found |= {way.partition("?")[0] for way in ways}
    return found


def test_links_and_forms_lead_to_every_page() -> None:
    """From the home page, as somebody or nobody; what they do not lead to is named, with why."""
    everybody = [Town(who) for who in ("nobody", "public", "contractor")]
    visited = set().union(*(reached(pages_from(town.browser(), ["/"])) for town in everybody))
    assert sorted(ELSEWHERE) == sorted(everybody[0].paths - visited)


def test_links_and_forms_lead_to_every_page_of_the_desk() -> None:
    """From where somebody is looked for, and from the page of each who was found."""
    town = Town("staff")
    visited = reached(pages_from(town.browser(), ["/staff"]))
    for name in PEOPLE:
        visited |= reached(pages_from(town.browser(), [f"{PERSON}?who={name}"], below=PERSON))
    assert sorted(ELSEWHERE_AT_DESK) == sorted(town.paths - visited)


@pytest.mark.parametrize("who", WHO)
def test_every_page_is_opened_in_every_state(who: str) -> None:
    """By its address, whatever the session: a page, the way to sign in, a dead end, or only for a form."""
    town = Town(who)
    statuses = {path: town.browser().open(path).status for path in town.paths}
    assert {} == {
        path: status for path, status in statuses.items() if status not in (200, 405, 410, 404, 422)
    }
    assert 200 in statuses.values()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", WHO)
def test_every_link_leads_to_a_whole_page(who: str, language: str) -> None:
    """With a title, one heading, its language, labels, and nothing that points nowhere."""
    town = Town(who, language)
    pages = list(town.pages())
    assert [] == [fault for page in pages for fault in faults(page)]
    # Nor is a date or a time shown as machines write it; what is typed into a field may look like that.
    assert [] == [page.path for page in pages if re.search(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|UTC", page.text)]


@pytest.mark.attack("WEB-01", "WEB-14")
@pytest.mark.parametrize("who", ["nobody", "contractor", "setting up", "resetting", "staff"])
def test_every_form_takes_nothing_and_nonsense(who: str) -> None:
    """No answer is a fault, and nothing that was entered comes back as markup."""
    town = Town(who)
    sent = [Sent(page.path, form) for page in town.pages() for form in page.forms]
    sent = [each for each in sent if each.page.startswith(FORM_OF.get(who, "/"))]
    by_place = {(each.page.partition("?")[0], each.form.action, each.form.method): each for each in sent}
    assert len(by_place) > (0 if who in FORM_OF else 3)
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
