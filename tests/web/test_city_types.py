"""A city's own kinds of account, from the first page to the staff desk: its words where it has some."""

from __future__ import annotations

import re

import attrs
import pytest

from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Accounts,
    AccountType,
    CityNumber,
    Field,
    Kind,
    Permission,
    QuestionUse,
    StaffMember,
)
from permit_accounts.staff_console import StaffConsole
from permit_accounts.testing.browser import Browser
from permit_accounts.testing.catalog_contract import CatalogContract
from permit_accounts.testing.world import (
    PASSWORD,
    World,
    city_policy,
    contractor_form,
    links_in,
    setup_form,
    strict_policy,
)
from permit_accounts.texts import TomlCatalog
from permit_accounts.web import Site
from web.crawling import faults, pages_from
from web.json_client import TRANSPORTS, Program

#: Its words stand in no catalog but the city's, and some in none.
ENGINEER = AccountType(
    id="design_professional",
    username=CityNumber("design_professional", "AEC[1-9][0-9]{0,6}"),
    fields=(
        Field(name="discipline", kind=Kind.CHOICE, required=True, choices=("architect", "PE")),
        Field(name="seal", required=True, label="sampleton.seal", reason="sampleton.seal.why"),
        Field(name="liability_insurer", max_length=60),
        Field(name="email", kind=Kind.EMAIL, required=True, autocomplete="email"),
    ),
)
#: A contractor whose license the city itself issues.
LOCAL = AccountType(
    id="local_contractor",
    username=CityNumber("local_contractor", "HC[0-9]{4}"),
    fields=(*CONTRACTOR.fields, Field(name="crew", max_length=20)),
)
#: Nothing but a number: not even an e-mail address.
WALK_IN = AccountType(id="walk_in", username=CityNumber("walk_in", "W[0-9]+"), fields=())
TYPES = (PUBLIC, CONTRACTOR, ENGINEER, LOCAL, WALK_IN)
OFFICE = "studio@design.example.org"
ENTERED = {"username": "aec 12", "discipline": "PE", "seal": "S-1", "email": OFFICE}
SECRETS = {"password": PASSWORD, "question": "first-dish", "answer": "potato soup"}
NEW = "eleven green bicycles hum"


WORDS = {
    "en": {
        "account-type.design_professional": "Design professional",
        "field.discipline": "Your profession",
        "field.discipline.reason": "It decides which plans you may sign.",
        "choice.discipline.architect": "Licensed architect",
        "sampleton.seal": "Number of your seal",
        "sampleton.seal.why": "It is on your stamp.",
        "web.set-up-account.who.design_professional": "Architects and engineers.",
    },
    "es": {"account-type.design_professional": "Profesional del diseño", "field.discipline": "Profesión"},
}


class CityCatalog:
    """The library's texts and this city's own, which it has in English and Spanish."""

    languages = TomlCatalog.languages

    def text(self, key, language, params):
        return WORDS.get(language, {}).get(key) or TomlCatalog().text(key, language, params)


class CityOfItsOwn:
    """Its library, its pages and its desk."""

    def __init__(self, policy=None, catalog=None):
        self.world = World(policy or city_policy(account_types=TYPES))
        services = attrs.evolve(self.world.services, catalog=catalog or CityCatalog())
        self.accounts = self.world.accounts = Accounts(services, email=self.world.mailbox)
        self.site = Site(self.accounts)
        clerk = StaffMember(id="desk-1", may=frozenset(Permission))
        self.console = StaffConsole(self.accounts, who=lambda request: clerk)

    def browser(self, **who):
        return Browser(self.site, self.world.policy.base_url, **who)

    def desk(self, **who):
        return Browser(self.console, self.world.policy.base_url, **who)


@pytest.fixture(name="city")
def a_city():
    return CityOfItsOwn()


