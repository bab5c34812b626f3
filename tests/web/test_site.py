"""The whole site: what every answer has, and what comes of requests that are none of its."""

from __future__ import annotations

import logging
import re

import pytest

from permit_accounts import Account, ConfigurationError, Links, OutcomeUnknown
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.faulty import Fault, FaultyStore
from permit_accounts.testing.world import city_policy, public_form
from permit_accounts.web import Request, Site
from web.pages_at_hand import PASSWORD, City, csrf_of, send


@pytest.fixture(name="city")
def a_city():
    return City()


def get(city, path, method="GET", **more):
    return city.site.handle(Request(method=method, path=path, **more))


def headers_of(response):
    return {name.lower(): value for name, value in response.headers}


@pytest.mark.attack("WEB-09", "WEB-07", "WEB-08")
def test_every_answer_protects_itself(city):
    """Pages, JSON, redirects, refusals: not framed, not sniffed, not cached, nothing inline, no referrer."""
    for path in (*sorted(city.site.paths), "/nowhere", "/api/nowhere"):
        for method in ("GET", "HEAD", "POST", "PUT"):
            response = get(city, path, method)
            found = headers_of(response)
            assert response.status < 500, (method, path)
            assert "DENY" == found["x-frame-options"]
            assert "nosniff" == found["x-content-type-options"]
            assert "no-referrer" == found["referrer-policy"]
            assert "frame-ancestors 'none'" in found["content-security-policy"]
            assert "unsafe" not in found["content-security-policy"]
            assert "max-age=63072000" == found["strict-transport-security"]
            assert "access-control-allow-origin" not in found
            if "/static/" in path and response.status == 200:
                assert "set-cookie" not in found
                assert "no-cache" == found["cache-control"]
            else:
                assert "no-store" == found["cache-control"]
                assert "Cookie" in found["vary"]


@pytest.mark.attack("WEB-07")
def test_no_cache_keeps_a_file_under_the_address_of_another_release(city):
    """Whoever asks for it beforehand cannot have an old script served for a year."""
    page = city.browser().open("/")
    path, _, query = re.search(r'src="(/static/site.js\?[^"]+)"', page.html)[1].partition("?")
    kept = {"": "no-cache", "v=0123456789ab": "no-cache", query: "public, max-age=31536000, immutable"}
    for asked, expected in kept.items():
        response = get(city, path, query=asked)
        assert (200, expected) == (response.status, response.header("cache-control"))


@pytest.mark.attack("WEB-09")
def test_nothing_stands_inline_in_any_page(city):
    """Else the policy of the pages would break them: no script, no style, no event attribute."""
    browser = city.signed_in()
    for path in sorted(city.site.paths):
        page = browser.open(path)
        assert "<style" not in page.html
        assert " style=" not in page.html
        assert " onclick=" not in page.html
        assert "<script>" not in page.html


@pytest.mark.attack("API-01", "API-02", "API-04")
@pytest.mark.parametrize("name", ["__class__", "username", "id", "token", "license_id", "password_again"])
def test_no_field_makes_a_page_fail(city, name):
    """One that the form lacks, whoever sends it, with a link or without."""
    for browser in (city.browser(), city.signed_in()):
        browser.open("/")
        token = csrf_of(browser.page)
        pages = {path for path in city.site.paths if "/api/" not in path and "/static/" not in path}
        for path in sorted(pages - {"/sign-out", "/account/close"}):
            answer = browser.post(path, [("csrf_token", token), (name, "x")])
            assert answer.status < 500, path


@pytest.mark.attack("WEB-13")
@pytest.mark.parametrize(
    "path",
    [
        "/account/\ud800",
        "/account//password",
        "/account/../account/password",
        "/ACCOUNT/PASSWORD",
        "/account/password/",
        "/account/password\n",
        "/account/password;x=1",
        "//account/password",
        "/account/password.",
        "/account%2fpassword",
        "/account/password\x00",
        "",
        "*",
    ],
)
def test_a_path_is_itself_or_nothing(city, path):
    """There are no patterns that a spelling could slip through; the gate is around the view."""
    assert 404 == get(city, path).status
    assert 404 == get(city, path, "POST").status


