"""The home page, signing in and out, and the language of the pages."""

from __future__ import annotations

import pytest

from permit_accounts import Session
from permit_accounts.ports import Every
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.faulty import Fault, FaultyStore
from permit_accounts.testing.world import PASSWORD, contractor_form, links_in, strict_policy
from web.pages_at_hand import City, csrf_of


@pytest.fixture(name="city")
def a_city():
    return City()


def test_the_home_page_is_open_to_anybody(city):
    """The guides' header: three links and the drop-down on the left, Forgot Password on the right."""
    page = city.browser().open("/")
    words = [label for label, _ in page.links]
    assert ["Home", "Setup an Account", "Login", "Forgot Password"] == words[2:6]
    login = next(form for form in page.forms if form.action == "/sign-in")
    fields = {control.label: control for control in login.controls}
    assert {"public": "Public user", "contractor": "Contractor"} == fields["Account type"].choices
    assert {"Account type", "Username", "Password", "Remember me", "Login"} <= set(fields)


def test_signing_in_from_the_home_page(city):
    """The guide for returning people; the header then shows the username and no more of the log-in."""
    city.signed_in()
    browser = city.browser()
    browser.open("/")
    page = browser.submit("Login", {"Username": "ann", "Password": PASSWORD})
    assert "/dashboard" == page.path
    assert "Signed in as ann" in page.text
    assert "Forgot Password" not in page.text


def test_a_contractor_signs_in_with_the_license_number(city):
    """The drop-down says whose number it is, and the label what is meant."""
    registering = city.browser()
    registering.open("/set-up-account/contractor")
    registering.submit("Create account", {**contractor_form(), "password_again": PASSWORD})

    browser = city.browser()
    page = browser.open("/sign-in?type=contractor")
    assert "Username (your contractor license number)" in page.text
    page = browser.submit("Login", {"username": "Lic. 1012345", "password": PASSWORD})
    assert "/dashboard" == page.path


def test_a_wrong_password_says_so_and_keeps_the_name(city):
    """The same words for a name that nobody has."""
    city.signed_in()
    texts = set()
    for name in ("ann", "nobody"):
        browser = city.browser()
        browser.open("/sign-in")
        page = browser.submit("Login", {"Account type": "Public user", "Username": name, "Password": "wrong"})
        assert 422 == page.status
        assert f'value="{name}"' in page.html
        texts.add(page.text)
    assert 1 == len(texts)


@pytest.mark.attack("ENUM-11")
def test_too_many_tries_are_told_to_wait(city):
    """429 with the seconds, and in words the minutes; the same for a name that nobody has."""
    city.signed_in()
    for name in ("ann", "nobody"):
        browser = city.browser(peer="198.51.100.9" if name == "ann" else "203.0.113.9")
        browser.open("/sign-in")
        for _ in range(11):
            page = browser.submit("Login", {"Username": name, "Password": "wrong"})
        assert (429, "30") == (page.status, page.response.header("Retry-After"))
        assert "Wait 1 minute" in page.text


def test_somebody_signed_in_is_not_asked_again(city):
    """The page for it leads on."""
    assert "/dashboard" == city.signed_in().open("/sign-in").path


def test_remember_me_outlives_the_browser(city):
    """Only where the box was ticked does the cookie have a life."""
    city.signed_in()
    for remember, ends in ((True, True), (None, False)):
        browser = city.browser()
        page = browser.open("/sign-in")
        pairs = [("csrf_token", csrf_of(page)), ("account_type", "public"), ("username", "ann")]
        pairs += [("password", PASSWORD), *([("remember", "yes")] if remember else [])]
        response = browser.post("/sign-in", pairs)
        cookie = next(value for _, value in response.headers if value.startswith("__Host-sid="))
        assert ends == ("Max-Age=2592000" in cookie)


@pytest.mark.attack("SESS-11")
def test_logging_out_ends_the_session(city):
    """The cookie is dropped, and the token that it held opens nothing."""
    browser = city.signed_in()
    token = browser.cookies["__Host-sid"]
    page = browser.submit("Log out")
    assert ("/", True) == (page.path, "You are signed out." in page.text)
    assert city.world.accounts.session(token) is None
    assert browser.open("/dashboard").path.startswith("/sign-in")


def test_a_message_is_shown_once(city):
    """And one that we do not have is not made up from a cookie."""
    browser = city.signed_in()
    assert "You are signed out." in browser.submit("Log out").text
    assert "You are signed out." not in browser.open("/").text
    browser.cookies["__Host-note"] = "<b>planted"
    assert "planted" not in browser.open("/").html


def test_get_signs_nobody_out(city):
    """Nor does it choose a language."""
    browser = city.signed_in()
    assert "/" == browser.open("/sign-out").path
    assert "/" == browser.open("/language?language=es").path
    assert "Signed in as ann" in browser.open("/dashboard").text


@pytest.mark.attack("RED-01", "RED-03")
@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ("/set-up-account", "/set-up-account"),
        ("//evil.example", "/dashboard"),
        ("/\\evil.example", "/dashboard"),
        ("https://evil.example", "/dashboard"),
        ("/sign-in%0d%0aX: y", "/dashboard"),
        ("", "/dashboard"),
    ],
)
def test_signing_in_leads_back_within_this_site_only(city, wanted, there):
    """The address of the page, or the form itself, may say anything."""
    city.signed_in()
    browser = city.browser()
    pairs = [("csrf_token", csrf_of(browser.open("/sign-in"))), ("account_type", "public")]
    pairs += [("username", "ann"), ("password", PASSWORD), ("next", wanted)]
    response = browser.post("/sign-in", pairs)
    assert (303, there) == (response.status, response.header("Location"))