def pressed(browser, **values):
    """The page's own form filled in by name as far as it asks, and sent."""
    form = next(form for form in browser.page.forms if any(c.name == "password" for c in form.controls[1:]))
    asked = {control.name for control in form.controls}
    button = next(control.label for control in form.controls if control.type == "submit")
    known = {**values, "password_again": values.get("password_again", values.get("password"))}
    return browser.submit(button, {name: value for name, value in known.items() if name in asked})


def registered(city, path="design-professional", entered=ENTERED, **who):
    browser = city.browser(**who)
    browser.open(f"/set-up-account/{path}")
    page = pressed(browser, **{**entered, **SECRETS})
    assert ("/account-created", 200) == (page.path, page.status), page.text
    return browser


def test_the_whole_flow_on_pages(city):
    """Registration, CONTINUE, one's own account, confirming, forgetting, and signing in by the drop-down."""
    browser = registered(city)
    assert "Signed in as AEC12 Design professional" in browser.click("CONTINUE").text
    text = browser.open("/account").text
    for shown in ("Your professionPE", "Number of your sealS-1", f"{OFFICE} (not confirmed yet)"):
        assert shown in text
    browser.open(f"/confirm-email?token={links_in(city.world.mails_to(OFFICE)[-1])[0]}")
    assert "is confirmed" in browser.submit("Confirm the address").text
    browser.submit("Log out")

    browser.open("/forgot-password?type=design_professional")
    browser.submit("Send the e-mail", {"identifier": "AEC-12"})
    browser.open(f"/reset-password?token={links_in(city.world.mails_to(OFFICE)[-1])[0]}")
    pressed(browser, password=NEW, answer="potato soup")
    browser.open("/")
    page = browser.submit(
        "Login", {"Account type": "Design professional", "Username": "aec12", "Password": NEW}
    )
    assert ("/dashboard", True) == (page.path, "Signed in as AEC12" in page.text)


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("catalog", [CityCatalog(), TomlCatalog()], ids=["own words", "no words"])
def test_the_whole_flow_as_json(transport, catalog):
    """The types are listed whether or not the city has words for them; each answer is as described."""
    city = CityOfItsOwn(catalog=catalog)
    program = Program(city.world, transport, site=city.site)
    kinds = {kind["id"]: kind for kind in program.get("account-types")["account_types"]}
    kind = kinds["design_professional"]
    labels = {field["name"]: field["label"] for field in kind["fields"]}
    own = isinstance(catalog, CityCatalog)
    assert "Design professional" == kind["label"]
    assert ("Number of your seal" if own else "Seal") == labels["seal"]
    assert "Liability insurer" == labels["liability_insurer"]
    assert "Number that the city gave you" == labels["username"]
    assert "Username (the number that the city gave you)" == kind["username_label"]

    form = {**ENTERED, **SECRETS}
    assert [("discipline", "choice")] == program.do(kind["act"], **{**form, "discipline": "baker"}).codes
    assert "AEC12" == program.do(kind["act"], **form)["account"]["username"]
    (token,) = links_in(city.world.mails_to(OFFICE)[-1])
    assert "email-confirmed" == program.do("confirm-email", token=token)["outcome"]
    program.do("sign-out")
    given = {"account_type": "design_professional", "username": "aec-12", "password": PASSWORD}
    assert "signed-in" == program.do("sign-in", **given)["outcome"]


def test_the_desk_has_the_citys_words(city):
    """Found by number, with the label that the type's own field names, a slip, and set-up through it."""
    registered(city)
    desk = city.desk()
    page = desk.open("/staff/person?who=aec%2012&type=design_professional")
    for shown in ("AEC12, Design professional", "Your professionPE", "Number of your sealS-1"):
        assert shown in page.text, page.text
    desk.open("/staff/person/temporary-password?who=AEC12&type=design_professional")
    page = desk.submit(
        "Issue a temporary password",
        {"reason": "called", "checked_how": "called back the number on the register"},
    )
    assert 200 == page.status
    assert "Design professional" in page.text
    temporary = re.search(r'class="secret">([^<]+)<', page.html)[1]

    browser = city.browser()
    browser.open("/")
    browser.submit(
        "Login", {"Account type": "Design professional", "Username": "AEC12", "Password": temporary}
    )
    assert "/setup" == browser.page.path
    assert "/dashboard" == pressed(browser, **SECRETS, **ENTERED).path


