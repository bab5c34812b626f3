"""One's own account: facts, sessions, history, licenses, the copy of it all, and giving it up."""

from __future__ import annotations

import json
import re

import pytest

from permit_accounts import PUBLIC, Visitor
from permit_accounts.testing.world import contractor_form
from permit_accounts.web.asking import Asking
from permit_accounts.web.request import Request
from web.pages_at_hand import PASSWORD, City, csrf_of

PAGES = [
    "/account",
    "/account/sessions",
    "/account/activity",
    "/account/licenses",
    "/account/licenses/release",
    "/account/data",
    "/account/close",
    "/account/password",
    "/account/email",
    "/account/security-question",
    "/password-again",
]


@pytest.fixture(name="city")
def a_city():
    return City()


def another_device(city, username="ann"):
    browser = city.browser()
    browser.open("/sign-in")
    browser.submit("Login", {"Account type": "Public user", "Username": username, "Password": PASSWORD})
    return browser


def contractor(city, number="1012345"):
    browser = city.browser()
    browser.open("/set-up-account/contractor")
    browser.submit("Create account", {**contractor_form(number), "password_again": PASSWORD})
    return browser


def session_of(city, browser):
    return city.world.accounts.session(browser.cookies["__Host-sid"]).session


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_them_unasked(city, path):
    """Each leads to the sign-in page, which knows the way back."""
    page = city.browser().open(path)
    assert page.path.startswith("/sign-in?next=")
    assert "Sign in first" in page.text


@pytest.mark.attack("WEB-13")
@pytest.mark.parametrize(
    "path",
    [
        "/account//sessions",
        "/account/../account/sessions",
        "/ACCOUNT/SESSIONS",
        "/account/sessions\n",
        "/account/sessions;x=1",
        "/account/sessions.",
        "//account/sessions",
        "/account/sessions/",
    ],
)
def test_no_spelling_of_a_path_walks_past_the_gate(city, path):
    """A path is one of the table or none; the gate is in its view."""
    assert 404 == city.site.handle(Request(method="GET", path=path)).status


def test_the_account_page_shows_what_is_on_file(city):
    """Name, type, address and facts, in words."""
    text = city.signed_in().open("/account").text
    for shown in ("Public user", "ann@mail.example.org (not confirmed yet)", "1 Sample Street", "Sampleton"):
        assert shown in text
    text = contractor(city).open("/account").text
    assert "Corporation" in text
    assert "June 30, 2027" in text


def test_sessions_are_listed_and_one_is_ended(city):
    """This one is marked and has no button; the other device is out at its next request."""
    browser = city.signed_in()
    other = another_device(city)
    page = browser.open("/account/sessions")
    assert re.search(r"<td[^>]*><span>[^<]+<br><strong>This device</strong></span></td>", page.html)
    assert re.search(r'<td[^>]* data-label="Log out"></td>', page.html)
    assert 1 == page.text.count("This device")
    assert '<time datetime="2026-03-02T09:00:00Z">Mar 2, 2026, 1:00\u00a0AM PST</time>' in page.html

    page = browser.submit("Log out there")
    assert "That device is signed out." in page.text
    assert other.open("/account").path.startswith("/sign-in")


def test_a_device_is_named_as_its_owner_would(city):
    """By browser and system, and what is none of those that people know by neither."""
    browser = city.signed_in()
    sent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36"
    for agent in (sent, "Mozilla/5.0 (X11; Linux x86_64)", ""):
        city.world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=Visitor(user_agent=agent))
    text = browser.open("/account/sessions").text
    for words in ("Chrome on Windows", "Another browser on Linux", "Unknown device"):
        assert words in text
    assert "Mozilla" not in text


@pytest.mark.attack("SESS-14", "TOK-04")
def test_nobody_elses_session_is_ended(city):
    """An id of somebody else's does nothing and tells nothing; a field too many is refused."""
    browser, stranger = city.signed_in(), city.signed_in("bob")
    token = csrf_of(browser.open("/account/sessions"))
    session_id = session_of(city, stranger).id
    pairs = [("csrf_token", token), ("session_id", session_id)]
    assert 303 == browser.post("/account/sessions/end", pairs).status
    assert 422 == browser.post("/account/sessions/end", [*pairs, ("remembered", "1")]).status
    assert "/account" == stranger.open("/account").path


