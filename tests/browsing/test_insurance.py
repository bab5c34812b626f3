"""Workers' compensation "if applicable": asked for where the answers ask for it, by script or without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from browsing.accessibility import assert_accessible
from browsing.city import City, a_city
from browsing.guides import COMMON
from browsing.visits import Visitor, Visits
from permit_accounts.testing.world import PASSWORD
from permit_accounts.texts import TomlCatalog

#: The browser looks at what faster tests cover.
pytestmark = pytest.mark.usefixtures("unmeasured")

LOCALES = {"en": "en-US", "es": "es-US", "ru": "ru-RU"}
INSURANCE = ("workers_comp_carrier", "workers_comp_policy", "workers_comp_expires_on")
SECRETS = ("password", "password_again", "answer")
CHOICES = ("business_type", "has_employees", "question")
#: What is entered besides; each stays in the form until it is right.
FACTS = ("business_name", "contact_name", "phone", "email", "address", "city", "state", "postal_code")
LICENSE = ("username", "license_classes", "license_expires_on")


@pytest.fixture(name="city", scope="module")
def a_city_that_answers() -> Iterator[City]:
    """One city for all of these tests."""
    with a_city() as city:
        yield city


def enter(page: Page, **values: str) -> None:
    """Fill in fields by their names."""
    for name, value in values.items():
        field = page.locator(f"main [name={name}]")
        if name in CHOICES:
            field.select_option(value)
        else:
            field.fill(value)


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "scriptless"])
@pytest.mark.parametrize("language", LOCALES)
def test_a_contractor_with_employees_mends_the_form(
    visits: Visits, city: City, language: str, scripts: bool
) -> None:
    """Left out, then expired, then right: each time what was typed is there, and secrets are not."""
    city.world.tick(hours=1)  # one address may send so many forms an hour
    page = visits.open(Visitor(locale=LOCALES[language], scripts=scripts, width=390))
    number = str(1012400 + 2 * list(LOCALES).index(language) + scripts)
    known = {**COMMON, "username": number, "email": f"office{number}@contractor.example.org"}
    problems, insurance = page.locator("#error-summary"), page.locator("fieldset[data-insurance]")

    def words(key: str, **params: str) -> str:
        return TomlCatalog().text(key, language, params)

    def send(**values: str) -> None:
        enter(page, **values, **{name: known[name] for name in SECRETS})
        page.locator("main form button.primary").click()

    def stays(names: tuple[str, ...]) -> None:
        for name in names:
            expect(page.locator(f"main [name={name}]")).to_have_value(known[name])
        for name in SECRETS:
            expect(page.locator(f"main [name={name}]")).to_have_value("")
        assert PASSWORD not in page.content()
        assert known["answer"] not in page.content()

    page.goto(f"{city.base}/set-up-account/contractor")
    enter(page, **{name: known[name] for name in (*FACTS, *LICENSE, "business_type", "question")})
    enter(page, has_employees="no")
    expect(insurance).to_be_visible(visible=not scripts)
    enter(page, has_employees="yes")
    expect(insurance).to_be_visible()
    known["has_employees"] = "yes"

    send()
    for name in INSURANCE:
        label = words(f"field.{name}")
        expect(problems.get_by_role("link", name=f"{label}: {words('code.workers-comp')}")).to_be_visible()
        expect(page.locator(f"main label[for=f-{name.replace('_', '-')}] .star")).to_be_visible()
    stays((*FACTS, *LICENSE, *CHOICES))

    known["workers_comp_expires_on"] = "2020-01-31"
    send(**{name: known[name] for name in INSURANCE})
    expect(problems.get_by_role("link")).to_have_count(1)
    expect(problems).to_contain_text(words("code.workers-comp-expired"))
    stays((*FACTS, *LICENSE, *CHOICES, *INSURANCE))
    if scripts:
        assert_accessible(page)

    send(workers_comp_expires_on="2029-01-31")
    expect(page.get_by_role("heading", level=1)).to_have_text(words("web.account-created.title"))
    page.get_by_role("link", name=words("web.account-created.continue"), exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(words("web.dashboard.title"))
    expect(page.get_by_role("banner")).to_contain_text(number)
