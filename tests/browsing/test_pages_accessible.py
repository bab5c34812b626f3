"""Every page for everybody: by axe-core, on a telephone, enlarged, scriptless, by keyboard, in the dark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from browsing.accessibility import assert_accessible, assert_no_sideways_scrolling, assert_targets
from browsing.city import City, a_city
from browsing.keyboard import assert_walkable
from browsing.screenshots import shoot
from browsing.visits import Visitor, Visits
from permit_accounts import PUBLIC
from permit_accounts import Visitor as Stranger
from permit_accounts.testing.world import PASSWORD, public_form

#: The browser looks at what faster tests cover.
pytestmark = pytest.mark.usefixtures("unmeasured")

PHONE = Visitor(width=320)
FORMS = ("/sign-in", "/set-up-account/public", "/set-up-account/contractor", "/forgot-password")


@pytest.fixture(name="city", scope="module")
def a_city_that_answers() -> Iterator[City]:
    """One city for all of these tests."""
    with a_city() as city:
        yield city


def look(page: Page) -> None:
    """All that a program sees of a page on a telephone."""
    assert_accessible(page)
    assert_no_sideways_scrolling(page)
    assert_targets(page)


@pytest.mark.parametrize("who", ["nobody", "1012345", "staff"])
def test_every_page_is_accessible(visits: Visits, city: City, who: str) -> None:
    """As far as a crawler gets, 320 pixels wide (WCAG 2.2, A and AA; 1.4.10; 2.5.8)."""
    page = visits.open(PHONE)
    addresses = city.addresses(who)
    if who == "1012345":
        city.sign_in(page, who)
        addresses = sorted(set(addresses) - set(city.addresses("nobody")))
    assert len(addresses) > 4
    wrong = []
    for address in addresses:
        page.goto(city.base + address)
        shoot(page, f"{who}{address.partition('?')[0].replace('/', '-')}")
        try:
            look(page)
        except AssertionError as found:
            wrong.append(str(found))
    assert [] == wrong


def test_the_header_takes_one_line_on_a_telephone(visits: Visits, city: City) -> None:
    """Home, Setup an Account, Login, and Forgot Password at the right end of the same line."""
    page = visits.open(Visitor(width=390))
    page.goto(city.base)
    links = [link.bounding_box() for link in page.locator("header .links a").all()]
    places = [(box["y"], box["x"] + box["width"]) for box in links if box is not None]
    assert (4, 1) == (len(places), len({y for y, _ in places}))
    assert 390 - 16 == pytest.approx(places[-1][1], abs=1)


@pytest.mark.parametrize("path", FORMS)
def test_problems_are_told_at_the_top_and_at_their_fields(visits: Visits, city: City, path: str) -> None:
    """The summary has the focus, each of its links leads to its field (WCAG 2.2, 3.3.1 and 2.4.3)."""
    page = visits.open(PHONE)
    page.goto(city.base + path)
    page.locator("main form button.primary").click()
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    assert page.title().startswith("Error:")
    shoot(page, f"problems{path.replace('/', '-')}")
    look(page)
    links = summary.get_by_role("link").all()
    assert links
    for link in links:
        link.click()
        field = page.locator(f"[id='{(link.get_attribute('href') or '')[1:]}']")
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")


def test_a_wait_and_a_success_are_accessible(visits: Visits, city: City) -> None:
    """The answer to too many tries, and the word that a mail is on its way."""
    city.world.accounts.register(PUBLIC, public_form("cem"))
    for _ in range(11):
        city.world.accounts.sign_in(PUBLIC, "cem", "wrong", visitor=Stranger(ip="127.0.0.1"))
    page = visits.open(PHONE)
    page.goto(f"{city.base}/sign-in")
    page.locator("main [name=username]").fill("cem")
    page.locator("main [name=password]").fill("wrong")
    with page.expect_navigation() as navigation:
        page.locator("main form button.primary").click()
    assert navigation.value is not None
    assert 429 == navigation.value.status
    shoot(page, "wait")
    look(page)
    city.world.tick(hours=1)

    page.goto(f"{city.base}/forgot-password")
    page.locator("main [name=identifier]").fill("nobody@mail.example.org")
    page.locator("main form button.primary").click()
    expect(page.locator(".status-note")).to_be_visible()
    shoot(page, "mail-on-its-way")
    look(page)


@pytest.mark.parametrize("path", ["/", "/sign-in", "/set-up-account/contractor", "/dashboard"])
def test_enlarged_and_in_the_dark(visits: Visits, city: City, path: str) -> None:
    """At 200 % nothing is cut off (WCAG 2.2, 1.4.4); contrast holds in both color schemes (1.4.3)."""
    page = visits.open(Visitor(zoom=2, color_scheme="dark"))
    if path == "/dashboard":
        city.sign_in(page, "ann")
    page.goto(city.base + path)
    assert_no_sideways_scrolling(page)
    assert_accessible(page)
    shoot(page, f"dark{path.replace('/', '-')}")


def test_a_guide_is_finished_without_scripts(visits: Visits, city: City) -> None:
    """A contractor: what scripts would hide stands there with its condition, and can be left empty."""
    page = visits.open(Visitor(scripts=False))
    page.goto(f"{city.base}/set-up-account/contractor")
    expect(page.locator("fieldset[data-insurance]")).to_be_visible()
    typed = {
        "business_name": "Sample Builders",
        "contact_name": "Sam Sample",
        "phone": "(323) 555-0100",
        "email": "sam@contractor.example.org",
        "address": "1 Sample Street",
        "city": "Sampleton",
        "state": "CA",
        "postal_code": "90069",
        "license_classes": "B",
        "license_expires_on": "2027-06-30",
        "username": "1012357",
        "password": PASSWORD,
        "password_again": PASSWORD,
        "answer": "the marching band",
    }
    for name, text in typed.items():
        page.locator(f"main [name={name}]").fill(text)
    chosen = {"business_type": "corporation", "has_employees": "no", "question": "first-concert"}
    for name, value in chosen.items():
        page.locator(f"main [name={name}]").select_option(value)
    page.locator("main form button.primary").click()
    page.get_by_role("link", name="CONTINUE", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    expect(page.get_by_role("banner")).to_contain_text("1012357")


def test_somebody_signs_in_by_keyboard_alone(page: Page, city: City) -> None:
    """Tab, letters and Enter, from the top of the home page (WCAG 2.2, 2.1.1)."""
    page.goto(city.base)
    for name, letters in (("account_type", "P"), ("username", "ann"), ("password", PASSWORD)):
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.name") == name:
                break
        page.keyboard.type(letters)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")


@pytest.mark.parametrize("path", ["/", *FORMS])
def test_the_keyboard_reaches_everything(page: Page, city: City, path: str) -> None:
    """In the order of the page, with the focus seen (WCAG 2.2, 2.4.3, 2.4.7 and 2.4.11)."""
    page.goto(city.base + path)
    assert_walkable(page)


def test_a_password_can_be_pasted_and_looked_at(page: Page, city: City) -> None:
    """For password managers and for those who mistype (WCAG 2.2, 3.3.8; NIST SP 800-63B-4, 3.1.1.2)."""
    page.goto(f"{city.base}/sign-in")
    name, password = page.locator("main [name=username]"), page.locator("main [name=password]")
    name.fill(PASSWORD)
    name.press("Control+a")
    name.press("Control+c")
    password.press("Control+v")
    expect(password).to_have_value(PASSWORD)

    expect(password).to_have_attribute("type", "password")
    page.get_by_role("button", name="Show password").click()
    expect(password).to_have_attribute("type", "text")
    expect(page.locator("#announcement")).to_have_text("The password is shown.")
    page.get_by_role("button", name="Hide password").click()
    expect(password).to_have_attribute("type", "password")
