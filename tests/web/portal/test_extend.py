"""The button of the warning that the session is about to end."""

from __future__ import annotations

import json

import pytest

from web.pages_at_hand import City, csrf_of


@pytest.fixture(name="city")
def a_city():
    return City()


def by_script(browser, token):
    """The request that site.js makes."""
    headers = (
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
        ("accept", "application/json"),
    )
    return browser.exchange("POST", "/session/extend", headers=headers, body=f"csrf_token={token}".encode())


def test_it_puts_the_end_off(city):
    """Pressed again and again, the session outlives the idle limit."""
    browser = city.signed_in()
    token = csrf_of(browser.open("/dashboard"))
    idle = city.world.policy.session_idle
    for _ in range(3):
        city.world.tick(seconds=idle.total_seconds() - 60)
        answer = by_script(browser, token)
        assert 200 == answer.status
        assert json.loads(answer.body)["signed_in"]


def test_without_a_script_one_comes_back_to_the_page(city):
    """By 303, and by GET nothing but the dashboard is there."""
    browser = city.signed_in()
    token = csrf_of(browser.open("/dashboard"))
    answer = browser.post("/session/extend", [("csrf_token", token), ("next", "/account")])
    assert (303, "/account") == (answer.status, answer.header("location"))
    assert "/dashboard" == browser.open("/session/extend").path


@pytest.mark.attack("RED-01")
@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "https://evil.example", ""])
def test_it_leads_to_no_other_site(city, path):
    """Then it leads to the dashboard."""
    browser = city.signed_in()
    token = csrf_of(browser.open("/dashboard"))
    answer = browser.post("/session/extend", [("csrf_token", token), ("next", path)])
    assert "/dashboard" == answer.header("location")


@pytest.mark.attack("SESS-11")
def test_what_has_ended_is_not_extended(city):
    """The script hears 401, a person is led to sign in and back."""
    browser = city.signed_in()
    token = csrf_of(browser.open("/dashboard"))
    city.world.accounts.sign_out(browser.cookies["__Host-sid"])
    assert 401 == by_script(browser, token).status
    answer = browser.post("/session/extend", [("csrf_token", token), ("next", "/account")])
    assert "/sign-in?next=%2Faccount" == answer.header("location")


def test_a_stranger_extends_nothing(city):
    """Neither with a token of their own nor from a page of theirs."""
    browser = city.signed_in()
    assert 403 == by_script(browser, "x").status
    assert 403 == browser.post("/session/extend", [("csrf_token", "x")]).status
