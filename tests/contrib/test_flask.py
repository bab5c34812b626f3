"""The adapter for Flask keeps the contract, and an application's own views know who is signed in."""

from __future__ import annotations

from functools import partial

import flask
import pytest

from contrib.portal import City
from permit_accounts import ConfigurationError
from permit_accounts.contrib.flask import (
    PermitAccounts,
    current_account,
    sign_in_required,
    verified_license_required,
)
from permit_accounts.testing.adapter_contract import ELSEWHERE, AdapterContract, Echo, Sent
from permit_accounts.testing.exchanges import through_wsgi

BROWSER = {"Accept": "text/html,*/*;q=0.8"}
PROGRAM = {"Accept": "application/json"}


def application(*handlers, **config):
    app = flask.Flask("city")
    app.config.update(config)
    site, *console = handlers
    PermitAccounts(app, site=site, console=console[0] if console else None)
    app.add_url_rule("/elsewhere", view_func=lambda: ELSEWHERE, endpoint="elsewhere")
    return app


@pytest.mark.attack("WEB-13", "WEB-14", "WEB-16")
class TestFlask(AdapterContract):
    @pytest.fixture
    def serve(self):
        # An application with a limit of its own, smaller than what the pages take.
        return lambda handler: through_wsgi(application(handler, MAX_CONTENT_LENGTH=10))


class Second(Echo):
    paths = frozenset({"/staff"})


def test_the_console_is_served_beside_the_site():
    """One application, two handlers, each with its own paths."""
    site, console = Echo(), Second()
    exchange = through_wsgi(application(site, console))
    assert 200 == exchange(Sent(target="/staff")).status
    assert ([], "/staff") == (site.seen, console.only().path)


def test_an_application_under_a_prefix_serves_paths_with_it():
    """The pages know their addresses with the prefix, Flask its routes without."""
    handler = Echo()
    app = flask.Flask("city")
    app.config["APPLICATION_ROOT"] = "/door"
    with pytest.raises(ConfigurationError, match="/door does not lie under APPLICATION_ROOT"):
        PermitAccounts(app, site=handler)
    handler.paths = frozenset({"/door/inner"})
    extension = PermitAccounts(site=handler)
    extension.init_app(app)
    under = partial(app.test_client().get, "/inner")
    assert 200 == under(environ_overrides={"SCRIPT_NAME": "/door"}).status_code
    assert "/door/inner" == handler.only().path


@pytest.mark.attack("WEB-13")
def test_a_prefix_that_was_not_told_reaches_nothing():
    """A path that only looks like one of the pages' is not given to them."""
    handler = Echo()
    client = application(handler).test_client()
    assert 404 == client.get("/door", environ_overrides={"SCRIPT_NAME": "/strange"}).status_code
    assert [] == handler.seen


@pytest.fixture
def city():
    return City()


@pytest.fixture
def client(city):
    app = application(city.site)

    @app.get("/name")
    def name():
        return flask.render_template_string("{{ account.username if account is not none else 'nobody' }}")

    @app.get("/cached")
    @sign_in_required
    def cached():
        return "", {"Cache-Control": "max-age=60", "Vary": "Accept-Language"}

    @app.route("/permits/<name>", methods=["GET", "POST"])
    @sign_in_required
    def permits(name):
        return f"{name} of {current_account().username}"

    @app.get("/later")
    @sign_in_required
    async def later():
        return "later"

    @app.get("/file")
    @verified_license_required
    def file():
        return f"filed by {current_account().username}"

    @app.errorhandler(503)
    def away(error):
        page = flask.render_template_string("{{ account is none }}: come again")
        return page, 503, {"Retry-After": error.retry_after}

    return app.test_client(use_cookies=False)


@pytest.mark.attack("WEB-07")
def test_no_cache_gives_a_page_to_another(client, city):
    """A page that asked who is signed in varies with it, and one for somebody is private."""
    answered = client.get("/name", headers=city.cookie(city.ann))
    assert ("Cookie, Authorization", "private") == (
        answered.headers["Vary"],
        answered.headers["Cache-Control"],
    )
    answered = client.get("/cached", headers=city.cookie(city.ann))
    assert ("Accept-Language, Cookie, Authorization", "max-age=60") == (
        answered.headers["Vary"],
        answered.headers["Cache-Control"],
    )
    nobody = client.get("/name").headers
    assert ("Cookie, Authorization", None) == (nobody["Vary"], nobody.get("Cache-Control"))
    assert "Vary" not in client.get("/elsewhere", headers=city.cookie(city.ann)).headers


