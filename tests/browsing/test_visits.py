"""The browser of the tests notices what a page must not do, and says nothing of what it may."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from browsing import chromium as browsers
from browsing.chromium import Chromium
from browsing.sample import asgi_site, site
from browsing.screenshots import shoot
from browsing.servers import serving, serving_asgi
from browsing.visits import Visitor, Visits, visiting


@pytest.fixture
def base() -> Iterator[str]:
    with serving(site) as url:
        yield url


def _complaints(browser: Browser, url: str) -> str:
    """How the visits of a test end that opened this page alone."""
    with pytest.raises(pytest.fail.Exception) as failed, visiting(browser) as visits:
        visits.open().goto(url)
    return str(failed.value)


def test_a_right_page_is_left_in_peace(page: Page, base: str) -> None:
    """No complaint about a page with a strict policy, nor about a form that was refused."""
    page.goto(f"{base}/right")
    page.get_by_label("Username").fill("ann")
    with page.expect_navigation() as navigation:
        page.get_by_role("button", name="Go on").click()
    assert 422 == navigation.value.status


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/inline", "Content Security Policy"),
        ("/stranger", "asked a stranger: http://stranger.example/x.png"),
        ("/missing", "answered with 404"),
        ("/raising", "script: "),
        ("/fault", "answered with 500"),
    ],
)
def test_a_page_that_is_wrong_fails_its_test(chromium: Chromium, base: str, path: str, words: str) -> None:
    """Each for its own reason, told in words."""
    with chromium.awake() as browser:
        assert words in _complaints(browser, base + path)


def test_a_visitor_is_as_described(visits: Visits, base: str) -> None:
    """Language, preferences, window and zoom reach the page."""
    wishes = Visitor(
        width=640, height=800, locale="es-US", color_scheme="dark", reduced_motion="reduce", zoom=2
    )
    page = visits.open(wishes)
    page.goto(f"{base}/visitor")
    assert page.inner_text("#language").startswith("es-US")
    queries = ("(prefers-color-scheme: dark)", "(prefers-reduced-motion: reduce)", "(width: 320px)")
    assert [True] * 3 == [page.evaluate("query => matchMedia(query).matches", query) for query in queries]
    assert 2 == page.evaluate("devicePixelRatio")


def test_a_visitor_without_scripts(visits: Visits, base: str) -> None:
    """What a page would do by script does not happen, and can still be looked at."""
    page = visits.open(Visitor(scripts=False))
    page.goto(f"{base}/raising")
    assert "Raising" == page.inner_text("h1")


def test_secure_cookies_work_on_loopback(visits: Visits, base: str) -> None:
    """A `__Host-` cookie is kept and sent over HTTP here, and no other visitor has it."""
    first, second = visits.open(), visits.open()
    for page in (first, first, second):
        page.goto(f"{base}/visitor")
    assert "__Host-seen=1" == first.inner_text("#cookies")
    assert "" == second.inner_text("#cookies")


def test_an_asgi_application_is_served(page: Page) -> None:
    """By an event loop in a thread of its own, while this thread runs the browser's."""
    with serving_asgi(asgi_site) as url:
        page.goto(url)
        assert "Sign in" == page.inner_text("h1")


@pytest.mark.parametrize("turn", range(2))
def test_other_loops_run_between_visits(chromium: Chromium, base: str, turn: int) -> None:
    """A browser at rest leaves its thread to `asyncio.run`, in the tests before and after it as well."""

    async def answer() -> int:
        await asyncio.sleep(0)
        return turn

    assert turn == asyncio.run(answer())
    with chromium.awake() as browser, visiting(browser) as visits:
        visits.open().goto(f"{base}/right")
    assert turn == asyncio.run(answer())


def test_pictures_are_taken_where_a_folder_is_given(
    page: Page, base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One for each width, and none without the folder."""
    page.goto(f"{base}/right")
    monkeypatch.delenv("PERMIT_ACCOUNTS_SCREENSHOTS", raising=False)
    shoot(page, "sign-in")
    monkeypatch.setenv("PERMIT_ACCOUNTS_SCREENSHOTS", str(tmp_path))
    shoot(page, "sign-in")
    widths = {path.name: int.from_bytes(path.read_bytes()[16:20]) for path in tmp_path.iterdir()}
    assert {"sign-in-phone.png": 390, "sign-in-desktop.png": 1280} == widths
    assert {"width": 1280, "height": 800} == page.viewport_size


def test_a_missing_browser_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has none is told what to install."""
    monkeypatch.setenv("PERMIT_ACCOUNTS_CHROMIUM", "")
    monkeypatch.setenv("PATH", "")
    assert browsers.found() is None
    assert "apt-get install chromium" in browsers.what_is_missing()
