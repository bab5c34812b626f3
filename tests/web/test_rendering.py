"""Templates: a city's own take the place of the shipped ones, and what was typed is text."""

from __future__ import annotations

import pytest

from permit_accounts import ConfigurationError
from permit_accounts.testing.world import public_form
from web.pages_at_hand import City


def test_a_citys_template_extends_the_shipped_one(tmp_path):
    """One block is changed, all else stays."""
    tmp_path.joinpath("home.html").write_text(
        '{% extends "permit_accounts/home.html" %}{% block searches %}<p>Search by street</p>{% endblock %}'
    )
    text = City(templates=tmp_path).browser().open("/").text

    assert "Search by street" in text
    assert "Most searches" not in text
    assert "Here for the first time?" in text


def test_a_citys_layout_reaches_every_page(tmp_path):
    """Where its name and seal stand, and a style sheet of its own is named."""
    tmp_path.joinpath("layout.html").write_text(
        '{% extends "permit_accounts/layout.html" %}'
        '{% block theme %}<link rel="stylesheet" href="/city.css">{% endblock %}'
    )
    city = City(templates=tmp_path)
    for path in ("/", "/sign-in", "/set-up-account/public", "/nowhere"):
        assert 'href="/city.css"' in city.browser().open(path).html


def test_a_folder_that_is_not_there_is_named():
    """When the site is made."""
    with pytest.raises(ConfigurationError, match="'/nowhere' is no folder"):
        City(templates="/nowhere")


@pytest.mark.attack("UNI-09", "MAIL-08")
@pytest.mark.parametrize(
    "typed", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7777 * 7777 }}", "'"]
)
def test_what_a_person_typed_is_text(typed):
    """In a form that comes back with it, in the address of the next page, and in the language field."""
    browser = City().browser()
    browser.open("/set-up-account/public")
    form = public_form(first_name=typed, business_name=typed, postal_code="9")
    page = browser.submit("Create account", {**form, "password_again": form["password"]})

    assert 422 == page.status
    assert typed not in page.html or typed in "{{ 7777 * 7777 }}'"
    assert "60481729" not in page.html.partition("<main")[2]
    page = browser.open("/sign-in?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&type=%3Cscript%3E")
    assert "<script>alert" not in page.html
