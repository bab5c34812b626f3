"""The dashboard: the username in the upper right, and where one's licenses stand."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

from permit_accounts import CONTRACTOR
from permit_accounts.ports import Replace
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


@pytest.mark.parametrize(
    ("language", "until", "when"),
    [
        ("en", "expires June 30, 2027", "Mar 2, 2026, 1:00 AM PST"),
        ("es", "vence el 30 de junio de 2027", "2 mar 2026, 1:00 a.m. PST"),
        ("ru", "действует до 30 июня 2027 г.", "2 мар. 2026 г., 01:00 PST"),
    ],
)
def test_dates_and_times_are_in_words(city, language, until, when):
    """Each in the page's language and on the city's clock, the same moment for programs in UTC."""
    known = city.world.add_to_roster("1012346")
    status = attrs.evolve(known.status, expires_on=date(2027, 6, 30))
    city.world.store.commit(Replace(known, attrs.evolve(known, status=status)))
    browser = contractor(city)
    account = city.world.accounts.session(browser.cookies["__Host-sid"]).account
    city.world.desk().approve("1012346", account.username, CONTRACTOR, reason="the same firm")
    browser.cookies["__Host-language"] = language
    page = browser.open("/dashboard")
    assert until in page.text
    assert when in page.text.replace("a. m.", "a.m.")
    assert '<time datetime="2026-03-02T09:00:00Z">' in page.html


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
