"""Views behind a gate: sent to sign in, refused, or let through, the same for every kind of view."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings

from contrib.django.city import COOKIE, Portal
from contrib.django.visitors import citizen
from flows.people import grant, invited
from permit_accounts.contrib.django.decorators import sign_in_required
from permit_accounts.testing.world import setup_form
from story import signed_in

BEHIND = ["/signed-in", "/signed-in-later", "/desk", "/later-desk"]
LICENSED = ["/licensed", "/licensed-later"]


def contractor(site: Portal) -> Client:
    """The browser of a contractor whose license was verified by the setup that staff began."""
    setup = grant(site.world, invited(site.world).password)
    client = Client()
    made = signed_in(site.accounts.finish_setup(setup.token, setup_form(setup.asks)))
    client.cookies[COOKIE] = made.session_token
    return client


@pytest.mark.attack("CFG-06")
@pytest.mark.parametrize("path", [*BEHIND, *LICENSED])
def test_nobody_is_sent_to_sign_in(path: str) -> None:
    """And comes back to where they wanted to go, query and all; after a POST too the page is got."""
    sent = Client().post(f"{path}?of=1", headers={"sec-fetch-mode": "navigate"})
    for answer in (Client().get(f"{path}?of=1"), sent):
        assert 303 == answer.status_code
        assert f"/portal/sign-in?next=%2F{path[1:]}%3Fof%3D1" == answer["Location"]


@pytest.mark.parametrize("path", [*BEHIND, *LICENSED])
def test_a_program_is_told_401(path: str) -> None:
    """It has no use for a sign-in page."""
    for answer in (Client().get(path, headers={"accept": "application/json"}), Client().post(path)):
        assert (401, "no-store") == (answer.status_code, answer["Cache-Control"])
        assert "Bearer" == answer["WWW-Authenticate"]


@pytest.mark.parametrize("path", BEHIND)
def test_who_is_signed_in_comes_through(site: Portal, path: str) -> None:
    """Functions and classes, synchronous or not."""
    answer = citizen(site).get(path)
    assert 200 == answer.status_code
    assert b"ann" in answer.content


@pytest.mark.attack("CFG-06")
@pytest.mark.parametrize("path", LICENSED)
def test_a_license_must_be_verified(site: Portal, path: str) -> None:
    """Signed in is not enough: 403, and no way round by signing in again."""
    assert 403 == citizen(site).get(path).status_code
    assert 200 == contractor(site).get(path).status_code


def test_without_the_middleware_nobody_comes_through() -> None:
    """A view whose gate nobody has fed fails, with what to do about it."""

    @sign_in_required
    def view(request: HttpRequest) -> HttpResponse:
        raise AssertionError("the gate stood open")

    with pytest.raises(ImproperlyConfigured, match="AccountsMiddleware"):
        view(RequestFactory().get("/"))


def test_a_decorated_view_is_called_as_it_was() -> None:
    """Its name and words stay, for reports and documentation."""

    @sign_in_required
    def fees(request: HttpRequest) -> HttpResponse:
        """The fees."""
        return HttpResponse()

    assert ("fees", "The fees.") == (fees.__name__, fees.__doc__)


def test_nobody_is_nobody_without_djangos_own_users() -> None:
    """A project without Django's middleware of sessions and users has ours alone."""
    ours = ["permit_accounts.contrib.django.middleware.AccountsMiddleware"]
    with override_settings(MIDDLEWARE=ours):
        assert 303 == Client().get("/signed-in").status_code
        assert {"account": None, "user": "", "is_authenticated": False, "is_staff": False} == Client().get(
            "/told"
        ).json()
