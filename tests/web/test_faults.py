"""Whatever goes wrong, a handler answers, and says to nobody what it was: the site and the console alike."""

from __future__ import annotations

import logging

import pytest

from flows.people import ann
from permit_accounts import Unavailable
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.faulty import Fault, FaultyStore
from permit_accounts.testing.world import World
from permit_accounts.web import Request, Site
from staff_console.desk_at_hand import Desk

LAYOUTS = {"site": "layout.html", "console": "staff_layout.html"}
PAGES = {"site": "/sign-in", "console": "/staff"}


def handler(kind, folder):
    """The pages of a city whose own template of every page is broken."""
    folder.joinpath(LAYOUTS[kind]).write_text("{{ secret_words.of_a_person }}")
    if kind == "site":
        return Site(World().accounts, templates=folder)
    return Desk(templates=folder).console


def asked(pages, kind, method="GET", path=None):
    headers = (("x-host-user", "desk-1"), ("accept-language", "es"))
    return pages.handle(Request(method=method, path=path or PAGES[kind], headers=headers))


@pytest.mark.attack("LOG-08")
@pytest.mark.parametrize("kind", LAYOUTS)
def test_where_no_page_can_be_made_the_status_is_told(kind, tmp_path, caplog):
    """In plain text, with the headers of any answer; the log has both faults and no word of either."""
    with caplog.at_level(logging.ERROR):
        response = asked(handler(kind, tmp_path), kind)
    assert (500, b"Internal Server Error\n") == (response.status, response.body)
    assert "text/plain; charset=utf-8" == response.header("Content-Type")
    assert "no-store" == response.header("Cache-Control")
    assert "nosniff" == response.header("X-Content-Type-Options")
    assert response.header("Strict-Transport-Security")
    assert "" == response.header("Set-Cookie")
    first, second = caplog.messages
    assert first.startswith("a request failed: UndefinedError at ")
    assert second.startswith("nor could that be told on a page: UndefinedError at ")
    assert "secret_words" not in caplog.text


class Broken(MemoryStore):
    """A store whose driver says why, and says too much."""

    cause = None

    def select(self, kind, where, *, limit, after=None, newest_first=False):
        if self.cause is not None:
            raise Unavailable("out of reach") from self.cause
        return super().select(kind, where, limit=limit, after=after, newest_first=newest_first)


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (OSError(28, "no room for ann@mail.example.org"), "Unavailable (OSError 28)"),
        (LookupError("no key of ann@mail.example.org"), "Unavailable (LookupError)"),
        (LookupError(), "Unavailable (LookupError)"),
    ],
)
def test_what_a_driver_says_is_told_by_kind_and_number(cause, told, caplog):
    """That tells a disk that is full from a lost line; the driver's words may hold what was typed."""
    store = Broken()
    world = World(store=store)
    cookie = ("cookie", f"__Host-sid={ann(world).session_token}")
    store.cause = cause
    response = Site(world.accounts).handle(Request(method="GET", path="/dashboard", headers=(cookie,)))
    assert 503 == response.status
    assert [f"a request could not be answered now: {told}"] == caplog.messages


@pytest.mark.parametrize("kind", LAYOUTS)
def test_head_is_told_without_a_body(kind, tmp_path):
    """And with the length of what GET is told."""
    response = asked(handler(kind, tmp_path), kind, "HEAD")
    assert (500, b"", "22") == (response.status, response.body, response.header("Content-Length"))


@pytest.mark.parametrize("kind", LAYOUTS)
def test_what_nobody_is_let_in_for_is_told_too(kind, tmp_path):
    """A page that is not there, and for the console a stranger, have a frame as well."""
    pages = handler(kind, tmp_path)
    assert 500 == asked(pages, kind, path="/nowhere").status
    assert 500 == pages.handle(Request(method="GET", path=PAGES[kind])).status


def test_a_store_out_of_reach_stays_that(tmp_path):
    """Also where no page can say so: 503, and when to come again."""
    store = FaultyStore(MemoryStore())
    tmp_path.joinpath("layout.html").write_text("{{ nothing }}")
    world = World(store=store)
    site = Site(world.accounts, templates=tmp_path)
    cookie = ("cookie", f"__Host-sid={ann(world).session_token}")
    store.fail(Fault.OUT_OF_REACH)
    response = site.handle(Request(method="GET", path="/dashboard", headers=(cookie,)))
    assert (503, "5") == (response.status, response.header("Retry-After"))
    assert b"Service Unavailable\n" == response.body


def test_programs_need_no_template(tmp_path):
    """The JSON of a site goes on."""
    response = asked(handler("site", tmp_path), "site", path="/api/session")
    assert (200, "application/json") == (response.status, response.header("Content-Type"))