@pytest.mark.attack("SESS-09", "SESS-01")
def test_ending_all_others_asks_for_a_fresh_password(city):
    """Then it is done, and this session goes on under a new cookie."""
    browser = city.signed_in()
    other = another_device(city)
    city.world.tick(minutes=16)
    browser.open("/account/sessions")
    assert "/password-again?next=%2Faccount%2Fsessions" == browser.submit("Log out everywhere else").path
    assert "/account" == other.open("/account").path

    assert "/account/sessions" == browser.submit("Continue", {"password": PASSWORD}).path
    before = browser.cookies["__Host-sid"]
    assert "All other devices are signed out." in browser.submit("Log out everywhere else").text
    assert before != browser.cookies["__Host-sid"]
    assert other.open("/account").path.startswith("/sign-in")


def test_a_button_of_a_stranger_or_of_nobody_does_nothing(city):
    """A forged token is refused; after the end of the session the way leads back to the list."""
    browser = city.signed_in()
    assert 403 == browser.post("/account/sessions/end", [("csrf_token", "x"), ("session_id", "y")]).status
    browser.open("/account/sessions")
    token = csrf_of(browser.page)
    city.world.accounts.sign_out(browser.cookies["__Host-sid"])
    answer = browser.post("/account/sessions/end-others", [("csrf_token", token)])
    assert "/sign-in?next=%2Faccount%2Fsessions%2Fend-others" == answer.header("location")
    browser.open(answer.header("location"))
    page = browser.submit("Login", {"Account type": "Public user", "Username": "ann", "password": PASSWORD})
    assert "/account/sessions" == page.path


def test_the_history_is_read_page_by_page(city):
    """Newest first; what is no page number is the first page."""
    browser = city.signed_in()
    for _ in range(60):
        renewed = city.world.accounts.reauthenticate(browser.cookies["__Host-sid"], PASSWORD)
        browser.cookies["__Host-sid"] = renewed.session_token
        city.world.tick(seconds=20)
    page = browser.open("/account/activity")
    assert "Password entered again" in page.text
    assert ["Older"] == [label for label, _ in page.links if label in ("Older", "Newer")]
    page = browser.click("Older")
    assert "Account registered" in page.text
    assert "Older" not in page.text
    assert "/account/activity?page=1" == browser.click("Newer").path
    assert "Older" in browser.open("/account/activity?page=x").text


def test_a_license_is_added_and_let_go(city):
    """It is a claim until the city has verified it; letting it go needs a fresh password."""
    browser = city.signed_in()
    browser.open("/account/licenses")
    page = browser.submit("Add license", {"license": "1012345"})
    assert "The license was added." in page.text
    assert "1012345 Not yet verified by the city" in page.text

    city.world.tick(minutes=16)
    assert "1012345" in browser.click("Remove license 1012345").text
    assert browser.submit("Remove").path.startswith("/password-again")
    page = browser.submit("Continue", {"password": PASSWORD})
    assert "/account/licenses/release" == page.path
    page = browser.submit("Remove")
    assert "The license was removed" in page.text
    assert "No longer on your account" in page.text
    assert "Remove license 1012345" not in page.text


def test_the_licenses_come_before_the_form_for_one_more(city):
    """What is there, or that nothing is; then how to add one."""
    browser = city.signed_in()
    assert "There is none yet." in browser.open("/account/licenses").text
    text = contractor(city).open("/account/licenses").text
    places = [text.index(words) for words in ("on your account, and", "1012345 Not yet", "Enter the number")]
    assert sorted(places) == places


@pytest.mark.parametrize(
    "path",
    [
        *("/account/password", "/account/security-question", "/account/email", "/account/close"),
        *("/account/sessions", "/account/activity", "/account/licenses", "/account/data"),
    ],
)
def test_a_link_leads_back_to_the_account(city, path):
    """Whoever only wanted to look need not look for the way out."""
    browser = city.signed_in()
    browser.open(path)
    assert "/account" == browser.click("Back").path


