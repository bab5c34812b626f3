"""The one real browser of a test run: where it is found, how it is started, and how it rests between tests.

Playwright's synchronous calls run an event loop inside the thread that called, and mark it as running there
for as long as the browser lives. A later test of the same process that calls `asyncio.run` would be refused.
So the mark is set while a test has the browser awake, and taken away in between.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
from playwright.sync_api import Browser, sync_playwright

VARIABLE = "PERMIT_ACCOUNTS_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome")
#: No name but the loopback's is resolved: what a page asks of others is noticed and reaches nobody.
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
#: Without a sandbox it also runs as root in a container; the pages that it sees are our own.
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    ALONE,
)


def found() -> str | None:
    """The path of a browser on this machine; `PERMIT_ACCOUNTS_CHROMIUM` goes before those on PATH."""
    given = os.environ.get(VARIABLE)
    if given:
        return given if Path(given).is_file() else shutil.which(given)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def what_is_missing() -> str:
    """What to install, for a person whose tests of pages were skipped."""
    return (
        "no browser for the tests of the pages: install Chromium (Debian: apt-get install chromium), "
        f"or name an executable in {VARIABLE}"
    )


@attrs.frozen(eq=False)
class Chromium:
    """A browser that was started, and the event loop that its calls run."""

    browser: Browser
    _loop: asyncio.AbstractEventLoop

    @contextmanager
    def awake(self) -> Iterator[Browser]:
        """The browser for as long as a test needs it; afterwards the thread is free for other loops."""
        asyncio._set_running_loop(self._loop)
        try:
            yield self.browser
        finally:
            asyncio._set_running_loop(None)


@contextmanager
def started(executable: str) -> Iterator[Chromium]:
    """A browser with a profile of its own, at rest; it ends with the block."""
    playwright = sync_playwright().start()
    chromium = None
    try:
        loop = asyncio.get_running_loop()
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        chromium = Chromium(browser, loop)
        asyncio._set_running_loop(None)
        yield chromium
    finally:
        if chromium is not None:
            with chromium.awake() as browser:
                browser.close()
                playwright.stop()
        else:
            playwright.stop()
            asyncio._set_running_loop(None)
