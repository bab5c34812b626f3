"""The dashboard: the username in the upper right, and where one's licenses stand."""

from __future__ import annotations

import pytest

from permit_accounts import CONTRACTOR
from permit_accounts.testing.world import PASSWORD, contractor_form
from web.pages_at_hand import City


@pytest.fixture(name="city")
def a_city():
    return City()


def contractor(city):
    browser = city.browser()
    browser.open("/set-up-account/contractor")
    browser.submit("Create account", {**contractor_form(), "password_again": PASSWORD})
    return browser


@pytest.mark.attack("LIC-02")
def test_a_claim_is_not_yet_verified(city):
    """Until staff say so; then the page says it too."""
    browser = contractor(city)
    assert "1012345 Not yet verified by the city" in browser.open("/dashboard").text

    city.world.desk().approve("1012345", "1012345", CONTRACTOR, reason="pocket license seen")
    assert "1012345 Verified by the city" in browser.open("/dashboard").text


def test_what_the_city_knows_of_a_license_is_shown(city):
    """Its business name, and the board's word as the city imported it."""
    city.world.add_to_roster("1012346")
    browser = contractor(city)
    account = city.world.accounts.session(browser.cookies["__Host-sid"]).account
    city.world.desk().approve("1012346", account.username, CONTRACTOR, reason="the same firm")
    text = browser.open("/dashboard").text
    assert "1012346 Sample Builders Verified by the city Active" in text


def test_an_address_that_is_not_confirmed_says_so(city):
    """With a way to have the link sent once more."""
    browser = city.signed_in()
    assert "ann@mail.example.org is not confirmed yet" in browser.open("/dashboard").text


@pytest.mark.attack("SESS-13")
def test_somebody_disabled_is_out_at_once(city):
    """At the next page, whatever the cookie says."""
    browser = city.signed_in()
    city.world.desk().disable("ann", "public", reason="asked by the police")
    assert browser.open("/dashboard").path.startswith("/sign-in")