def test_what_is_not_there_is_said_in_words(city):
    """To a person on a page, to a program in JSON."""
    assert "There is no such page" in city.browser().open("/nowhere").text
    response = get(city, "/api/nowhere")
    assert b'"code":"not-found"' in response.body


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "POST "])
def test_other_methods_are_refused(city, method):
    """The answer lists those that there are; overriding a method by a field or header is not known here."""
    response = get(city, "/sign-in", method, headers=(("x-http-method-override", "POST"),))
    assert 405 == response.status
    assert "GET, HEAD, POST" == response.header("Allow")


def test_a_page_without_a_form_takes_no_post(city):
    """And an endpoint that acts answers no GET."""
    assert "GET, HEAD" == get(city, "/dashboard", "POST").header("Allow")
    response = get(city, "/api/sign-in")
    assert (405, "POST") == (response.status, response.header("Allow"))


def test_head_is_get_without_its_body(city):
    """The same headers, the length of what GET would have sent among them."""
    head, whole = get(city, "/sign-in", "HEAD"), get(city, "/sign-in")
    assert b"" == head.body
    assert whole.header("Content-Length") == head.header("Content-Length")


@pytest.mark.attack("LOG-08")
def test_a_store_out_of_reach_is_said_in_words(caplog):
    """503 with when to come back; what was typed stays in the form, the password does not. The log has it."""
    store = FaultyStore(MemoryStore())
    city = City(store=store)
    browser, other = city.signed_in(), city.browser()
    other.open("/sign-in")
    store.fail(Fault.OUT_OF_REACH)

    response = browser.exchange("GET", "/dashboard")
    assert (503, "5") == (response.status, response.header("Retry-After"))
    assert "switched off" not in response.body.decode()
    assert 503 == browser.exchange("GET", "/api/session").status

    page = other.submit("Login", {"Username": "ann", "password": "a password of mine"})
    assert 503 == page.status
    assert 'value="ann"' in page.html
    assert "a password of mine" not in page.html
    assert ["a request could not be answered now: Unavailable"] * 3 == caplog.messages


class LosesItsAnswer(MemoryStore):
    """A store in memory that makes the next commit of an account, and is lost before it can say so."""

    lost = False

    def commit(self, *changes):
        super().commit(*changes)
        if not self.lost and any(isinstance(change.record, Account) for change in changes):
            self.lost = True
            raise OutcomeUnknown("lost while it committed")


@pytest.mark.attack("STO-06")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "try signing in first: with the new password, if you chose one"),
        ("es", "pruebe primero a iniciar sesión: con la contraseña nueva, si eligió una"),
        ("ru", "сначала попробуйте войти: с новым паролем, если вы его задавали"),
    ],
)
def test_what_may_have_been_done_is_looked_for_first(language, words):
    """The form says to sign in first, and no header says when to send it again; signing in then works."""
    city = City(store=LosesItsAnswer())
    browser = city.browser(language=language)
    browser.open("/set-up-account/public")
    page = send(browser, **public_form(), password_again=PASSWORD)
    assert (503, "") == (page.status, page.response.header("Retry-After"))
    assert words in page.text
    assert PASSWORD not in page.html

    browser.open("/sign-in")
    assert "/dashboard" == send(browser, account_type="public", username="ann", password=PASSWORD).path


@pytest.mark.attack("LOG-08", "LOG-01")
def test_a_fault_is_told_to_nobody_but_by_kind_and_place(tmp_path, caplog):
    """No stack trace for a person; and the log has no word of what was in the message."""
    tmp_path.joinpath("dashboard.html").write_text("{{ secret_words.of_a_person }}")
    browser = City(templates=tmp_path).signed_in()

    with caplog.at_level(logging.ERROR):
        page = browser.open("/dashboard")

    assert 500 == page.status
    assert "secret_words" not in page.html + caplog.text
    assert "UndefinedError" not in page.html
    assert "UndefinedError at" in caplog.text


