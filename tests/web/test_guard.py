"""Forgery across sites: nothing is changed by a request that our own pages did not make."""

from __future__ import annotations

import pytest

from permit_accounts import AuditEvent, ConfigurationError, Session
from permit_accounts.ports import Every
from permit_accounts.testing.world import PASSWORD, city_policy
from permit_accounts.web import Request
from web.pages_at_hand import City, csrf_of


def posts_of(site):
    """The pages that something is sent to, as the site itself lists their methods."""
    for path in sorted(site.paths):
        allowed = site.handle(Request(method="OPTIONS", path=path)).header("Allow")
        if "POST" in allowed and "/api/" not in path:
            yield path


POSTS = list(posts_of(City().site))
BEHIND_LINKS = ("/setup", "/reset-password")
TYPED = "text that was typed"


def kept(city):
    """How many sessions and events there are: what acts leaves a trace in one of them."""
    store = city.world.store
    return tuple(len(store.select(kind, Every(), limit=1000)) for kind in (Session, AuditEvent))


def send(browser, path, **fields):
    return browser.post(path, list(fields.items()))


def wrong_tokens(city, browser, other):
    """Each token that must not open anything for this browser, by what is wrong with it."""
    page = browser.open("/sign-in" if "__Host-sid" not in browser.cookies else "/account-created")
    good = csrf_of(page)
    theirs = csrf_of(other.open("/"))
    return {
        "none": None,
        "empty": "",
        "another browser's": theirs,
        "truncated": good[:-1],
        "lengthened": good + "a",
        "not ASCII": "ключ",
        "another purpose": city.world.keys.seal("1:a:b", "session"),
        "a control": good + "\x00",
    }


@pytest.mark.parametrize(
    ("origin", "cookie", "told"),
    [
        ("http://permits.sampleton.example.gov", "__Host-form=a", "came from another address"),
        ("null", "", "brought no cookie of its page"),
        ("null", "__Host-form=a", ""),
    ],
)
def test_the_log_says_which_address_people_must_open(caplog, origin, cookie, told):
    """With a wrong base_url, or by http, every form fails; what a stranger sent is not repeated."""
    headers = (("origin", origin), ("cookie", cookie), ("content-type", "application/x-www-form-urlencoded"))
    asked = Request(method="POST", path="/sign-in", headers=headers, body=b"csrf_token=x&username=secret")
    assert 403 == City().site.handle(asked).status
    said = f"a form was refused: it {told}; people must open https://permits.sampleton.example.gov"
    assert [said] * bool(told) == caplog.messages


@pytest.mark.attack("WEB-01")
@pytest.mark.parametrize("path", POSTS)
def test_no_post_acts_without_a_token_of_this_browser(path):
    """Signing in, registering and forgetting are guarded like all else, signed in or not."""
    city = City()
    for browser in (city.browser(), city.signed_in()):
        for wrong, token in wrong_tokens(city, browser, city.browser()).items():
            before = kept(city)
            fields = {"username": TYPED} if token is None else {"username": TYPED, "csrf_token": token}
            # Where a page is behind a mailed link, a form that grew old is told that the link did too.
            refused = {403, 410} if path in BEHIND_LINKS else {403}
            assert send(browser, path, **fields).status in refused, wrong
            assert before == kept(city), wrong


@pytest.mark.attack("WEB-01")
@pytest.mark.parametrize("path", POSTS)
def test_no_post_of_another_site_acts_even_with_a_token(path):
    """The browser itself says where it comes from."""
    city = City()
    browser = city.browser()
    body = f"csrf_token={csrf_of(browser.open('/sign-in'))}&username=ann".encode()
    form = ("content-type", "application/x-www-form-urlencoded")
    for header in (
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "nonsense"),
        ("origin", "https://evil.example"),
        ("origin", "https://permits.sampleton.example.gov.evil.example"),
        ("origin", "https://permits.sampleton.example.gov@evil.example"),
        ("origin", "https://evilpermits.sampleton.example.gov"),
        ("origin", "http://permits.sampleton.example.gov"),
        ("origin", "https://permits.sampleton.example.gov:8443"),
        ("origin", "https://permits.sampleton.example.gov."),
    ):
        before = kept(city)
        assert 403 == browser.exchange("POST", path, headers=(form, header), body=body).status, header
        assert before == kept(city), header


@pytest.mark.attack("WEB-01", "RED-04")
@pytest.mark.parametrize(
    "headers",
    [
        (("origin", "https://permits.sampleton.example.gov"),),
        (("origin", "HTTPS://PERMITS.sampleton.example.gov"),),
        (("origin", "null"), ("sec-fetch-site", "same-origin")),
        (("origin", "null"),),
        (("sec-fetch-site", "none"),),
        (),
    ],
)
def test_our_own_form_is_taken(headers):
    """However much a browser tells of where it comes from: the token is enough by itself."""
    city = City()
    city.signed_in()
    browser = city.browser()
    token = csrf_of(browser.open("/sign-in"))
    body = (
        f"csrf_token={token}&account_type=public&username=ann&password={PASSWORD.replace(' ', '+')}".encode()
    )
    form = ("content-type", "application/x-www-form-urlencoded")

    response = browser.exchange("POST", "/sign-in", headers=(form, *headers), body=body)

    assert (303, "/dashboard") == (response.status, response.header("Location"))