def test_a_page_behind_the_sign_in_comes_back(city):
    """With a word on why."""
    city.signed_in()
    browser = city.browser()
    page = browser.open("/dashboard")
    assert "/sign-in?next=%2Fdashboard" == page.path
    assert "Sign in first" in page.text
    assert "/dashboard" == browser.submit("Login", {"Username": "ann", "Password": PASSWORD}).path


@pytest.mark.attack("SESS-12")
def test_a_session_that_ran_out_says_so(city):
    """And its cookie is dropped."""
    browser = city.signed_in()
    city.world.tick(minutes=31)
    page = browser.open("/dashboard")
    assert "You were signed out after a while" in page.text
    assert "__Host-sid" not in browser.cookies


def test_the_language_is_chosen_by_a_button_and_kept(city):
    """In this browser, over what it asks for by itself, and back on the same page."""
    browser = city.browser(language="ru")
    assert 'lang="ru"' in browser.open("/set-up-account").html
    page = browser.submit("Español")
    assert ("/set-up-account", "Crear una cuenta") == (page.path, page.title.partition(" –")[0])
    assert 'lang="es"' in browser.open("/").html


def test_a_language_that_there_is_not_changes_nothing(city):
    """The page stays as it is."""
    browser = city.browser()
    page = browser.open("/")
    response = browser.post(
        "/language", [("csrf_token", csrf_of(page)), ("language", "xx"), ("next", "/sign-in")]
    )
    assert (303, "/sign-in") == (response.status, response.header("Location"))
    assert "__Host-language" not in browser.cookies


def test_signed_in_the_accounts_language_comes_before_the_browsers(city):
    """It is what the person registered in."""
    browser = city.signed_in()
    browser.language = "ru"
    assert 'lang="en"' in browser.open("/dashboard").html


@pytest.mark.attack("SESS-02", "SESS-11")
def test_signing_out_leaves_no_opened_link_to_whoever_sits_down_next(city):
    """A reset link that was opened and not needed after all would give the account away."""
    city.signed_in()
    city.world.deliver()
    browser = city.browser()
    browser.open("/forgot-password")
    browser.submit("Send the e-mail", {"identifier": "ann"})
    city.world.deliver()
    link = links_in(city.world.mails_to("ann@mail.example.org")[-1])[0]
    assert 200 == browser.open(f"/reset-password?token={link}").status

    browser.open("/sign-in")
    browser.submit("Login", {"Username": "ann", "Password": PASSWORD})
    browser.submit("Log out")
    assert 410 == browser.open("/reset-password").status
    assert {"__Host-device", "__Host-form"} == set(browser.cookies)


@pytest.mark.attack("SESS-01", "SESS-02")
def test_signing_in_over_a_session_ends_it(city):
    """From a page that was open before: the cookie is overwritten, so nobody could end it any more."""
    city.signed_in("bob")
    browser = city.signed_in("ann")
    before, token = browser.cookies["__Host-sid"], csrf_of(browser.open("/dashboard"))
    form = {"csrf_token": token, "account_type": "public", "username": "bob", "password": PASSWORD}
    browser.post("/sign-in", list(form.items()))

    assert "Signed in as bob" in browser.open("/dashboard").text
    assert None is city.world.accounts.session(before)


def over_a_session(at):
    """Bob signs in over Ann's session; from the call of this number on the store is out of reach."""
    store = FaultyStore(MemoryStore())
    city = City(store=store)
    city.signed_in("bob")
    browser = city.signed_in("ann")
    token = csrf_of(browser.open("/dashboard"))
    form = {"csrf_token": token, "account_type": "public", "username": "bob", "password": PASSWORD}
    before = dict(browser.cookies)
    store.fail(Fault.OUT_OF_REACH, at=at)
    answer = browser.post("/sign-in", list(form.items()))
    fell = store.failed
    store.heal()
    return city, browser, before["__Host-sid"], answer.status if fell else None


@pytest.mark.attack("SESS-01")
def test_a_sign_in_stands_where_the_older_session_cannot_be_ended(caplog):
    """Whenever the store goes away: either nothing has come to pass, or the person is in."""
    statuses = []
    for at in range(1, 100):
        city, browser, before, status = over_a_session(at)
        if status is None:
            break
        statuses.append(status)
        who = city.world.accounts.session(browser.cookies["__Host-sid"]).account.username
        opened = len(city.world.store.select(Session, Every(), limit=10))
        assert (status, who, opened) in {(503, "ann", 2), (303, "bob", 3)}
        if status == 303:
            assert None is not city.world.accounts.session(before)
            assert "a session that another one replaced was not ended: Unavailable" in caplog.messages
    assert {303, 503} == set(statuses)


@pytest.mark.attack("SESS-01")
def test_a_refused_sign_in_leaves_the_session_alone(city):
    """A wrong password over somebody's session signs nobody out."""
    browser = city.signed_in("ann")
    token = csrf_of(browser.open("/dashboard"))
    form = {"csrf_token": token, "account_type": "public", "username": "bob", "password": "wrong"}
    assert 422 == browser.post("/sign-in", list(form.items())).status
    assert "Signed in as ann" in browser.open("/dashboard").text


@pytest.mark.attack("CFG-06")
def test_a_city_without_remember_me_has_a_sign_in_page_without_its_box():
    """The strict policy remembers nobody; the page asks for the rest, and again after a wrong password."""
    browser = City(strict_policy()).browser()
    page = browser.open("/sign-in")
    assert (200, False) == (page.status, 'name="remember"' in page.html)
    page = browser.submit("Login", {"Username": "ann", "Password": "wrong words here"})
    assert 422 == page.status
