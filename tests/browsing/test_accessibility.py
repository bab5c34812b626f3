"""The checks of accessibility pass a page that is right and fail each page that is wrong, in words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from browsing.accessibility import assert_accessible, assert_no_sideways_scrolling, assert_targets
from browsing.keyboard import assert_walkable, walk
from browsing.sample import site
from browsing.servers import serving
from browsing.visits import Visitor, Visits


@pytest.fixture
def base() -> Iterator[str]:
    with serving(site) as url:
        yield url


def test_a_right_page_passes(visits: Visits, base: str) -> None:
    """On a telephone, by every check, under a strict policy."""
    page = visits.open(Visitor(width=320))
    page.goto(f"{base}/right")
    assert_accessible(page)
    assert_no_sideways_scrolling(page)
    assert_targets(page)
    assert_walkable(page)


def test_rules_that_are_broken_are_told(page: Page, base: str) -> None:
    """The rule, the element and what helps."""
    page.goto(f"{base}/unlabeled")
    with pytest.raises(AssertionError) as failed:
        assert_accessible(page)
    told = str(failed.value)
    assert "- label (critical): Form elements must have labels" in told
    assert '<input name="name">' in told
    assert "- color-contrast (serious)" in told


def test_without_scripts_axe_is_refused(visits: Visits, base: str) -> None:
    """It would wait for ever."""
    page = visits.open(Visitor(scripts=False))
    page.goto(f"{base}/right")
    with pytest.raises(ValueError, match="without scripts"):
        assert_accessible(page)


def test_a_wide_page_is_found(visits: Visits, base: str) -> None:
    """With the element that is too wide, and only where the window is narrow."""
    page = visits.open(Visitor(width=320))
    page.goto(f"{base}/wide")
    with pytest.raises(AssertionError, match='<p class="wide">'):
        assert_no_sideways_scrolling(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    assert_no_sideways_scrolling(page)


def test_a_small_target_is_found(page: Page, base: str) -> None:
    """With its size."""
    page.goto(f"{base}/tiny")
    with pytest.raises(AssertionError, match="12x12: <button"):
        assert_targets(page)


def test_the_walk_follows_the_page(page: Page, base: str) -> None:
    """One stop for each thing that takes focus, and one for a group of radio buttons."""
    page.goto(f"{base}/right")
    names = [stop.name for stop in walk(page)]
    assert ["Skip to the content", "how to sign in", "Username", "One", "Go on"] == names


def test_a_walk_can_be_made_without_scripts(visits: Visits, base: str) -> None:
    """The page's own scripts are off; looking is not."""
    page = visits.open(Visitor(scripts=False))
    page.goto(f"{base}/right")
    assert_walkable(page)
    assert_targets(page)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/dim", "focus not seen: Unseen"),
        ("/jumping", "jumps the page's order: Early"),
    ],
)
def test_what_the_keyboard_misses_is_told(page: Page, base: str, path: str, words: str) -> None:
    """A focus that nobody sees, and an order that jumps."""
    page.goto(base + path)
    with pytest.raises(AssertionError) as failed:
        assert_walkable(page)
    assert words in str(failed.value)
