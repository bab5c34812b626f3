"""The page with a temporary password: for everybody to use, and its slip alone on one sheet of paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from browsing.accessibility import assert_accessible, assert_no_sideways_scrolling, assert_targets
from browsing.city import City, a_city
from browsing.screenshots import shoot
from browsing.visits import Visitor, Visits

#: The browser looks at what faster tests cover.
pytestmark = pytest.mark.usefixtures("unmeasured")


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
        assert_accessible(page)
        assert_no_sideways_scrolling(page)
        assert_targets(page)
        shoot(page, f"slip-{language}")
        sheets = page.pdf(format="Letter", margin=dict.fromkeys(("top", "right", "bottom", "left"), "0.4in"))
        assert len(re.findall(rb"/Type ?/Page\b", sheets)) == 1
        page.emulate_media(media="print")
        for seen in ("h1", "nav", "details", "footer", "ol.spelled", "button"):
            assert not any(each.is_visible() for each in page.locator(seen).all()), seen
        assert page.locator(".secret").is_visible()
