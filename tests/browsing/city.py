"""A city in memory behind a real connection, with people at its pages in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.types import WSGIApplication

import attrs
from playwright.sync_api import Page

from browsing.servers import serving
from permit_accounts import CONTRACTOR, PUBLIC, Permission, SignedIn, StaffMember
from permit_accounts.contrib.wsgi import wsgi_app
from permit_accounts.staff_console import StaffConsole
from permit_accounts.testing.browser import Browser
from permit_accounts.testing.world import (
    PASSWORD,
    World,
    city_policy,
    contractor_form,
    public_form,
)
from permit_accounts.web import Site
from web.crawling import pages_from


@attrs.frozen
class City:
    """The city and where it is."""

    world: World
    site: Site
    console: StaffConsole
    base: str

    def session_of(self, name: str) -> str:
        """A session of this person, without asking for the password on a page."""
        kind = CONTRACTOR if name.isdigit() else PUBLIC
        signed_in = self.world.accounts.sign_in(kind, name, PASSWORD)
        assert isinstance(signed_in, SignedIn), signed_in
        return signed_in.session_token

    def sign_in(self, page: Page, name: str) -> None:
        """Put a session of this person into the tab."""
        cookie = {"name": "sid", "value": self.session_of(name), "url": self.base}
        page.context.add_cookies([cookie])

    def addresses(self, who: str) -> list[str]:
        """Every page that a crawler finds: as nobody, as staff, or signed in under this name."""
        browser = Browser(self.console if who == "staff" else self.site, self.base)
        pages = []
        if who == "staff":
            pages += pages_from(browser, ["/staff"])
            for name in ("ann", "1012345", "1012346"):  # what can be done differs from one to the other
                pages += pages_from(browser, [f"/staff/person?who={name}"], below="/staff/person")
        else:
            if who != "nobody":
                browser.cookies["sid"] = self.session_of(who)
            pages += pages_from(browser, ["/"])
        return list({page.path: None for page in pages if page.status == 200})


@contextmanager
def a_city() -> Iterator[City]:
    """A city that answers; ann and 1012345 have accounts, and 1012346 is on the roster."""
    late: list[WSGIApplication] = []
    with serving(lambda environ, start_response: late[0](environ, start_response)) as base:
        world = World(city_policy(base_url=base))
        world.accounts.register(PUBLIC, public_form("ann"))
        world.accounts.register(CONTRACTOR, contractor_form("1012345"))
        world.add_to_roster("1012346")
        clerk = StaffMember(id="desk-1", may=frozenset(Permission))
        site = Site(world.accounts)
        console = StaffConsole(world.accounts, who=lambda request: clerk)
        late.append(wsgi_app(site, console))
        yield City(world, site, console, base)