def test_what_gives_something_up_has_a_button_that_looks_like_it(city):
    """Closing and letting go; a change of the password is no loss."""
    browser = contractor(city)
    end = "/account/licenses/release?license=us-ca-cslb:1012345"
    button = re.compile(r'<form method="post" novalidate>.*?<button class="([a-z ]+)"', re.S)
    looks = [button.findall(browser.open(path).html) for path in ("/account/close", end, "/account/password")]
    assert [["primary grave"], ["primary grave"], ["primary"]] == looks


@pytest.mark.attack("TOK-04")
def test_nobody_elses_license_is_let_go(city):
    """The confirmation is not shown for it, and its id in one's own form is refused."""
    owner, browser = contractor(city), city.signed_in()
    assert "/account/licenses" == browser.open("/account/licenses/release?license=us-ca-cslb:1012345").path
    pairs = [("csrf_token", csrf_of(browser.page)), ("license_id", "us-ca-cslb:1012345")]
    assert 422 == browser.post("/account/licenses/release", pairs).status
    assert "1012345 Not yet verified" in owner.open("/account/licenses").text


def test_a_form_for_a_license_that_grew_too_old_is_shown_to_nobody_as_well(city):
    """Without a session the page comes back with what was typed and without a list."""
    answer = city.browser().post("/account/licenses", [("csrf_token", "x"), ("license", "1012345")])
    assert 403 == answer.status


def test_the_copy_is_a_file_and_never_had_by_get(city):
    """It asks for a fresh password, holds no hash, and is kept in no cache."""
    browser = city.signed_in()
    assert "text/html; charset=utf-8" == browser.open("/account/data").response.header("content-type")
    # What keeps a form from being sent twice leaves this one alone (test_script.py).
    assert '<form method="post" data-download>' in browser.page.html
    page = browser.submit("Download")
    assert 'attachment; filename="account.json"' == page.response.header("content-disposition")
    assert "no-store" == page.response.header("cache-control")
    assert "ann" == json.loads(page.response.body)["account"]["username"]
    assert b"hash" not in page.response.body

    city.world.tick(minutes=16)
    browser.open("/account/data")
    assert "/password-again?next=%2Faccount%2Fdata" == browser.submit("Download").path


@pytest.mark.attack("SESS-11", "SESS-13")
def test_an_account_is_closed_with_password_and_box(city):
    """Without the box nothing is done; then everybody is out, and the cookie is gone."""
    browser = city.signed_in()
    other = another_device(city)
    browser.open("/account/close")
    assert 422 == browser.submit("Close the account", {"password": PASSWORD}).status
    assert "/account" == other.open("/account").path

    box = {"password": PASSWORD, "understood": True}
    page = browser.submit("Close the account", box)
    assert "/" == page.path
    assert "Your account is closed" in page.text
    assert "__Host-sid" not in browser.cookies
    assert other.open("/account").path.startswith("/sign-in")


def test_the_dashboard_tells_of_devices_and_of_what_happened(city):
    """How many sessions there are, and the latest events."""
    browser = city.signed_in()
    another_device(city)
    text = browser.open("/dashboard").text
    assert "You are signed in on 2 devices." in text
    assert "Account registered" in text


@pytest.mark.attack("SESS-13")
@pytest.mark.parametrize("name", ["dashboard", "sessions", "activity", "end-other-sessions"])
def test_a_session_that_ends_in_the_midst_of_a_request_shows_nothing(city, name):
    """The gate has let it in and the list is asked for a moment later: the way leads to sign in."""
    browser = city.signed_in()
    token = csrf_of(browser.open("/account/sessions"))
    route = city.site._routes[city.site._pages.paths[name]]
    cookie = ("cookie", f"__Host-sid={browser.cookies['__Host-sid']}")
    form = ("content-type", "application/x-www-form-urlencoded")
    body = f"csrf_token={token}".encode()
    request = Request(method="POST", path=route.path, headers=(cookie, form), body=body)
    asking = Asking(city.site._setting, request)
    assert "ann" == asking.account.username

    city.world.accounts.sign_out(asking.session_token)
    answer = (route.post or route.get)(asking)

    assert 303 == answer.status
    assert answer.header("location").startswith("/sign-in?next=")
