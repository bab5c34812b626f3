"""What was typed survives what ran out meanwhile, in the browser that typed it and nowhere else."""

from __future__ import annotations

import base64
import json

import pytest

from permit_accounts import PUBLIC
from permit_accounts.web import Request, drafts
from permit_accounts.web.asking import Asking
from permit_accounts.web.setting import Setting
from web.pages_at_hand import PASSWORD, City

FIELDS = (*PUBLIC.fields, PUBLIC.field("password"), PUBLIC.field("answer"))


def asking(cookie=""):
    city = City()
    headers = (("cookie", f"__Host-draft={cookie}"),) if cookie else ()
    return Asking(Setting(city.world.accounts), Request(method="GET", path="/here", headers=headers))


def sealed(members):
    return base64.urlsafe_b64encode(json.dumps(members).encode()).decode().rstrip("=")


def test_what_was_typed_comes_back_to_its_own_page():
    """For ten minutes; secrets are not in it."""
    form = {"first_name": "Änn", "last_name": "", "password": "seven quiet", "answer": "a band", "other": "x"}
    ((_, header),) = drafts.kept(asking(), "/here", FIELDS, form)

    assert "Max-Age=600" in header
    value = header.partition("=")[2].partition(";")[0]
    assert {"first_name": "Änn"} == drafts.typed_before(asking(value), "/here")
    assert {} == drafts.typed_before(asking(value), "/elsewhere")


def test_nothing_typed_is_nothing_kept():
    """And so is what no cookie can hold."""
    assert () == drafts.kept(asking(), "/here", FIELDS, {"password": "seven quiet"})
    assert () == drafts.kept(asking(), "/here", FIELDS, {"first_name": "a" * 4000})


@pytest.mark.attack("API-05", "TOK-29")
@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "x",
        "gASVGAAAAAAAAACMCGJ1aWx0aW5zlIwEZXZhbJSTlC4",
        sealed([]),
        sealed(["/here"]),
        sealed(["/here", []]),
        sealed(["/here", {"first_name": ["x"]}]),
        sealed({"/here": {}}),
        sealed(None),
        base64.urlsafe_b64encode(b"[" * 2_500).decode().rstrip("="),
        base64.urlsafe_b64encode(b"\xff\xfe").decode().rstrip("="),
    ],
)
def test_what_is_no_draft_is_nothing(cookie):
    """A cookie may hold anything; nothing in it is run."""
    assert {} == drafts.typed_before(asking(cookie), "/here")


def ran_out_while_typing(city):
    """Ann's browser, where her session ended before she sent her new address."""
    browser = city.signed_in("ann")
    browser.open("/account/email")
    city.world.tick(hours=2)
    page = browser.submit("Send the link", {"email": "ann.private@mail.example.org"})
    if "/account/email" == page.path:
        page = browser.submit("Send the link")
    assert "/sign-in" == page.path.partition("?")[0]
    assert "We keep what you typed for ten minutes" in page.text
    return browser


def test_what_was_typed_comes_back_after_the_sign_in():
    """To the same person, in the same form."""
    browser = ran_out_while_typing(City())
    page = browser.submit("Login", {"Username": "ann", "Password": PASSWORD})
    assert 'value="ann.private@mail.example.org"' in page.html


@pytest.mark.attack("SESS-02")
def test_what_was_typed_is_not_shown_to_whoever_signs_in_next():
    """At a computer that several people use."""
    city = City()
    city.signed_in("bob")
    browser = ran_out_while_typing(city)
    page = browser.submit("Login", {"Username": "bob", "Password": PASSWORD})
    assert ("/account/email", False) == (page.path, "ann.private" in page.html)
    assert "__Host-draft" not in browser.cookies


@pytest.mark.attack("SESS-02")
def test_links_that_were_opened_go_with_a_session_that_ran_out():
    """Whoever sits down next at the same browser finds none of them; what was typed waits for its person."""
    city = City()
    browser = city.signed_in("ann")
    browser.cookies |= {f"__Host-{name}": "a-link" for name in ("reset", "link", "setup")}
    city.world.tick(hours=2)

    page = browser.open("/account")

    assert "You were signed out after a while" in page.text
    assert "What you typed is kept" not in page.text
    assert {"__Host-device", "__Host-form"} == set(browser.cookies)
