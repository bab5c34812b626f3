"""The first sign-in: a temporary password opens nothing but the page that asks for one's own."""

from __future__ import annotations

import pytest

from interleaving import Interleaved
from permit_accounts import CONTRACTOR, Refused, SetupRequired, SignedIn
from permit_accounts.model.records import OneTimeToken
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.faulty import Fault, FaultyStore
from permit_accounts.testing.world import PASSWORD, links_in, setup_form
from web.pages_at_hand import City

LICENSE = "1012345"
OFFICE = "office@contractor.example.org"
#: What the roster knows nothing of, as the page asks for it.
ENTERED = {**setup_form(("password", "question", "answer")), "password_again": PASSWORD}


@pytest.fixture(name="city")
def a_city():
    city = City()
    city.world.add_to_roster(LICENSE)
    return city


def issued(city):
    """What staff read out over the telephone."""
    desk = city.world.desk()
    return desk.issue_temporary_password(LICENSE, CONTRACTOR, reason="called", checked_how="by name").password


def with_temporary(city, password=None):
    """Somebody who chose Contractor in the drop-down and entered the number and the temporary password."""
    browser = city.browser()
    browser.open("/")
    entered = {
        "Account type": "Contractor",
        "Username": f"CSLB {LICENSE}",
        "Password": password or issued(city),
    }
    browser.submit("Login", entered)
    return browser


def asked(browser):
    return {control.name for form in browser.page.forms for control in form.controls if control.name}


def test_the_returning_contractors_guide_step_by_step(city):
    """Call staff, Contractor in the drop-down, both entries, the reset page, the dashboard."""
    browser = with_temporary(city)
    assert "/setup" == browser.page.path
    assert browser.page.title.startswith("Reset your login")
    assert LICENSE in browser.page.html
    assert "__Host-sid" not in browser.cookies

    page = finished(browser)

    assert "/dashboard" == page.path, page.text
    assert f"Signed in as {LICENSE}" in page.text
    assert f"{LICENSE} Sample Builders Verified by the city" in page.text
    assert "__Host-setup" not in browser.cookies


REQUIRED = [field.name for field in CONTRACTOR.fields if field.required]
CONTRACTOR_FIELDS = (*REQUIRED, "password", "question", "answer")


def finished(browser, **other):
    needed = {**setup_form(CONTRACTOR_FIELDS), "password_again": PASSWORD, **other}
    entered = {name: needed[name] for name in asked(browser) & set(needed)}
    return browser.submit("Finish and sign in", entered)


def test_the_summary_is_in_the_order_of_the_page():
    """As at registration: a person goes through the form from top to bottom."""
    city = City()
    city.world.add_to_roster(LICENSE, email=None)
    page = finished(with_temporary(city), **dict.fromkeys(CONTRACTOR_FIELDS, ""))
    told = [words.partition(":")[0] for words, path in page.links if path.startswith("#f-")]
    labels = [control.label for form in page.forms for control in form.controls]
    assert {"E-mail address", "City"} < set(told)
    assert sorted(told, key=labels.index) == told


@pytest.mark.attack("TMP-06")
def test_the_temporary_password_opens_no_other_page(city):
    """Whatever address is opened meanwhile."""
    browser = with_temporary(city)
    for path in ("/dashboard", "/account", "/account/password", "/account/data"):
        assert browser.open(path).path.startswith("/sign-in")
    assert b'"signed_in":false' in browser.exchange("GET", "/api/session").body


@pytest.mark.attack("TMP-02")
def test_the_temporary_password_cannot_be_kept(city):
    """It is refused as the new one, with all else that is wrong, and what was typed stays."""
    temporary = issued(city)
    browser = with_temporary(city, temporary)
    page = finished(
        browser, password=temporary, password_again=temporary, postal_code="90069-1234", answer="a"
    )
    assert 422 == page.status
    assert "The temporary password cannot be kept" in page.text
    assert 'value="90069-1234"' in page.html
    assert temporary not in page.html
    assert "/dashboard" == finished(browser).path


def test_a_password_typed_in_two_ways_finishes_nothing(city):
    """The grant stays good."""
    browser = with_temporary(city)
    page = finished(browser, password_again="something else than that")
    assert (422, True) == (page.status, "The two passwords are not the same" in page.text)
    assert "/dashboard" == finished(browser).path


@pytest.mark.attack("TMP-03")
def test_a_set_up_that_ran_out_says_how_to_go_on_and_keeps_what_was_typed(city):
    """Secrets aside; the temporary password is still good, and the form is filled in again."""
    temporary = issued(city)
    browser = with_temporary(city, temporary)
    city.world.tick(minutes=61)
    page = finished(browser, postal_code="90069-1234")
    assert 410 == page.status
    assert "sign in again with the same temporary password" in page.text
    browser.click("Login")
    browser.submit("Login", {"account_type": "contractor", "username": LICENSE, "password": temporary})

    assert "/setup" == browser.page.path
    assert 'value="90069-1234"' in browser.page.html
    assert PASSWORD not in browser.page.html


def test_the_page_says_how_long_there_is(city):
    """In minutes, as a text that does not move; each refusal gives all of them again."""
    browser = with_temporary(city)
    assert "15 minutes" in browser.page.text
    city.world.tick(minutes=10)
    assert "15 minutes" in finished(browser, password="short", password_again="short").text


