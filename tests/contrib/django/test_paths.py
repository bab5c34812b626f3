"""Pages are answered at exactly their own addresses, whatever is written in front or behind."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from contrib.django.city import Echo, Portal


@pytest.mark.attack("WEB-13")
@pytest.mark.parametrize(
    "path",
    [
        "//portal/account",
        "/portal//account",
        "/portal/./account",
        "/portal/x/../account",
        "/PORTAL/ACCOUNT",
        "/portal/account/",
        "/portal/account%0a",
        "/portal/account%00",
        "/portal/account;x=1",
        "/portal%2faccount%2f",
        "/portal/account.",
        "/portal/%2561ccount",
        "/portal/account%ff",
        "/account",
        "/",
    ],
)
def test_no_other_address_is_a_page(path: str, site: Portal) -> None:
    """Not one reaches the handler, so no gate is walked around."""
    assert 404 == Client().get(path, follow=True).status_code
    assert [] == site.asked


@pytest.mark.attack("WEB-13")
def test_an_address_is_decoded_once() -> None:
    """As every address of Django's is, and so `%2F` is a slash for the handler too."""
    assert "/portal/account" == Client().get("/portal%2Faccount").json()["path"]


@pytest.mark.attack("WEB-13")
def test_a_project_under_a_prefix(site: Portal) -> None:
    """The server's own prefix is part of a page's path, whether a process or a setting tells it."""
    site.paths = frozenset({"/city/portal/account"})
    with override_settings(FORCE_SCRIPT_NAME="/city"):
        from django.urls import set_script_prefix

        set_script_prefix("/city/")
        try:
            told = Client().get("/city/portal/account", PATH_INFO="/portal/account").json()
            address = reverse("permit_accounts:page", args=["/city/portal/account"])
        finally:
            set_script_prefix("/")
    assert "/city/portal/account" == told["path"] == address


def test_the_console_is_apart(site: Portal) -> None:
    """Its pages are the console's; where there is none there are no pages."""
    assert "/console/find" == Client().get("/console/find").json()["path"]
    assert [] == site.asked
    with override_settings(PERMIT_ACCOUNTS={"SITE": "contrib.django.city.site"}):
        assert 404 == Client().get("/console/find").status_code


def test_a_console_that_went_away_is_not_found() -> None:
    """The view itself says so too, should a project have a pattern of its own for it."""
    from django.http import Http404
    from django.test import RequestFactory

    from permit_accounts.contrib.django.views import console_page

    with override_settings(PERMIT_ACCOUNTS={"SITE": "contrib.django.city.site"}):
        with pytest.raises(Http404):
            console_page(RequestFactory().get("/console/find"), "/console/find")


def test_patterns_follow_the_site(site: Portal) -> None:
    """A page that the site has is a page, without a pattern for each."""
    site.paths = frozenset({"/"})
    assert "/" == Client().get("/").json()["path"]
    assert isinstance(site, Echo)
