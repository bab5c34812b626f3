"""Whose request it is: one person or nobody, looked at on each request, and never two people at once."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.test import Client
from django.utils import translation

from contrib.django.city import COOKIE, Portal
from contrib.django.visitors import citizen, make_staff, staff, token_of
from permit_accounts import PUBLIC, Unavailable
from permit_accounts.contrib.django.bridge import user_of
from permit_accounts.contrib.django.models import AccountUser
from permit_accounts.testing.world import PASSWORD

NOBODY = {"account": None, "user": "", "is_authenticated": False, "is_staff": False}


def test_nobody_is_nobody() -> None:
    """Without a session there is truly no account, and Django's anonymous user."""
    assert NOBODY == Client().get("/told").json()


def test_a_session_of_ours_is_an_account_and_its_user(site: Portal) -> None:
    """The user is made at the first request, and is the same at the next."""
    client = citizen(site)
    first = client.get("/told").json()

    (bridge,) = AccountUser.objects.all()
    expected = {"account": "ann", "user": f"account-{bridge}", "is_authenticated": True, "is_staff": False}
    assert expected == first == client.get("/told").json()
    assert 1 == get_user_model().objects.count()


def test_a_program_carries_its_session_in_a_header(site: Portal) -> None:
    """The site says what counts as a session; the middleware passes the headers on."""
    answer = Client().get("/told", headers={"authorization": f"Bearer {token_of(site)}"})
    assert "ann" == answer.json()["account"]


@pytest.mark.parametrize(("client_of", "expected"), [(citizen, "ann"), (lambda site: Client(), "nobody")])
def test_templates_know_who_it_is(site: Portal, client_of: object, expected: str) -> None:
    """`request.account` suffices."""
    assert callable(client_of)
    assert expected == client_of(site).get("/shown").content.decode()


def test_a_page_without_a_session_asks_no_database(site: Portal) -> None:
    """A request that carries neither session costs neither reads nor a query."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        Client().get("/told")
    assert 0 == len(queries)


@pytest.mark.attack("SESS-13")
def test_a_disabled_account_is_nobody_at_its_next_request(site: Portal) -> None:
    """What staff turn off is off, whatever user of Django's there is."""
    client = citizen(site)
    assert "ann" == client.get("/told").json()["account"]
    site.world.desk().disable("ann", PUBLIC, reason="asked for by telephone")
    assert NOBODY == client.get("/told").json()


@pytest.mark.attack("SESS-13")
def test_a_closed_account_is_nobody(site: Portal) -> None:
    """The person gave it up; its user stays in Django's tables and is nobody's."""
    client = citizen(site)
    client.get("/told")
    site.accounts.close_account(client.cookies[COOKIE].value, PASSWORD)
    assert NOBODY == client.get("/told").json()


@pytest.mark.attack("SESS-13")
def test_an_inactive_user_is_nobody(site: Portal) -> None:
    """Whom Django's admin makes inactive has no account at the portal either, and is not sent in circles."""
    client = citizen(site)
    client.get("/told")
    get_user_model().objects.update(is_active=False)
    assert NOBODY == client.get("/told").json()
    assert 403 == client.get("/signed-in").status_code


@pytest.mark.attack("CFG-06")
def test_staff_of_django_stay_themselves(site: Portal) -> None:
    """A browser with both sessions: the member of staff, and no account beside."""
    client = staff()
    client.cookies[COOKIE] = token_of(site)
    assert {
        "account": None,
        "user": "clerk",
        "is_authenticated": True,
        "is_staff": True,
    } == client.get("/told").json()
    assert 200 == client.get("/admin/").status_code
    assert 403 == client.get("/signed-in").status_code


@pytest.mark.attack("CFG-06")
def test_a_citizen_gets_nothing_of_staff(site: Portal) -> None:
    """Once the member of staff has signed out, the same browser is a citizen's and the admin is shut."""
    client = staff()
    client.cookies[COOKIE] = token_of(site)
    client.post("/admin/logout/")
    told = client.get("/told").json()
    assert ("ann", False) == (told["account"], told["is_staff"])
    assert 302 == client.get("/admin/").status_code


