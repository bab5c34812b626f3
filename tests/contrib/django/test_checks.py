"""What `manage.py check` says of a project: nothing where all is well, and what to do where it is not."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.core.checks import CheckMessage, run_checks
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path, re_path, set_script_prefix

from contrib.django import city
from contrib.django.city import Echo, Portal

OURS = "permit_accounts.contrib.django.middleware.AccountsMiddleware"
PAGES = path("", include("permit_accounts.contrib.django.urls"))
CONSOLE = path("", include("permit_accounts.contrib.django.console_urls"))


class Conf:
    """URL patterns of a project, as a module has them."""

    def __init__(self, *patterns: object) -> None:
        self.urlpatterns = list(patterns)


def catch_all(request: object) -> HttpResponse:
    """A view that takes everything."""
    return HttpResponse()


def said(**changed: Any) -> list[CheckMessage]:
    """What the checks of ours say of a project with these settings."""
    with override_settings(**changed):
        return [message for message in run_checks() if message.id.startswith("permit_accounts.")]


def test_a_sound_project_hears_nothing() -> None:
    """Neither of ours nor of Django's."""
    assert [] == run_checks()


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no setting": ({"PERMIT_ACCOUNTS": None}, "E001"),
    "no middleware": ({"MIDDLEWARE": [name for name in settings.MIDDLEWARE if name != OURS]}, "W001"),
    "wrong order": ({"MIDDLEWARE": [OURS, *(name for name in settings.MIDDLEWARE if name != OURS)]}, "E002"),
    "a backend of ours": (
        {"AUTHENTICATION_BACKENDS": ["permit_accounts.contrib.django.backends.AccountsBackend"]},
        "E003",
    ),
    "pages left out": ({"ROOT_URLCONF": Conf(CONSOLE)}, "E004"),
    "pages below a prefix": (
        {"ROOT_URLCONF": Conf(path("portal/", include("permit_accounts.contrib.django.urls")), CONSOLE)},
        "E004",
    ),
    "pages behind everything": (
        {"ROOT_URLCONF": Conf(CONSOLE, re_path("^portal/", catch_all), PAGES)},
        "E004",
    ),
    "Django's own reports": (
        {"DEFAULT_EXCEPTION_REPORTER_FILTER": "django.views.debug.SafeExceptionReporterFilter"},
        "W002",
    ),
    "a filter that hides nothing": ({"DEFAULT_EXCEPTION_REPORTER_FILTER": "builtins.object"}, "W002"),
    "console left out": ({"ROOT_URLCONF": Conf(PAGES)}, "W003"),
    "another host": ({"ALLOWED_HOSTS": ["www.sampleton.example.gov"]}, "W004"),
}


@pytest.mark.attack("CFG-01")
@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(case: str) -> None:
    """By an id that can be silenced, and with a hint."""
    changed, expected = WRONG[case]
    found = said(**changed)
    assert {f"permit_accounts.{expected}"} == {message.id for message in found}
    assert all(message.hint or expected == "E001" for message in found)


def test_a_stranger_at_a_page_is_named() -> None:
    """Who looks for the pattern that is in the way finds it by its view."""
    found = said(ROOT_URLCONF=Conf(CONSOLE, re_path("^portal/a", catch_all), PAGES))
    assert ["The page /portal/account is not answered by the site, but by catch_all."] == [
        m.msg for m in found
    ]
    class_based = said(ROOT_URLCONF=Conf(CONSOLE))
    assert [True] * 3 == [message.msg.endswith("but by nothing.") for message in class_based]


def test_a_project_without_a_console_hears_nothing() -> None:
    """It need not have its patterns either."""
    assert [] == said(PERMIT_ACCOUNTS={"SITE": "contrib.django.city.site"}, ROOT_URLCONF=Conf(PAGES))


def test_a_development_machine_hears_nothing_of_hosts() -> None:
    """Where nothing is set yet, Django answers this machine alone."""
    assert [] == said(ALLOWED_HOSTS=[])


def test_a_project_under_a_prefix_is_sound(site: Portal) -> None:
    """`manage.py` takes the prefix from FORCE_SCRIPT_NAME, and the site's paths begin with it."""
    site.paths = frozenset({"/city/portal/account"})
    city.console = Echo(frozenset({"/city/console/find"}))
    set_script_prefix("/city/")
    try:
        assert [] == said(PERMIT_ACCOUNTS=settings.PERMIT_ACCOUNTS)
    finally:
        set_script_prefix("/")
