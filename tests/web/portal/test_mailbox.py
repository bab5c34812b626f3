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
    """It is no password; typed alike it replaces the old one."""
    browser.open(f"/confirm-email?token={link_of(world)}")
    browser.submit("Confirm the address")
    browser.click("Choose a new one here")
    button = "Save and confirm the address"

    assert 422 == browser.submit(button, {"password": NEW, "password_again": PASSWORD}).status
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
