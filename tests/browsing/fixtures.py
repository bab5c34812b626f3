"""The fixtures of tests that look at pages in a real browser: `visits`, and `page` for the most usual visit.

The browser starts with the first test that needs it, once in each process of the run. Where there is none,
those tests are skipped and say what to install.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # the suite begins faster where nobody asks for a page
    from playwright.sync_api import Page

    from browsing.chromium import Chromium
    from browsing.visits import Visits


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The browser, at rest: a test takes `visits` or `page` instead."""
    from browsing import chromium

    executable = chromium.found()
    if executable is None:
        pytest.skip(chromium.what_is_missing())
    with chromium.started(executable) as running:
        yield running


@pytest.fixture
def visits(chromium: Chromium) -> Iterator[Visits]:
    """Opens pages as one visitor or another; what any page complained of fails the test at its end."""
    from browsing.visits import visiting

    with chromium.awake() as browser, visiting(browser) as visits:
        yield visits


@pytest.fixture
def page(visits: Visits) -> Page:
    """An empty page in a fresh profile: English, 1280 pixels wide, with scripts."""
    return visits.open()