@pytest.mark.parametrize("language", ["en", "es", "ru"])
@pytest.mark.parametrize("catalog", [CityCatalog(), TomlCatalog()], ids=["own words", "no words"])
def test_no_page_of_any_type_is_broken_in_any_language(catalog, language):
    """Whatever the catalog lacks is called by its name; nobody sees a key or a fault."""
    city = CityOfItsOwn(catalog=catalog)
    people = [
        registered(city, language=language),
        registered(
            city,
            "local-contractor",
            {**contractor_form(), "username": "hc0001", "crew": "7"},
            language=language,
        ),
        registered(city, "walk-in", {"username": "W1"}, language=language),
    ]
    pages = [page for browser in people for page in pages_from(browser, ["/", "/account-created"])]
    pages += pages_from(city.browser(language=language), ["/"])
    for name, kind in (("AEC12", "design_professional"), ("HC0001", "local_contractor"), ("W1", "walk_in")):
        pages += pages_from(city.desk(language=language), [f"/staff/person?who={name}&type={kind}"])
    assert [] == [fault for page in pages for fault in faults(page)]
    shown = {page.path: page.text for page in pages}
    keys = re.compile(r"\b(?:account-type|field|choice|sampleton|web)\.[a-z_]+")
    assert {} == {path: found for path, text in shown.items() if (found := keys.findall(text))}


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", ("Design professional", "Your profession", "It decides which", "Licensed architect", "PE")),
        ("es", ("Profesional del diseño", "Profesión", "Seal", "Liability insurer", "Número que le dio")),
        ("ru", ("Design professional", "Discipline", "Номер, выданный вам городом")),
    ],
)
def test_the_form_has_the_citys_words_in_each_language(city, language, shown):
    """What the city has; else a name that can be read, in its own upper and lower case."""
    text = city.browser(language=language).open("/set-up-account/design-professional").text
    for words in shown:
        assert words in text
    for words in ("Contractor license", "licencia de contratista", "лицензии подрядчика"):
        assert words not in text


def test_a_number_of_the_citys_is_no_contractors_license(city):
    """Neither where it is asked for, nor where one signs in, nor in what is wrong with it."""
    browser = city.browser()
    assert "Architects and engineers." in browser.open("/set-up-account").text
    browser.open("/set-up-account/walk-in")
    assert "Your number is your username." in browser.page.text
    page = pressed(browser, username="x", **SECRETS)
    assert "Number that the city gave you: Enter the number as it is printed" in page.text
    text = browser.open("/sign-in?type=walk_in").text
    assert "Username (the number that the city gave you)" in text


def test_insurance_is_asked_of_a_contractor_of_the_citys_own(city):
    """By the same rule: a roofer is sent back, and goes on with the policy's number."""
    roofer = {**contractor_form(license_classes="C-39"), "username": "HC0001"}
    browser = city.browser()
    browser.open("/set-up-account/local-contractor")
    page = pressed(browser, **{**roofer, **SECRETS})
    assert (422, True) == (page.status, "workers' compensation insurance" in page.text)
    insured = {
        "workers_comp_carrier": "Sample Mutual",
        "workers_comp_policy": "WC-1",
        "workers_comp_expires_on": "2027-01-31",
    }
    assert "/account-created" == pressed(browser, **insured, **SECRETS).path


