"""Setting up an account in the browser, as both guides tell it."""

from __future__ import annotations

import json
import re

import pytest

from permit_accounts import AccountType, CityNumber, Field, Kind
from permit_accounts.rules.account_types import CONTRACTOR, PUBLIC
from permit_accounts.testing.world import PASSWORD, city_policy, contractor_form, public_form, strict_policy
from web.pages_at_hand import City


@pytest.fixture(name="city")
def a_city():
    return City()


def filled(form):
    return {**form, "password_again": form["password"]}


def test_the_public_users_guide_step_by_step(city):
    """Setup an Account, the public button, the starred form, the confirmation, CONTINUE, the dashboard."""
    browser = city.browser()
    browser.open("/")
    browser.click("Setup an Account")
    assert browser.page.title.startswith("Setup an Account")
    browser.click("Set up an account: Public user")
    assert browser.page.title.startswith("Create a New Public User Account")
    assert "means that the field is required" in browser.page.text

    browser.submit("Create account", filled(public_form()))
    assert browser.page.title.startswith("Your account has been created")
    browser.click("CONTINUE")

    assert "/dashboard" == browser.page.path
    assert "Signed in as ann" in browser.page.text


def test_the_new_contractors_guide_step_by_step(city):
    """The license number is the username; the license waits for the city."""
    browser = city.browser()
    browser.open("/")
    browser.click("Setup an Account")
    browser.click("Set up an account: Contractor")
    assert browser.page.title.startswith("Create New Contractor Account")
    assert "Your contractor license number is your username." in browser.page.text
    assert "Workers' compensation insurance (if applicable)" in browser.page.text

    browser.submit("Create account", filled(contractor_form(username="CSLB #1012345")))
    browser.click("CONTINUE")

    assert "Signed in as 1012345" in browser.page.text
    assert "Not yet verified by the city" in browser.page.text


def test_all_problems_at_once_and_nothing_typed_is_lost(city):
    """Each at its field and in the summary, by the field's name; no secret is shown again."""
    browser = city.browser()
    browser.open("/set-up-account/public")
    form = public_form(postal_code="9", email="nobody", first_name=None)
    page = browser.submit("Create account", {**form, "password": "short", "password_again": "shirt"})

    assert 422 == page.status
    assert page.title.startswith("Error:")
    for words in ("First name: Fill in", "ZIP code: Enter", "E-mail address: Enter one", "passwords are not"):
        assert words in page.text
    assert 'value="Sample"' in page.html
    assert "marching band" not in page.html
    assert 'value="short"' not in page.html


@pytest.mark.parametrize("path", ["/set-up-account/public", "/set-up-account/contractor"])
def test_a_reason_is_said_once(city, path):
    """What the whole address is for stands under its heading, and nothing is said twice in a row."""
    page = city.browser().open(path)
    hints = re.findall(r'<p class="hint" id="([a-z0-9_-]+)">(.*?)</p>', page.html)
    said = [words for _, words in hints]
    assert sorted(set(said)) == sorted(said)
    assert ("g-address-hint", "Letters about permits go to this address.") in hints
    assert '<fieldset class="group" aria-describedby="g-address-hint">' in page.html


def test_a_password_typed_in_two_ways_makes_no_account(city):
    """Even where all else is right."""
    browser = city.browser()
    browser.open("/set-up-account/public")
    page = browser.submit(
        "Create account", {**public_form(), "password_again": "seven quiet lanterns drifted"}
    )

    assert (422, True) == (page.status, "The two passwords are not the same" in page.text)
    assert "Password: Fill in" not in page.text
    page = browser.submit(
        "Create account", {"password": PASSWORD, "password_again": PASSWORD, "answer": "a band"}
    )
    assert "/account-created" == page.path


@pytest.mark.attack("API-01")
@pytest.mark.parametrize(
    "name", ["is_staff", "standing", "epoch", "license", "verified", "__class__", "a.b", "a[b]"]
)
def test_a_planted_field_is_refused(city, name):
    """Named, not dropped, so that it is noticed."""
    browser = city.browser()
    browser.open("/set-up-account/public")
    form = browser.page.forms[-1]
    pairs = [(control.name, control.value) for control in form.controls if control.name]
    response = browser.post("/set-up-account/public", [*pairs, (name, "1")])
    assert 422 == response.status
    assert b"no such field" in response.body


