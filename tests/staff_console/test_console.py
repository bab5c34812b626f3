"""Who is let in, and what keeps everybody else out."""

from __future__ import annotations

import logging

import pytest

from permit_accounts import (
    AuditEvent,
    ConfigurationError,
    OutcomeUnknown,
    Permission,
    StaffMember,
    Unavailable,
)
from permit_accounts.ports import Every
from permit_accounts.staff_console import StaffConsole
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.world import World, city_policy
from permit_accounts.web import Request, Site
from staff_console.desk_at_hand import Desk, csrf_of, post
from web.pages_at_hand import City


@pytest.fixture
def desk():
    """A city with its console."""
    return Desk()


def get(desk, path, *headers):
    return desk.console.handle(Request(method="GET", path=path, headers=headers))


@pytest.mark.attack("CFG-01")
@pytest.mark.parametrize("who", [None, True, "desk-1", StaffMember(id="desk-1", may=frozenset(Permission))])
def test_without_an_identity_it_does_not_start(who):
    """Everybody would be staff."""
    with pytest.raises(ConfigurationError, match="who="):
        StaffConsole(World().accounts, who=who)


@pytest.mark.attack("CFG-01", "API-08")
def test_an_identity_that_has_to_be_awaited_is_refused():
    """A coroutine is no member of staff, and is true."""

    async def who(request):
        return StaffMember(id="desk-1")

    with pytest.raises(ConfigurationError, match="plain function"):
        StaffConsole(World().accounts, who=who)


@pytest.mark.attack("CFG-01")
def test_what_does_not_fit_together_is_refused():
    """Accounts that are none, and a prefix that is no path."""
    with pytest.raises(ConfigurationError, match="not a dict"):
        StaffConsole({}, who=print)
    for prefix in ("", "/", "staff", "/staff/", "//staff", "/st aff", "/../x", None):
        with pytest.raises(ConfigurationError, match="prefix="):
            StaffConsole(World().accounts, who=print, prefix=prefix)


def test_nobody_gets_any_path(desk):
    """Whom the host does not know is told so on every path, and nothing is read for them."""
    for path in {*desk.console.paths, "/staff/nowhere"}:
        for method in ("GET", "POST", "PUT"):
            response = desk.console.handle(Request(method=method, path=path))
            assert 403 == response.status
            assert b"staff who are signed in" in response.body
    assert () == tuple(desk.world.store.select(AuditEvent, Every(), limit=1))


async def awaited(request):
    return StaffMember(id="desk-1", may=frozenset(Permission))


def raising(request):
    raise RuntimeError("secret words of a directory")


@pytest.mark.attack("API-08")
@pytest.mark.parametrize(
    "who",
    [raising, lambda r: True, lambda r: "desk-1", lambda r: 0, lambda r: awaited(r), lambda r: StaffMember],
)
def test_an_identity_that_lies_keeps_the_console_shut(who, caplog):
    """Whatever it answers but a member of staff is a fault, logged without its words, and opens nothing."""
    desk = Desk(who=who)
    with caplog.at_level(logging.ERROR):
        response = get(desk, "/staff")
    assert 500 == response.status
    assert b"Find somebody" not in response.body
    assert "a request failed" in caplog.text
    assert "secret words" not in caplog.text


def test_the_public_session_opens_nothing(desk):
    """Neither its cookie nor its token is read here, and the console sets neither."""
    city = City()
    session = city.signed_in().cookies["__Host-sid"]
    console = StaffConsole(city.world.accounts, who=lambda request: None)
    for header in (("cookie", f"__Host-sid={session}"), ("authorization", f"Bearer {session}")):
        assert 403 == console.handle(Request(method="GET", path="/staff", headers=(header,))).status
    browser = desk.browser()
    browser.open("/staff")
    assert {"__Host-staff-form"} == set(browser.cookies)


