"""The pages of mailboxes: nothing acts before its button is pressed, and only on the account of the link."""

from __future__ import annotations

import pytest

from permit_accounts import PUBLIC, SetupRequired, SignedIn
from permit_accounts.testing.browser import Browser
from permit_accounts.testing.world import PASSWORD, World, links_in, public_form
from permit_accounts.web import Site

ANN = "ann@mail.example.org"
NEW = "forty brass kettles whistle"


@pytest.fixture(name="world")
def a_world():
    world = World()
    world.accounts.register(PUBLIC, public_form("ann"))
    return world


@pytest.fixture(name="browser")
def a_browser(world):
    return Browser(Site(world.accounts), world.policy.base_url)


def link_of(world):
    return links_in(world.mails_to(ANN)[-1])[0]


def signs_in(world, password):
    return isinstance(world.accounts.sign_in(PUBLIC, "ann", password), SignedIn | SetupRequired)


def confirmed(world):
    return world.accounts.sign_in(PUBLIC, "ann", PASSWORD).account.email_confirmed_at is not None


@pytest.mark.attack("VER-09", "MAIL-06", "WEB-08")
def test_opening_the_link_changes_nothing(world, browser):
    """A scanner asks for it by HEAD and GET, as often as it likes; the token leaves the address."""
    address = f"/confirm-email?token={link_of(world)}&follow=true"
    for method in ("HEAD", "GET", "GET"):
        response = browser.exchange(method, address)
        assert (303, "/confirm-email") == (response.status, response.header("location"))

    page = browser.open(address)

    assert not confirmed(world)
    assert link_of(world) not in page.html


def test_the_password_proves_the_person(world, browser):
    """Nobody is signed in here: the button leads to the question for the password."""
    browser.open(f"/confirm-email?token={link_of(world)}")

    assert 403 == browser.submit("Confirm the address").status
    assert 422 == browser.submit("Confirm the address", {"password": "not the password"}).status
    page = browser.submit("Confirm the address", {"password": PASSWORD})

    assert "Your e-mail address is confirmed." in page.text
    assert confirmed(world)


def test_a_new_password_typed_in_two_ways_changes_nothing(world, browser):
    """It is no password, no more than none at all; typed alike it replaces the old one."""
    browser.open(f"/confirm-email?token={link_of(world)}")
    browser.submit("Confirm the address")
    browser.click("Choose a new one here")
    button = "Save and confirm the address"

    for first, second in ((NEW, PASSWORD), ("", "")):
        assert 422 == browser.submit(button, {"password": first, "password_again": second}).status
        assert not confirmed(world)
    assert signs_in(world, PASSWORD)
    page = browser.submit(button, {"password": NEW, "password_again": NEW})

    assert "/sign-in" == page.path
    assert signs_in(world, NEW)


@pytest.mark.attack("TOK-14")
@pytest.mark.parametrize("query", ["token=", "token=%20", "token=a&token=b", "token=%ff"])
def test_what_is_no_token_is_a_dead_link(world, browser, query):
    """It also takes the place of the link that was opened before."""
    browser.open(f"/confirm-email?token={link_of(world)}")

    assert 410 == browser.open(f"/confirm-email?{query}").status


@pytest.mark.attack("ENUM-13")
def test_asking_again_has_one_answer(world, browser):
    """For a name that is known and one that is not."""
    texts = []
    for name in ("ann", "nobody-has-this"):
        browser.open("/resend-confirmation")
        texts.append(browser.submit("Send the e-mail", {"identifier": name}).text)

    assert texts[0] == texts[1]


def change_asked_for(world, browser):
    """Ann is signed in and has asked for another address; the tokens mailed to the new and to the old one."""
    browser.open("/sign-in")
    browser.submit("Login", {"account_type": "public", "username": "ann", "password": PASSWORD})
    session = browser.cookies["__Host-sid"]
    world.accounts.confirm_email(link_of(world), session_token=session)
    world.accounts.change_email(session, "new@mail.example.org")
    return links_in(world.mails_to("new@mail.example.org")[-1])[0]


def address_of(world):
    return world.accounts.sign_in(PUBLIC, "ann", PASSWORD).account.email


@pytest.mark.attack("VER-08", "SESS-01")
def test_a_change_of_address_goes_on_with_a_new_session(world, browser):
    """The button makes it; this browser stays signed in with a token of its own, the old one is dead."""
    token = change_asked_for(world, browser)
    before = browser.cookies["__Host-sid"]
    browser.open(f"/confirm-email?token={token}")
    browser.submit("Confirm the address")

    assert "new@mail.example.org" == address_of(world)
    assert before != browser.cookies["__Host-sid"]
    assert world.accounts.session(before) is None
    assert "/dashboard" == browser.open("/dashboard").path


@pytest.mark.attack("TOK-28")
def test_a_link_opened_while_somebody_else_is_signed_in_touches_nobody_but_its_own_account(world, browser):
    """Bob stays signed in as Bob, with his own address."""
    token = change_asked_for(world, browser)
    world.accounts.register(PUBLIC, public_form("bob"))
    bob = Browser(browser.handler, world.policy.base_url)
    bob.open("/sign-in")
    bob.submit("Login", {"account_type": "public", "username": "bob", "password": PASSWORD})
    his = bob.cookies["__Host-sid"]
    bob.open(f"/confirm-email?token={token}")
    bob.submit("Confirm the address")

    assert "new@mail.example.org" == address_of(world)
    assert "bob" == world.accounts.session(his).account.username
    assert "bob@mail.example.org" == world.accounts.session(his).account.email


@pytest.mark.attack("MAIL-06")
def test_taking_a_change_back_needs_a_box_that_no_scanner_ticks(world, browser):
    """Opened and pressed without it, nothing happens; with it the old address is back."""
    token = change_asked_for(world, browser)
    world.accounts.confirm_email(token)
    back = links_in(world.mails_to(ANN)[-1])[0]
    scanner = Browser(browser.handler, world.policy.base_url)
    scanner.open(f"/cancel-email-change?token={back}")

    page = scanner.submit("Take the change back")
    assert (422, True) == (page.status, "Tick the box to go on." in page.text)
    assert "new@mail.example.org" == address_of(world)

    page = scanner.submit("Take the change back", {"sure": True})
    assert "/sign-in" == page.path
    assert not signs_in(world, PASSWORD)
    assert links_in(world.mails_to(ANN)[-1])
    scanner.open(f"/cancel-email-change?token={back}")
    assert 410 == scanner.submit("Take the change back", {"sure": True}).status