def test_a_template_knows_who_is_signed_in(client, city):
    """`account` is theirs, or None."""
    assert "ann" == client.get("/name", headers=city.cookie(city.ann)).text
    assert "nobody" == client.get("/name").text
    with client.application.app_context():
        assert "True" == flask.render_template_string("{{ account is none }}")


@pytest.mark.attack("WEB-16")
def test_nobody_is_remembered_from_the_request_before(client, city):
    """Also where requests share an application context, and so its `g`."""
    with client.application.app_context():
        assert "ann" == client.get("/name", headers=city.cookie(city.ann)).text
        assert "nobody" == client.get("/name").text


def test_the_account_is_read_once_for_each_request(client, city):
    """However often it is asked for: a view and its template ask twice."""
    with client.application.test_request_context(headers=city.cookie(city.ann)):
        account = current_account()
        city.store.left = 0
        assert (account, "ann") == (current_account(), account.username)


def test_whoever_is_signed_in_comes_in(client, city):
    """To a view, also one that is awaited."""
    answered = client.get("/permits/p-1", headers=city.cookie(city.ann))
    assert (200, "p-1 of ann") == (answered.status_code, answered.text)
    assert "later" == client.get("/later", headers={"Authorization": f"Bearer {city.ann}"}).text


def test_a_visitor_is_led_to_the_sign_in_and_back(client):
    """With the path and query that were asked for, as an address line has them."""
    answered = client.get("/permits/a%20%C3%A9?page=2", headers=BROWSER)
    assert (303, "/sign-in?next=%2Fpermits%2Fa%2520%25C3%25A9%3Fpage%3D2") == (
        answered.status_code,
        answered.headers["Location"],
    )
    assert "no-store" == answered.headers["Cache-Control"]


def test_a_form_sent_after_the_session_ended_leads_to_the_sign_in(client):
    """Whoever sent it looks at a page, and is not shown an answer for programs."""
    answered = client.post("/permits/p-1", headers=BROWSER | {"Sec-Fetch-Mode": "navigate"})
    assert (303, "/sign-in?next=%2Fpermits%2Fp-1") == (answered.status_code, answered.headers["Location"])


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", PROGRAM),
        ("POST", {"Accept": "*/*"}),
        ("GET", BROWSER | {"Authorization": "Bearer x"}),
        ("POST", BROWSER | {"Sec-Fetch-Mode": "cors"}),
    ],
)
def test_a_program_is_told_that_it_is_not_signed_in(client, method, headers):
    """A redirect would give it the page of a form, or repeat what it posted as a GET."""
    answered = client.open("/permits/p-1", method=method, headers=headers)
    assert (401, {"code": "session"}) == (answered.status_code, answered.get_json())
    assert "Bearer" == answered.headers["WWW-Authenticate"].strip()


def test_a_verified_license_opens(client, city):
    """Held by a contractor whom the city has let in."""
    answered = client.get("/file", headers=city.cookie(city.contractor))
    assert (200, "filed by 1012345") == (answered.status_code, answered.text)


def test_without_a_verified_license_it_is_forbidden(client, city):
    """A page for people, a code for programs, and first of all the sign-in."""
    page = client.get("/file", headers=city.cookie(city.ann) | BROWSER)
    assert (403, "text/html") == (page.status_code, page.mimetype)
    told = client.get("/file", headers=city.cookie(city.ann) | PROGRAM)
    assert (403, {"code": "verified-license"}) == (told.status_code, told.get_json())
    assert 303 == client.get("/file", headers=BROWSER).status_code


@pytest.mark.parametrize("left", [0, 2])
def test_a_store_out_of_reach_is_said(client, city, left, caplog):
    """At the session, and at the licenses after it: come again, and no fault; the page itself is shown.

    The log is told why.
    """
    city.store.left = left
    answered = client.get("/file", headers=city.cookie(city.contractor) | BROWSER)
    assert (503, "5") == (answered.status_code, answered.headers["Retry-After"])
    assert answered.text.endswith(": come again")
    assert "a request could not be answered now: Unavailable" in caplog.messages