def test_insurance_is_shown_or_hidden_by_the_rule(city):
    """Without a script: shown at first, and afterwards as the answers ask for it."""
    browser = city.browser()
    page = browser.open("/set-up-account/contractor")
    assert '<fieldset class="group" data-insurance="/workers-compensation">' in page.html

    without = filled(contractor_form(email="nobody", has_employees="no", license_classes="B"))
    page = browser.submit("Create account", without)
    assert '<fieldset class="group" data-insurance="/workers-compensation" hidden>' in page.html

    roofer = filled(contractor_form(email="nobody", has_employees="no", license_classes="C-39"))
    page = browser.submit("Create account", roofer)
    assert '<fieldset class="group" data-insurance="/workers-compensation" data-required>' in page.html
    assert "workers' compensation insurance" in page.text


@pytest.mark.parametrize(
    ("query", "required"),
    [
        ("license_classes=B&business_type=corporation&has_employees=yes", True),
        ("license_classes=B&business_type=corporation&has_employees=no", False),
        ("license_classes=B,+C-39&business_type=corporation&has_employees=no", True),
        ("license_classes=nonsense&has_employees=no", False),
        ("", False),
        ("%ff", False),
    ],
)
def test_a_script_asks_the_same_rule(city, query, required):
    """There is one table; the page asks it and keeps no copy."""
    response = city.browser().exchange("GET", f"/workers-compensation?{query}")
    assert {"required": required} == json.loads(response.body)


def test_a_strict_city_confirms_the_mailbox_first():
    """Nobody is signed in, and the page says what to do."""
    city = City(strict_policy())
    browser = city.browser()
    page = browser.open("/set-up-account/public")
    assert "Security question" not in page.text
    form = {name: text for name, text in public_form().items() if name not in ("question", "answer")}
    page = browser.submit("Create account", filled(form))

    assert "/account-created" == page.path
    assert "then sign in" in page.text
    assert "__Host-sid" not in browser.cookies
    browser.click("CONTINUE")
    assert "/sign-in" == browser.page.path
    assert "Remember me" not in browser.page.text


ARCHITECT = AccountType(
    id="design_professional",
    username=CityNumber("design_professional", "AEC[1-9][0-9]{0,6}"),
    fields=(Field(name="firm", required=True), Field(name="email", kind=Kind.EMAIL, required=True)),
)


def test_a_citys_own_kind_of_account_has_a_page():
    """Its fields are data: a field without words in the catalog is called by its name."""
    city = City(city_policy(account_types=(PUBLIC, CONTRACTOR, ARCHITECT)))
    browser = city.browser()
    page = browser.open("/set-up-account/design-professional")

    assert 200 == page.status
    assert "Firm" in page.text
    secrets = {
        "password": PASSWORD,
        "password_again": PASSWORD,
        "question": "first-dish",
        "answer": "potato soup",
    }
    own = {"username": "AEC12", "firm": "Sample Architects", "email": "office@firm.example.org"}
    page = browser.submit("Create account", {**own, **secrets})
    assert "AEC12" in browser.click("CONTINUE").text


def test_a_kind_that_staff_make_has_no_page():
    """It is no choice, and its path is nowhere."""
    staff_made = AccountType(id="inspector", username=ARCHITECT.username, fields=(), self_registration=False)
    city = City(city_policy(account_types=(PUBLIC, staff_made)))
    assert "/set-up-account/inspector" not in city.site.paths
    assert "inspector" not in city.browser().open("/set-up-account").text


@pytest.mark.parametrize(
    ("language", "title", "button"),
    [
        ("es", "Crear una cuenta nueva de contratista", "Crear cuenta"),
        ("ru", "Новая учётная запись подрядчика", "Создать учётную запись"),
    ],
)
def test_the_pages_speak_the_persons_language(city, language, title, button):
    """And the account remembers it for its mails."""
    browser = city.browser(language=language)
    browser.open("/set-up-account/contractor")
    assert browser.page.title.startswith(title)
    browser.submit(button, filled(contractor_form()))
    assert "/account-created" == browser.page.path
    assert language == browser.open("/dashboard").html.partition('<html lang="')[2][:2]


def test_the_summary_is_in_the_order_of_the_page(city):
    """A person goes through the form from top to bottom; what was emptied on purpose is said."""
    browser = city.browser()
    page = browser.open("/set-up-account/public")
    assert "At least 15 characters." in page.text
    assert "type them again" not in page.text

    page = browser.submit("Create account")

    named = [words.partition(":")[0] for words, path in page.links if path.startswith("#f-")]
    shown = [control.label for form in page.forms for control in form.controls if control.label in named]
    assert [*dict.fromkeys(shown)] == named
    assert "we do not keep passwords and answers. Type them again" in page.text
