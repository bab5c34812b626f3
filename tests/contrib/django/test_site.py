"""The library's own site through Django: a person signs in, comes through the gates, and is out again."""

from __future__ import annotations

from http import cookies

import pytest
from django.test import Client

from contrib.django import city
from permit_accounts import PUBLIC
from permit_accounts.contrib.django.settings import configured
from permit_accounts.testing.browser import Browser
from permit_accounts.testing.world import PASSWORD, World, public_form
from permit_accounts.web.request import Handler, Request
from permit_accounts.web.response import Response
from permit_accounts.web.site import Site


class ThroughDjango:
    """A browser's requests, as Django gets and answers them: a handler in the place of the site."""

    def __init__(self, site: Site) -> None:
        self.body_limit = site.body_limit
        self.paths = site.paths
        self.is_slow = site.is_slow

    def handle(self, request: Request) -> Response:
        """The answer that leaves the whole project, all its middleware included."""
        answer = Client(enforce_csrf_checks=True).generic(
            request.method,
            f"{request.path}?{request.query}",
            request.body,
            content_type=request.header("content-type"),
            headers=dict(request.headers),
            REMOTE_ADDR=request.peer,
        )
        set_cookies = tuple(("Set-Cookie", morsel.OutputString()) for morsel in answer.cookies.values())
        return Response(answer.status_code, (*answer.items(), *set_cookies), answer.content)


@pytest.fixture
def world() -> World:
    """A city whose pages the project serves."""
    world = World()
    city.site = Site(world.accounts)
    configured.cache_clear()
    return world


def browser_of(world: World) -> Browser:
    """Somebody at the city's pages, by way of Django."""
    handler: Handler = ThroughDjango(city.site)
    return Browser(handler, world.policy.base_url)


@pytest.mark.attack("CFG-06", "SESS-13", "WEB-05")
def test_a_person_comes_through_the_gate_and_is_out_again(world: World) -> None:
    """Sent to sign in, signed in, back at the view; and out at the next request once staff turn them off."""
    world.accounts.register(PUBLIC, public_form("ann"))
    browser = browser_of(world)
    sent = browser.exchange("GET", "/desk")
    assert 303 == sent.status
    browser.open(sent.header("location"))
    assert 200 == browser.page.status
    form = next(form for form in browser.page.forms if any(c.type == "password" for c in form.controls))
    names = {c.type: c.name for c in form.controls}
    button = next(c.label for c in form.controls if c.type == "submit")
    text = next(c.name for c in form.controls if c.type == "text")
    page = browser.submit(button, {text: "ann", names["password"]: PASSWORD})
    assert ("/desk", 200, "ann") == (page.path, page.status, page.html)

    world.desk().disable("ann", PUBLIC, reason="asked for by telephone")
    assert 303 == browser.exchange("GET", "/desk").status


def test_every_answer_is_the_sites_own(world: World) -> None:
    """The same status, body and headers for every page as without Django, which adds none of its own."""
    browser, directly = browser_of(world), Browser(city.site, world.policy.base_url)
    for path in sorted(city.site.paths):
        through, direct = browser.exchange("GET", path), directly.exchange("GET", path)
        assert (path, direct.status) == (path, through.status)
        own = {name.lower(): value for name, value in direct.headers if name not in {"Set-Cookie", "Vary"}}
        got = {name.lower(): value for name, value in through.headers}
        # What is random differs from one answer to the next, as does what is as long as it.
        assert own.items() <= got.items(), path
        assert {"cookie"} <= {part.strip().lower() for part in got["vary"].split(",")}
        written = [_shape(value) for name, value in direct.headers if name == "Set-Cookie"]
        assert written == [_shape(value) for name, value in through.headers if name == "Set-Cookie"]


def _shape(line: str) -> tuple[str, str]:
    """A cookie's name and attributes."""
    (name,) = cookies.SimpleCookie(line)
    return name, line.partition(";")[2]
