"""Both guides, step by step, in a real browser at each of the example applications.

Each run goes through them in English on every framework, and in Spanish and Russian on one, each another;
`-m long` goes through every combination, also without scripts and on a telephone. One more run is that of a
city with several machines: three processes over PostgreSQL and Redis.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import product

import attrs
import pytest
from playwright.sync_api import expect

from browsing.guides import NEW_PASSWORD, Person
from browsing.screenshots import shoot
from browsing.visits import Visitor, Visits
from examples.running import FRAMEWORKS, Running, Servers, started
from servers.databases import made_on_postgres
from servers.fixtures import POSTGRES, REDIS, named

#: The browser looks at what faster tests cover.
pytestmark = pytest.mark.usefixtures("unmeasured")

LOCALES = {"en": "en-US", "es": "es-US", "ru": "ru-RU"}
STATES = {"desktop": Visitor(), "scriptless": Visitor(scripts=False), "telephone": Visitor(width=390)}
EACH_RUN = {
    *((framework, "en", "desktop") for framework in FRAMEWORKS),
    ("flask", "es", "desktop"),
    ("fastapi", "ru", "desktop"),
}
WAYS = [
    pytest.param(way, id="-".join(way), marks=() if way in EACH_RUN else pytest.mark.long)
    for way in product(FRAMEWORKS, LOCALES, STATES)
]


#: On servers; in each run on one framework, with `-m long` on the others.
WAYS += [
    pytest.param((framework, "en", "servers"), id=f"{framework}-en-servers", marks=marks)
    for framework, marks in (("flask", ()), ("fastapi", pytest.mark.long), ("django", pytest.mark.long))
]


@pytest.fixture(name="portal", scope="module", params=WAYS)
def an_example(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Running, str, Visitor]]:
    """An example application that answers, the language of who comes, and the device."""
    framework, language, state = request.param
    with ExitStack() as stack:
        servers = stack.enter_context(on_servers()) if state == "servers" else None
        running = stack.enter_context(started(framework, tmp_path_factory.mktemp(framework), servers))
        yield running, language, STATES.get(state, Visitor())


@contextmanager
def on_servers() -> Iterator[Servers]:
    """PostgreSQL with an empty database, and Redis."""
    scratch = named(REDIS)
    with made_on_postgres(named(POSTGRES)) as database:
        yield Servers(database=database, scratch=scratch)


@pytest.fixture(name="person")
def a_person(portal: tuple[Running, str, Visitor], visits: Visits) -> Person:
    """Somebody with a guide on the table."""
    running, language, device = portal
    visitor = attrs.evolve(device, locale=LOCALES[language])
    return Person(visits.open(visitor), running, language, scripts=device.scripts)


def test_guide_1_public_users(person: Person) -> None:
    """Setup an Account, the public user's button, the starred fields, CONTINUE, and the Dashboard.

    A forgotten password is set anew behind the e-mailed link, with the answer to the security question.
    """
    person.chooses_to_set_up("public")
    person.is_on("web.register-public.title")
    person.enters(username="ann", email="ann@mail.example.org")
    shoot(person.page, "guide-1-form")
    person.presses()
    shoot(person.page, "guide-1-confirmation")
    person.goes_on()
    person.is_on_the_dashboard_as("ann")
    shoot(person.page, "guide-1-dashboard")

    person.confirms("ann@mail.example.org")
    person.logs_out()
    person.forgets_the_password("public", "ann", "ann@mail.example.org")
    person.logs_in("public", "ann", NEW_PASSWORD)
    person.is_on_the_dashboard_as("ann")


def test_guide_2a_returning_contractors(person: Person) -> None:
    """A temporary password by telephone, "Contractor" in the drop-down, the forced reset page, the Dashboard.

    A forgotten password is reset by the license number; the e-mail goes to the address on file.
    """
    number, address = "1023456", "office@lantern.example.org"
    person.portal.put_on_roster(number, email=address)
    person.logs_in("contractor", number, person.portal.temporary_password(number))
    person.is_on("web.setup.title")
    person.enters(email=address)
    shoot(person.page, "guide-2a-reset-login")
    person.presses()
    person.is_on_the_dashboard_as(number)

    person.confirms(address)
    person.logs_out()
    person.forgets_the_password("contractor", number, address)
    person.logs_in("contractor", number, NEW_PASSWORD)
    person.is_on_the_dashboard_as(number)


@pytest.mark.parametrize(("employees", "number"), [("no", "1012345"), ("yes", "1012356")])
def test_guide_2b_new_contractors(person: Person, employees: str, number: str) -> None:
    """Insurance only where it is applicable; the license number is the username."""
    person.chooses_to_set_up("contractor")
    person.is_on("web.register-contractor.title")
    page = person.page
    insurance = page.locator("fieldset[data-insurance]")
    person.enters(username=number, email=f"office{number}@contractor.example.org", has_employees=employees)
    expect(insurance).to_be_visible(visible=employees == "yes" or not person.scripts)
    if employees == "yes":
        for name, value in (
            ("workers_comp_carrier", "Sample Mutual"),
            ("workers_comp_policy", "WC-200311"),
            ("workers_comp_expires_on", "2029-01-31"),
        ):
            page.locator(f"[name={name}]").fill(value)
    shoot(page, f"guide-2b-form-employees-{employees}")
    person.presses()
    person.goes_on()
    person.is_on_the_dashboard_as(number)