def test_who_has_no_address_is_told_of_no_mail(city):
    """Nothing was sent, so the confirmation screen says nothing of a mail."""
    assert "We sent you an e-mail" not in registered(city, "walk-in", {"username": "W1"}).page.text
    assert "We sent you an e-mail" in registered(city).page.text


@pytest.mark.parametrize("off", [strict_policy, city_policy])
@pytest.mark.parametrize("path", ["design-professional", "public", "contractor"])
def test_no_heading_speaks_of_a_question_that_is_not_asked(off, path):
    """Where the city asks none, the form has none and says nothing of one."""
    city = CityOfItsOwn(off(account_types=TYPES, security_question=QuestionUse.OFF))
    text = city.browser().open(f"/set-up-account/{path}").text
    assert "Username and password" in text
    assert "security question" not in text.lower()


def test_a_setup_without_a_question_has_a_heading_without_one():
    """And one that asks for nothing but the question is headed by it alone."""
    city = CityOfItsOwn(city_policy(account_types=TYPES, security_question=QuestionUse.OFF))
    city.accounts.register(ENGINEER, {**ENTERED, "password": PASSWORD})
    city.world.deliver()
    city.world.desk().send_link("AEC12", ENGINEER, reason="asked")
    browser = city.browser()
    token = links_in(city.world.mails_to(OFFICE)[-1])[0]
    page = browser.open(f"/setup?token={token}")
    assert ["New password"] == re.findall(r"<legend>(.*?)</legend>", page.html)
    form = city.accounts.open_setup(token)
    city.accounts.finish_setup(token, setup_form(form.asks))

    asking = attrs.evolve(city.world.policy, security_question=QuestionUse.EXTRA_STEP)
    site = Site(Accounts(attrs.evolve(city.accounts.services, policy=asking), email=city.world.mailbox))
    browser = Browser(site, asking.base_url)
    browser.open("/sign-in?type=design_professional")
    page = browser.submit("Login", {"username": "AEC12", "password": PASSWORD})
    assert "/setup" == page.path
    assert ["Security question"] == re.findall(r"<legend>(.*?)</legend>", page.html)


def test_the_guides_captions_stay_where_a_city_adds_a_field():
    """A contractor with one field more is still the guide's contractor."""
    more = attrs.evolve(CONTRACTOR, fields=(*CONTRACTOR.fields, Field(name="crew")))
    city = CityOfItsOwn(city_policy(account_types=(PUBLIC, more)))
    page = city.browser().open("/set-up-account/contractor")
    assert page.title.startswith("Create New Contractor Account")
    assert "Crew" in page.text


def test_who_has_an_account_of_a_type_that_the_city_gave_up_sees_their_pages():
    """Nobody registers or signs in with it any more; who is signed in reads, takes a copy and closes."""
    city = CityOfItsOwn()
    browser = registered(city)
    fewer = attrs.evolve(city.world.policy, account_types=(PUBLIC, CONTRACTOR))
    accounts = Accounts(attrs.evolve(city.accounts.services, policy=fewer), email=city.world.mailbox)
    browser.handler = Site(accounts)
    assert [] == [fault for page in pages_from(browser, ["/", "/dashboard"]) for fault in faults(page)]
    assert "Signed in as AEC12 Design professional" in browser.open("/account").text
    browser.open("/account/licenses")
    assert "The license was added." in browser.submit("Add license", {"license": "1012345"}).text
    browser.open("/account/close")
    page = browser.submit("Close the account", {"password": PASSWORD, "understood": True})
    assert "Your account is closed" in page.text


def test_a_mail_calls_a_type_without_words_by_its_name():
    """As the pages do; no id with underscores reaches anybody."""
    city = CityOfItsOwn(catalog=TomlCatalog())
    registered(city)
    assert "Account type: Design professional" in city.world.mails_to(OFFICE)[-1].text


class TestCityCatalog(CatalogContract):
    """What a city adds takes nothing away."""

    @pytest.fixture
    def catalog(self):
        return CityCatalog()