def test_nobody_with_neither_grant_nor_link_sees_a_form(city):
    """The page says where to begin."""
    page = city.browser().open("/setup")
    assert 410 == page.status
    assert "Finish and sign in" not in page.text


def test_a_mailed_set_up_link_leads_to_the_same_page(city):
    """Staff send it; its token leaves the address, and opening it changes nothing."""
    city.world.desk().send_link(LICENSE, CONTRACTOR, reason="called")
    token = links_in(city.world.mails_to(OFFICE)[-1])[0]
    browser = city.browser()
    for _ in range(2):
        page = browser.open(f"/setup?token={token}")
    assert "/setup" == page.path
    assert token not in page.html
    assert "/dashboard" == finished(browser).path
    assert 410 == browser.open(f"/setup?token={token}").status


@pytest.mark.attack("TMP-06", "TOK-04")
def test_two_set_ups_in_one_browser_are_told_apart(city):
    """A form that was shown for one number does nothing to another."""
    city.world.add_to_roster("1012346", email="other@contractor.example.org")
    browser = with_temporary(city)
    shown = browser.page
    desk = city.world.desk()
    other = desk.issue_temporary_password(
        "1012346", CONTRACTOR, reason="called", checked_how="by name"
    ).password
    browser.open("/sign-in")
    browser.submit("Login", {"account_type": "contractor", "username": "1012346", "password": other})
    assert "1012346" in browser.page.html

    browser.page = shown
    page = finished(browser)

    assert 409 == page.status
    assert "Another link was opened" in page.text
    assert isinstance(city.world.accounts.sign_in(CONTRACTOR, "1012346", PASSWORD), Refused)
    assert isinstance(city.world.accounts.sign_in(CONTRACTOR, "1012346", other), SetupRequired)


def test_a_store_that_fails_loses_nothing_that_was_typed():
    """The form comes back with 503, and the grant is still good."""
    store = FaultyStore(MemoryStore())
    city = City(store=store)
    city.world.add_to_roster(LICENSE)
    browser = with_temporary(city)
    needed = {**setup_form(CONTRACTOR_FIELDS), "password_again": PASSWORD, "postal_code": "90069-1234"}
    form = next(form for form in browser.page.forms if any(c.name == "password_again" for c in form.controls))
    pairs = [(c.name, needed.get(c.name, c.value)) for c in form.controls if c.name]
    statuses = set()
    for call in range(1, 40):
        store.fail(Fault.OUT_OF_REACH_ONCE, at=call)
        response = browser.post("/setup", pairs)
        if response.status == 303:
            break
        statuses.add(response.status)
        assert response.status == 503, call
    assert {503} == statuses


@pytest.mark.parametrize("language", ["es", "ru"])
def test_the_page_speaks_the_persons_language(city, language):
    """Title and button, and the questions to choose from."""
    browser = city.browser(language=language)
    browser.open("/sign-in")
    form = browser.page.forms[-1]
    words = next(control.label for control in form.controls if control.type == "submit")
    browser.submit(words, {"account_type": "contractor", "username": LICENSE, "password": issued(city)})
    assert f'<html lang="{language}">' in browser.page.html
    assert "Reset your login" not in browser.page.text
    assert "Finish and sign in" not in browser.page.text


def test_the_dashboard_goes_on_in_the_language_of_the_page(city):
    """And so do the mails: staff began the account and did not know the person's language."""
    browser = city.browser(language="es")
    browser.open("/sign-in?type=contractor")
    form = next(form for form in browser.page.forms if any(c.name == "password" for c in form.controls))
    button = next(control.label for control in form.controls if control.type == "submit")
    browser.submit(button, {"username": LICENSE, "password": issued(city)})
    form = next(form for form in browser.page.forms if any(c.name == "password_again" for c in form.controls))
    button = next(control.label for control in form.controls if control.type == "submit")
    needed = {**setup_form(CONTRACTOR_FIELDS), "password_again": PASSWORD}
    page = browser.submit(button, {name: needed[name] for name in asked(browser) & set(needed)})
    assert "/dashboard" == page.path
    assert '<html lang="es">' in page.html
    assert "Hola:" in next(mail.text for mail in city.world.deliver() if "/confirm-email" in mail.text)


def test_a_form_of_another_link_says_so_even_where_this_one_is_over(city):
    """Nothing is acted upon, and nothing fails."""
    browser = with_temporary(city)
    city.world.tick(minutes=61)
    page = finished(browser, about="another link")
    assert 410 == page.status


@pytest.mark.attack("TMP-04")
def test_a_set_up_that_another_tab_finished_meanwhile_fails_nothing():
    """The form of this one comes back with what was wrong; sent again it says that it is over."""
    store = Interleaved(MemoryStore())
    city = City(store=store)
    city.world.add_to_roster(LICENSE)
    browser = with_temporary(city)
    grant = browser.cookies["__Host-setup"]
    asks = city.world.accounts.open_setup(grant).asks

    def finished_elsewhere():
        assert isinstance(city.world.accounts.finish_setup(grant, setup_form(asks)), SignedIn)

    store.before_question(7, OneTimeToken, finished_elsewhere)
    page = finished(browser, password="short", password_again="short")

    assert store.happened
    assert 422 == page.status
    assert LICENSE not in page.html.partition("<main")[2]
    assert 410 == finished(browser).status
