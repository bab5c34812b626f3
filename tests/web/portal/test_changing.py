"""The password once more, and changing the password, the question and the e-mail address."""

from __future__ import annotations

import pytest

from interleaving import Interleaved
from permit_accounts import QuestionUse, Session
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.world import city_policy
from web.pages_at_hand import PASSWORD, City

NEW = "eleven green bicycles hum"


@pytest.fixture(name="city")
def a_city():
    return City()


def second_device(city):
    """The same person at another device."""
    browser = city.browser()
    browser.open("/sign-in")
    browser.submit("Login", {"Account type": "Public user", "Username": "ann", "Password": PASSWORD})
    return browser


def change_password(browser, new=NEW, again=NEW):
    browser.open("/account/password")
    typed = {"current_password": PASSWORD, "password": new, "password_again": again}
    return browser.submit("Change the password", typed)


def change_question(browser):
    browser.open("/account/security-question")
    typed = {"password": PASSWORD, "question": "first-flight", "answer": "a very small airfield"}
    return browser.submit("Change the security question", typed)


def test_a_new_password_is_kept_under_the_name_it_belongs_to(city):
    """A password manager reads it beside the new password (HTML, 4.10.18.7); it is not sent."""
    page = city.signed_in().open("/account/password")
    assert '<input id="known-username" value="ann" autocomplete="username" readonly>' in page.html


@pytest.mark.attack("SESS-01", "SESS-03")
@pytest.mark.parametrize(
    ("change", "note"),
    [(change_password, "Your password was changed."), (change_question, "Your security question was")],
)
def test_a_change_renews_this_session_and_ends_the_others(city, change, note):
    """The browser that made it goes on with a new cookie; the other device signs in again."""
    browser, other = city.signed_in(), second_device(city)
    before = browser.cookies["__Host-sid"]

    page = change(browser)

    assert "/account" == page.path
    assert note in page.text
    assert before != browser.cookies["__Host-sid"]
    assert city.world.accounts.session(before) is None
    assert other.open("/account").path.startswith("/sign-in")


def test_two_different_new_passwords_are_none(city):
    """Nothing is changed, and the page says why."""
    browser = city.signed_in()
    page = change_password(browser, again="something else again")
    assert 422 == page.status
    assert "The two passwords are not the same" in page.text
    assert "/dashboard" == second_device(city).page.path


def test_the_old_address_stays_until_the_link_is_opened(city):
    """The link goes to the new address; the account page shows the old one."""
    browser = city.signed_in()
    browser.open("/account/email")
    page = browser.submit("Send the link", {"email": "new@mail.example.org"})
    assert "/account" == page.path
    assert "We sent a link to the new address" in page.text
    assert "ann@mail.example.org (not confirmed yet)" in page.text
    assert 1 == len(city.world.mails_to("new@mail.example.org"))


@pytest.mark.attack("SESS-09")
def test_a_password_of_long_ago_is_asked_again_and_what_was_typed_comes_back(city):
    """After a quarter of an hour the address is not changed before the password is entered once more."""
    browser = city.signed_in()
    city.world.tick(minutes=16)
    browser.open("/account/email")
    page = browser.submit("Send the link", {"email": "new@mail.example.org"})
    assert page.path.startswith("/password-again")
    assert [] == city.world.mails_to("new@mail.example.org")

    page = browser.submit("Continue", {"password": PASSWORD})
    assert "/account/email" == page.path
    assert 'value="new@mail.example.org"' in page.html
    assert "We sent a link" in browser.submit("Send the link").text


@pytest.mark.attack("RED-01", "RED-03")
@pytest.mark.parametrize(
    "query",
    [
        "next=//evil.example",
        "next=/%5Cevil.example",
        "next=https://evil.example",
        "next=%252f%252fevil.example",
        "next=/account/email&next=//evil.example",
        "next=javascript:alert(1)",
    ],
)
def test_a_next_of_another_site_leads_to_the_account(city, query):
    """Whoever made the link, the password leads to a page of this portal."""
    browser = city.signed_in()
    browser.open(f"/password-again?{query}")
    assert "/account" == browser.submit("Continue", {"password": PASSWORD}).path


def test_no_question_no_page(city):
    """Where the city asks none, neither the page nor a link to it is there."""
    asking = city.signed_in()
    assert "Change your security question" in asking.open("/account").text

    city = City(city_policy(security_question=QuestionUse.OFF))
    browser = city.browser()
    browser.open("/set-up-account/public")
    from_form = {
        "username": "ann",
        "first_name": "Ann",
        "last_name": "Sample",
        "email": "ann@mail.example.org",
        "address": "1 Sample Street",
        "city": "Sampleton",
        "state": "CA",
        "postal_code": "90069",
        "phone": "(323) 555-0100",
        "password": PASSWORD,
        "password_again": PASSWORD,
    }
    browser.submit("Create account", from_form)
    assert 404 == browser.open("/account/security-question").status
    for path in ("/account", "/dashboard"):
        assert "security question" not in browser.open(path).text


@pytest.mark.attack("API-01")
def test_a_field_that_is_not_asked_is_refused(city):
    """Nothing rides along with a change."""
    browser = city.signed_in()
    page = browser.open("/account/email")
    token = next(c.value for c in page.forms[-1].controls if c.name == "csrf_token")
    pairs = [("csrf_token", token), ("email", "new@mail.example.org"), ("email_confirmed_at", "2026-01-01")]
    assert 422 == browser.post("/account/email", pairs).status
    assert [] == city.world.mails_to("new@mail.example.org")


def test_a_session_that_ends_while_a_form_is_sent_keeps_what_was_typed():
    """Between the look at the session and the change itself somebody signed out everywhere."""
    store = Interleaved(MemoryStore())
    city = City(store=store)
    browser = city.signed_in()
    browser.open("/account/email")
    form = next(form for form in browser.page.forms if any(c.name == "email" for c in form.controls))
    words = next(control.label for control in form.controls if control.type == "submit")
    token = browser.cookies["__Host-sid"]
    store.before_question(2, Session, lambda: city.world.accounts.sign_out(token))

    page = browser.submit(words, {"email": "new@mail.example.org"})

    assert store.happened
    assert page.path.startswith("/sign-in?next=")
    browser.submit("Login", {"account_type": "public", "username": "ann", "password": PASSWORD})
    assert ("/account/email", True) == (browser.page.path, "new@mail.example.org" in browser.page.html)
