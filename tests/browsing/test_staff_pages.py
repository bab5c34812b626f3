"""What a clerk comes to by forms: a slip that prints alone, and a roster that is tried and then imported."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browsing.accessibility import assert_accessible, assert_no_sideways_scrolling, assert_targets
from browsing.city import City, a_city
from browsing.screenshots import shoot
from browsing.visits import Visitor, Visits

#: The browser looks at what faster tests cover.
pytestmark = pytest.mark.usefixtures("unmeasured")


#: One row that is good, one whose number has a letter in it, and one of two cells.
ROSTER = b"license,business_name,email\n1012350,River Works,\n1O12351,Other Works,\n1012352,Short\n"


def look(page: Page) -> None:
    """All that a program sees of a page on a telephone."""
    assert_accessible(page)
    assert_no_sideways_scrolling(page)
    assert_targets(page)


def issue(page: Page, city: City, language: str) -> None:
    """A clerk gives the contractor on the roster a temporary password."""
    page.goto(f"{city.base}/staff/person/temporary-password?who=us-ca-cslb:1012346")
    page.fill("#f-checked-how", "called back")
    page.fill("#f-reason", "first sign-in")
    page.select_option("#f-slip-language", language)
    page.click("main button.primary")
    assert page.locator(".slip").get_attribute("lang") == language


@pytest.mark.parametrize("language", ["en", "es", "ru"])
def test_the_slip(visits: Visits, language: str) -> None:
    """It can be used by anybody at 320 pixels, and prints on one sheet with nothing beside it."""
    with a_city() as city:
        page = visits.open(Visitor(width=320))
        issue(page, city, language)
        for each in page.locator("summary").all():
            each.click()
        look(page)
        shoot(page, f"slip-{language}")
        sheets = page.pdf(format="Letter", margin=dict.fromkeys(("top", "right", "bottom", "left"), "0.4in"))
        assert len(re.findall(rb"/Type ?/Page\b", sheets)) == 1
        page.emulate_media(media="print")
        for seen in ("h1", "nav", "details", "footer", "ol.spelled", "button"):
            assert not any(each.is_visible() for each in page.locator(seen).all()), seen
        assert page.locator(".secret").is_visible()


@pytest.mark.parametrize("locale", ["en-US", "es-US", "ru-RU"])
def test_a_roster_is_tried_and_then_imported(visits: Visits, locale: str) -> None:
    """The file is chosen once; what is wrong with its rows can be read at 320 pixels."""
    with a_city() as city:
        page = visits.open(Visitor(width=320, locale=locale))
        page.goto(f"{city.base}/staff/roster")
        page.locator("form[enctype] button.primary").click()
        expect(page.locator("#error-summary")).to_be_focused()
        look(page)
        sheet = {"name": "roster.csv", "mimeType": "text/csv", "buffer": ROSTER}
        page.set_input_files("input[type=file]", sheet)
        page.fill("#f-reason", "the yearly file")
        page.check("#f-dry-run")
        page.locator("form[enctype] button.primary").click()
        city.console.finish()
        page.goto(f"{city.base}/staff/roster")
        look(page)
        shoot(page, f"roster-tried-{locale[:2]}")
        page.locator("form[action$='/roster/import'] button").click()
        city.console.finish()
        page.goto(f"{city.base}/staff/person?who=us-ca-cslb:1012350")
        expect(page.get_by_role("heading", level=1)).to_have_text("California CSLB 1012350")
        page.goto(f"{city.base}/staff/history?who=us-ca-cslb:1012350")
        look(page)