def test_staff_can_sign_in_beside_a_citizens_session(site: Portal) -> None:
    """The admin's own form works in a browser that has a session of ours."""
    client = citizen(site)
    make_staff()
    client.post("/admin/login/", {"username": "clerk", "password": PASSWORD, "next": "/admin/"})
    assert "clerk" == client.get("/told").json()["user"]


@pytest.mark.attack("CFG-06", "SESS-13")
def test_a_session_of_djangos_opens_no_account(site: Portal) -> None:
    """A project that calls `login` with an account's user by mistake has opened nothing that stays open."""
    client = citizen(site)
    client.get("/told")
    client.force_login(get_user_model().objects.get())
    assert "ann" == client.get("/told").json()["account"]
    del client.cookies[COOKIE]
    assert NOBODY == client.get("/told").json()


@pytest.mark.attack("CFG-06")
def test_no_password_of_an_account_is_djangos(site: Portal) -> None:
    """Django's own doors refuse the right password, by either name; one set in the admin opens nothing."""
    client = citizen(site)
    name = client.get("/told").json()["user"]
    assert None is authenticate(username="ann", password=PASSWORD)
    assert None is authenticate(username=name, password=PASSWORD)

    user = get_user_model().objects.get()
    user.set_password("of the admin's form")
    user.is_staff = True
    user.save()
    stranger = Client()
    stranger.post("/admin/login/", {"username": name, "password": "of the admin's form", "next": "/admin/"})
    assert NOBODY == stranger.get("/told").json()
    assert 302 == stranger.get("/admin/").status_code


def test_permissions_are_djangos(site: Portal) -> None:
    """What a city gives the user, the account's session has."""
    client = citizen(site)
    client.get("/told")
    get_user_model().objects.update(is_staff=True)
    assert client.get("/told").json()["is_staff"] is True
    assert 200 == client.get("/admin/").status_code


@pytest.mark.attack("STO-06")
def test_what_may_have_been_done_says_so(site: Portal) -> None:
    """And not when to ask again."""
    answer = citizen(site).get("/lost")
    assert (503, False) == (answer.status_code, answer.has_header("Retry-After"))
    assert "Try signing in first" in answer.content.decode()


def test_a_store_out_of_reach_is_503(
    site: Portal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody would be a lie; so would a fault of the view. A fault that is the view's own stays one."""
    client = citizen(site)
    answer = client.get("/out-of-reach")
    assert (503, "5") == (answer.status_code, answer["Retry-After"])
    assert "a request could not be answered now: Unavailable" in caplog.messages
    with pytest.raises(ZeroDivisionError):
        client.get("/wrong")

    def unavailable(request: object) -> None:
        raise Unavailable("the disk is gone")

    monkeypatch.setattr(Portal, "signed_in", lambda self, request: unavailable(request))
    answer = client.get("/told")
    assert (503, "5") == (answer.status_code, answer["Retry-After"])


@pytest.mark.parametrize(
    ("language", "words"),
    [("en-us", "wait a moment"), ("es", "espere un momento"), ("ru", "одождите"), ("de", "wait a moment")],
)
def test_a_wait_is_asked_for_in_the_projects_language(language: str, words: str) -> None:
    """Nobody is left with an empty page; a language that the library does not speak is English."""
    with translation.override(language):
        assert words in Client().get("/out-of-reach").content.decode().lower()


def test_no_cache_gives_a_page_to_another(site: Portal) -> None:
    """Every page varies with who asks; one for somebody is private, unless its view says otherwise."""
    client = citizen(site)
    answer = client.get("/told")
    assert ("Cookie, Authorization", "private") == (answer["Vary"], answer["Cache-Control"])
    answer = client.get("/cached")
    assert ("Accept-Language, Cookie, Authorization", "max-age=60") == (
        answer["Vary"],
        answer["Cache-Control"],
    )
    assert not Client().get("/told").has_header("Cache-Control")


def test_the_user_of_an_account_is_found_by_it(site: Portal) -> None:
    """How a city gives permissions to somebody whose account it knows."""
    client = citizen(site)
    client.get("/told")
    signed_in = site.accounts.session(client.cookies[COOKIE].value)
    assert signed_in is not None
    assert get_user_model().objects.get() == user_of(signed_in.account)
    assert signed_in.account.id == get_user_model().objects.get().permit_account.account_id