def test_a_site_below_a_path_keeps_to_it():
    """All its addresses begin with the path of the base address."""
    city = City(city_policy(base_url="https://www.sampleton.example.gov/permits"))
    assert all(path.startswith("/permits") for path in city.site.paths)
    page = city.browser().open("/permits")
    assert 200 == page.status
    assert all(path.startswith(("/permits", "#", "tel:")) for _, path in page.links)
    assert 404 == get(city, "/").status
    assert "/permits/sign-in?next=%2Fx" == city.site.sign_in_address("/x")


def test_mailed_links_lead_to_the_pages_that_the_policy_names():
    """A city that moves them moves the pages with them."""
    city = City(city_policy(links=Links(reset="/new-password", change="/new-address")))
    assert {"/new-password", "/new-address", "/confirm-email"} <= city.site.paths


def test_two_pages_at_one_path_are_refused():
    """When the site is made, not when somebody looks for the second."""
    with pytest.raises(ConfigurationError, match="puts two pages at /sign-in"):
        City(city_policy(links=Links(reset="/sign-in")))
    with pytest.raises(ConfigurationError, match="two pages are at /api/sign-in"):
        City(city_policy(links=Links(reset="/api/sign-in")))


def test_a_site_is_made_of_accounts():
    """What else is given is named."""
    with pytest.raises(ConfigurationError, match="not a dict"):
        Site({})


def test_only_a_hash_is_slow(city):
    """An event loop puts these apart, so that a storm of sign-ins holds up nobody else."""
    assert city.site.is_slow(Request(method="POST", path="/sign-in"))
    assert city.site.is_slow(Request(method="POST", path="/api/sign-in"))
    assert not city.site.is_slow(Request(method="GET", path="/sign-in"))
    assert not city.site.is_slow(Request(method="POST", path="/language"))
    assert not city.site.is_slow(Request(method="POST", path="/nowhere"))


def test_whose_request_it_is(city):
    """By cookie or as a bearer token, for the views of an application."""
    browser = city.signed_in()
    cookie = f"__Host-sid={browser.cookies['__Host-sid']}"
    token = browser.cookies["__Host-sid"]

    def whose(*headers):
        found = city.site.signed_in(Request(method="GET", path="/permits", headers=headers))
        return found.account.username if found else None

    assert "ann" == whose(("cookie", cookie))
    assert "ann" == whose(("authorization", f"Bearer {token}"))
    assert "ann" == whose(("authorization", f"bearer {token}"))
    assert whose(("authorization", f"Basic {token}")) is None
    assert whose(("cookie", cookie), ("authorization", "Bearer x")) is None
    assert whose() is None


def test_a_sign_in_comes_back_to_this_host_only(city):
    """Whatever an application asks for."""
    assert "/sign-in?next=%2Fpermits" == city.site.sign_in_address("/permits")
    assert "/sign-in" == city.site.sign_in_address("//evil.com")
    assert "/sign-in" == city.site.sign_in_address()


def test_on_loopback_the_other_spelling_leads_to_the_right_one():
    """Cookies belong to one spelling, and the links in mails have the one of the base address."""
    city = City(city_policy(base_url="http://127.0.0.1:8000"))
    response = get(city, "/sign-in", query="next=%2Fx", headers=(("host", "localhost:8000"),))
    assert (303, "http://127.0.0.1:8000/sign-in?next=%2Fx") == (response.status, response.header("Location"))
    response = get(city, "/sign-in", headers=(("host", "127.0.0.1:8000"),))
    assert 200 == response.status
    assert "" == response.header("Strict-Transport-Security")


def test_on_loopback_the_usual_port_leads_to_itself_no_further():
    """Browsers leave it out of `Host`, whether or not the base address has it."""
    city = City(city_policy(base_url="http://127.0.0.1:80"))
    assert 200 == get(city, "/sign-in", headers=(("host", "127.0.0.1"),)).status


@pytest.mark.attack("MAIL-02")
def test_no_host_header_reaches_a_page_or_a_mail(city):
    """Addresses come from the policy."""
    browser = city.signed_in()
    response = get(city, "/sign-in", headers=(("host", "evil.example"), ("x-forwarded-host", "evil.example")))
    assert b"evil.example" not in response.body
    assert all("evil" not in message.text for message in city.world.mails_to("ann@mail.example.org"))
    assert browser.cookies
