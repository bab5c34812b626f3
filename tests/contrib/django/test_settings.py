"""The setting is read once, and a wrong one is told with its name when the project starts."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings

from contrib.django import city
from permit_accounts.contrib.django.settings import configured

WRONG = {
    "nothing": (None, r"PERMIT_ACCOUNTS is missing"),
    "a text": ("contrib.django.city.site", r"PERMIT_ACCOUNTS is missing, or no dictionary"),
    "empty": ({}, r"lacks SITE"),
    "misspelled": ({"SITE": "contrib.django.city.site", "CONSOL": "x"}, r"has no CONSOL"),
    "lower case": ({"site": "contrib.django.city.site"}, r"has no site"),
    "the object": ({"SITE": city.site}, r'\["SITE"\] = .*dotted path in quotation marks'),
    "no path": ({"SITE": "site"}, r'\["SITE"\] = \'site\': site doesn\'t look like a module path'),
    "no module": ({"SITE": "no.such.site"}, r"No module named 'no'"),
    "no name in it": ({"SITE": "contrib.django.city.sight"}, r'"sight"'),
    "another thing": ({"SITE": "contrib.django.city.PAGES"}, r"a frozenset has no body_limit, paths"),
    "a console": ({"SITE": "contrib.django.city.console"}, r"an? Echo has no accounts, signed_in"),
    "no console": (
        {"SITE": "contrib.django.city.site", "CONSOLE": None},
        r'\["CONSOLE"\] = None: write where',
    ),
}


@pytest.mark.attack("CFG-01")
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_setting_stops_the_start(case: str) -> None:
    """Missing, misspelled or something else: the project does not start, and says why."""
    given, words = WRONG[case]
    with override_settings(PERMIT_ACCOUNTS=given):
        with pytest.raises(ImproperlyConfigured, match=words):
            Client().get("/told")


@pytest.mark.attack("CFG-01")
def test_a_setting_that_is_not_there_stops_the_start() -> None:
    """As a missing one does."""
    with override_settings():
        del settings.PERMIT_ACCOUNTS
        configured.cache_clear()
        with pytest.raises(ImproperlyConfigured, match=r'write PERMIT_ACCOUNTS = {"SITE": '):
            configured()


def test_the_setting_is_read_once() -> None:
    """The same parts each time, until a test of the project's sets others."""
    first = configured()
    assert first is configured()
    assert (city.site, city.console) == (first.site, first.console)
    with override_settings(LANGUAGE_CODE="es"):
        assert first is configured()
    with override_settings(PERMIT_ACCOUNTS={"SITE": "contrib.django.city.site"}):
        assert None is configured().console