@pytest.mark.attack("WEB-01", "SESS-01")
def test_a_token_from_before_signing_in_is_dead_afterwards():
    """And one of a session is dead once that session was ended or replaced."""
    city = City()
    browser = city.browser()
    before = csrf_of(browser.open("/set-up-account/public"))
    signed_in = city.signed_in()
    browser.cookies = dict(signed_in.cookies)
    assert 403 == send(browser, "/sign-out", csrf_token=before).status

    during = csrf_of(browser.open("/account-created"))
    browser.submit("Log out")
    assert 403 == send(browser, "/language", csrf_token=during, language="es").status


@pytest.mark.attack("WEB-01")
def test_an_old_token_loses_nothing_that_was_typed():
    """The page comes back with it, passwords aside, and says to send it once more."""
    city = City()
    browser = city.browser()
    token = csrf_of(browser.open("/set-up-account/public"))
    city.world.tick(hours=25)

    fields = {"csrf_token": token, "first_name": "Ann", "password": PASSWORD, "answer": "the answer"}
    response = send(browser, "/set-up-account/public", **fields)

    assert 403 == response.status
    assert b'value="Ann"' in response.body
    assert PASSWORD.encode() not in response.body
    assert b"the answer" not in response.body


@pytest.mark.attack("WEB-01")
def test_what_another_site_sent_is_not_shown():
    """Its words would stand on our page."""
    city = City()
    form = ("content-type", "application/x-www-form-urlencoded")
    response = city.browser().exchange(
        "POST", "/sign-in", headers=(form, ("origin", "https://evil.example")), body=b"username=call+555"
    )
    assert (403, False) == (response.status, b"call 555" in response.body)


@pytest.mark.attack("WEB-01")
def test_a_token_in_the_address_counts_for_nothing():
    """It would stand in histories and logs."""
    city = City()
    browser = city.browser()
    token = csrf_of(browser.open("/sign-in"))
    assert 403 == send(browser, f"/sign-in?csrf_token={token}", username="ann").status


@pytest.mark.attack("WEB-14")
@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("text/plain", b"username=ann", 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("", b"username=ann", 415),
        ("application/x-www-form-urlencoded; charset=utf-16", b"username=ann", 415),
        ("application/x-www-form-urlencoded", b"username=%ff", 400),
        ("application/x-www-form-urlencoded", b"\xff\xfe", 400),
        ("application/x-www-form-urlencoded", b"username=a&username=b", 400),
        ("application/x-www-form-urlencoded", b"username", 400),
        ("application/x-www-form-urlencoded", b"a=1&" * 100_000, 400),
        ("application/x-www-form-urlencoded", b"", 403),
        ("application/x-www-form-urlencoded;charset=UTF-8", b"username=ann", 403),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_in_words(content_type, body, status):
    """Every form of the portal, in the page's language."""
    city = City()
    for path in POSTS:
        headers = (("content-type", content_type), ("accept-language", "es"))
        response = city.site.handle(Request(method="POST", path=path, headers=headers, body=body))
        old = {410} if status == 403 and path in BEHIND_LINKS else set()
        assert response.status in {status, *old}, path
        assert b'<html lang="es">' in response.body, path


@pytest.mark.attack("WEB-14")
def test_a_body_that_is_too_large_is_refused_unread():
    """The adapter has stopped reading; a page says so."""
    city = City()
    for path in POSTS:
        response = city.site.handle(Request(method="POST", path=path, body_too_large=True))
        assert 413 == response.status


def test_on_loopback_the_origin_is_http():
    """A demonstration guards itself in the same way."""
    city = City(city_policy(base_url="http://127.0.0.1:8000"))
    browser = city.browser()
    token = csrf_of(browser.open("/"))
    form = ("content-type", "application/x-www-form-urlencoded")
    body = f"csrf_token={token}&language=es".encode()
    for origin, status in (("http://127.0.0.1:8000", 303), ("http://localhost:8000", 403)):
        response = browser.exchange("POST", "/language", headers=(form, ("origin", origin)), body=body)
        assert status == response.status


@pytest.mark.attack("RED-04")
@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("https://permits.example.gov:443", "https://permits.example.gov"),
        ("https://Permits.Example.gov/door", "https://permits.example.gov"),
        ("https://permits.example.gov:8443", "https://permits.example.gov:8443"),
        ("https://bücher.example.gov", "https://xn--bcher-kva.example.gov"),
        ("https://[2001:db8::7]:443", "https://[2001:db8::7]"),
    ],
)
def test_the_origin_is_compared_as_browsers_write_it(base_url, origin):
    """However the policy has it, its own pages are taken, and no other port or host is."""
    city = City(city_policy(base_url=base_url))
    (path,) = [path for path in city.site.paths if path.endswith("/language")]
    browser = city.browser()
    token = csrf_of(browser.open(path.removesuffix("language")))
    form = ("content-type", "application/x-www-form-urlencoded")
    body = f"csrf_token={token}&language=es".encode()
    for made, status in ((origin, 303), (f"{origin}0", 403), (origin.replace("//", "//x."), 403)):
        response = browser.exchange("POST", path, headers=(form, ("origin", made)), body=body)
        assert status == response.status, made


@pytest.mark.parametrize("host", ["straße.example.gov", f"{'ä' * 70}.example.gov", "ä..example.gov"])
def test_a_name_that_browsers_write_in_another_way_is_refused_at_the_start(host):
    """Guessed wrong, it would refuse every form; written in ASCII nothing is left to guess."""
    with pytest.raises(ConfigurationError, match="xn--"):
        City(city_policy(base_url=f"https://{host}"))