def test_an_authorization_header_of_the_host_is_left_alone(desk):
    """A host may have one for its own purposes; the console's cookies count all the same."""
    browser = desk.browser()
    page = browser.open("/staff")
    cookie = f"__Host-staff-form={browser.cookies['__Host-staff-form']}"
    response = desk.console.handle(
        Request(
            method="POST",
            path="/staff",
            headers=(
                ("x-host-user", "desk-1"),
                ("authorization", "Bearer of-the-host"),
                ("cookie", cookie),
                ("content-type", "application/x-www-form-urlencoded"),
            ),
            body=f"csrf_token={csrf_of(page)}&text=".encode(),
        )
    )
    assert 422 == response.status


@pytest.mark.attack("WEB-01", "LOG-06")
@pytest.mark.parametrize(
    ("mode", "dest"), [("no-cors", "image"), ("navigate", "iframe"), ("no-cors", "empty"), ("cors", "empty")]
)
def test_no_page_elsewhere_looks_people_up_in_the_name_of_staff(desk, mode, dest):
    """A host that signs in by HTTP Basic is signed in for the images of other sites; a link is followed."""
    browser = desk.browser()
    made = (("sec-fetch-site", "cross-site"), ("sec-fetch-mode", mode), ("sec-fetch-dest", dest))
    for path in (
        "/staff/person?who=ann",
        "/staff/history?who=ann",
        "/staff/person/temporary-password?who=ann",
    ):
        assert 403 == browser.exchange("GET", path, headers=made).status
    assert () == tuple(desk.world.store.select(AuditEvent, Every(), limit=9))
    link = (*made[:1], ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"))
    assert 200 == browser.exchange("GET", "/staff/inbox", headers=link).status


POSTS = sorted(path for path in Desk().console.paths if "/static/" not in path)


@pytest.mark.attack("WEB-01")
@pytest.mark.parametrize("path", POSTS)
def test_no_post_acts_without_a_token_of_this_person(desk, path):
    """None, an empty one, another browser's, a colleague's at the same browser, the public site's."""
    browser = desk.browser()
    good = csrf_of(browser.open("/staff"))
    colleague = desk.browser("desk-2")
    colleague.cookies = dict(browser.cookies)
    theirs = csrf_of(colleague.open("/staff"))
    other = csrf_of(desk.browser().open("/staff"))
    site = Site(desk.world.accounts)
    public = csrf_of(type(browser)(site, desk.world.policy.base_url, name="").open("/"))
    for token in (None, "", theirs, other, public, good[:-1], "ключ"):
        fields = [("text", "1012345"), ("reason", "because"), ("email", "all"), ("language", "es")]
        fields += [("csrf_token", token)] if token is not None else []
        response = post(browser, path, fields)
        assert response.status in (403, 405, 415), (path, token)
    foreign = (("sec-fetch-site", "cross-site"), ("content-type", "application/x-www-form-urlencoded"))
    response = browser.exchange("POST", path, headers=foreign, body=f"csrf_token={good}".encode())
    assert response.status in (403, 405, 415)
    assert "__Host-staff-language" not in browser.cookies


def limit_of(desk, name, method="POST", path="/staff/roster"):
    return desk.console.body_limit(Request(method=method, path=path, headers=(("x-host-user", name),)))


@pytest.mark.attack("WEB-14", "CFG-01")
def test_only_the_roster_of_who_may_import_it_is_large(desk):
    """No other page, method or person; and who it is, is asked only where it matters."""
    desk.only(Permission.FIND, name="desk-3")
    form, roster = 64 * 1024, 32 * 1024 * 1024
    assert roster == limit_of(desk, "desk-1")
    assert {form} == {limit_of(desk, name) for name in ("desk-3", "nobody", "")}
    assert {form} == {limit_of(desk, "desk-1", path=path) for path in desk.console.paths - {"/staff/roster"}}
    assert {form} == {limit_of(desk, "desk-1", method=method) for method in ("PUT", "DELETE", "OPTIONS")}
    asked = []
    asking = Desk(who=asked.append)
    assert form == limit_of(asking, "desk-1", path="/staff/person")
    assert [] == asked


@pytest.mark.attack("WEB-14", "API-08")
@pytest.mark.parametrize("who", [raising, lambda r: True, lambda r: awaited(r), lambda r: StaffMember])
def test_an_identity_that_lies_sends_nothing_large(who):
    """Whatever it does, nothing is raised."""
    assert 64 * 1024 == limit_of(Desk(who=who), "desk-1")


@pytest.mark.attack("WEB-14")
def test_an_ordinary_form_is_small(desk):
    """Only the roster's body may be large."""
    browser = desk.browser()
    token = csrf_of(browser.open("/staff"))
    assert 413 == post(browser, "/staff", [("csrf_token", token), ("text", "a" * 70_000)]).status


def test_every_answer_is_kept_by_nobody(desk):
    """The headers of pages with personal data, and https from now on."""
    response = desk.browser().exchange("GET", "/staff")
    assert "no-store" == response.header("Cache-Control")
    assert "DENY" == response.header("X-Frame-Options")
    assert response.header("Content-Security-Policy")
    assert response.header("Strict-Transport-Security")
    head = desk.browser().exchange("HEAD", "/staff")
    assert (200, b"") == (head.status, head.body)


def test_what_is_not_there(desk):
    """Another path, and another method."""
    browser = desk.browser()
    assert 404 == browser.exchange("GET", "/staff/nowhere").status
    response = browser.exchange("PUT", "/staff")
    assert (405, "GET, HEAD, POST") == (response.status, response.header("Allow"))
    assert 200 == browser.exchange("GET", "/staff/static/site.css").status


def test_a_store_out_of_reach(desk, caplog):
    """503 with when to come back, and no word of why."""

    class Gone(MemoryStore):
        def select(self, *args, **more):
            raise Unavailable("dsn of the store")

    browser = desk.browser()
    object.__setattr__(desk.world.services, "store", Gone())
    response = browser.exchange("GET", "/staff/person?who=1012345")
    assert (503, "5") == (response.status, response.header("Retry-After"))
    assert "dsn" not in caplog.text


@pytest.mark.attack("STO-06")
def test_a_page_that_was_lost_while_it_was_noted(desk):
    """Reading is noted, so the note may be there: staff are told to look, and not to sign in."""

    class Lost(MemoryStore):
        def commit(self, *changes):
            raise OutcomeUnknown("lost while it committed")

    browser = desk.browser()
    object.__setattr__(desk.world.services, "store", Lost())
    page = browser.open("/staff/person?who=1012345")
    assert (503, "") == (page.status, page.response.header("Retry-After"))
    assert "this may have been done. Look before you do it once more." in page.text


def test_nothing_permitted_and_one_thing_permitted(desk):
    """The menu has what is permitted; whoever may do one thing lands there."""
    assert 403 == desk.only(name="desk-4").open("/staff").status
    page = desk.only(Permission.ROSTER, name="desk-5").open("/staff")
    assert "/staff/roster" == page.path
    assert "Failed mail" not in page.text


def test_the_language_of_the_console(desk):
    """By its own cookie, else the browser's."""
    browser = desk.browser(language="ru")
    assert "Кабинет сотрудника" in browser.open("/staff").text
    page = browser.submit("Español")
    assert "Portal del personal" in page.text
    assert "es" == browser.cookies["__Host-staff-language"]
    assert "/staff" == browser.open("/staff/language").path
    token = csrf_of(browser.page)
    assert 303 == post(browser, "/staff/language", [("csrf_token", token), ("language", "tlh")]).status


def test_only_a_hash_is_slow(desk):
    """An event loop puts these apart."""
    slow = {path for path in desk.console.paths if desk.console.is_slow(Request(method="POST", path=path))}
    assert {"/staff/person/temporary-password", "/staff/person/check-answer"} == slow
    assert not desk.console.is_slow(Request(method="GET", path="/staff/person/check-answer"))


def test_on_loopback_without_https():
    """A demonstration says nothing of https."""
    desk = Desk(city_policy(base_url="http://127.0.0.1:8000"))
    response = desk.browser().exchange("GET", "/staff")
    assert "" == response.header("Strict-Transport-Security")
