"""Visits to pages: as whom one comes, and what a page may not do while it is looked at.

A page fails its test if it reports an error on the console, raises one, breaks its own content security
policy, asks anybody but a loopback server for something, or misses a part of itself; a server, if it answers
with a fault of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

import attrs
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    WebError,
    expect,
)

#: Said of any answer above 399. A refusal is right for a document, and the rest is noticed in `_answered`.
STATUS = "Failed to load resource: the server responded with a status of"
#: Milliseconds until something has failed that does not come: a machine with much to do hashes for seconds.
PATIENCE = 30_000
NO_NETWORK = ("data", "blob", "about")


@attrs.frozen(kw_only=True)
class Visitor:
    """A person with a device.

    Args:
        width: Of the window, in pixels before zooming. 320 is the narrowest of WCAG 2.2, 1.4.10.
        height: Of the window.
        scripts: Whether pages may run theirs.
        locale: The language that the browser asks for.
        color_scheme: What the person prefers.
        reduced_motion: What the person prefers.
        zoom: 2 is the 200 % of WCAG 2.2, 1.4.4: half as many CSS pixels, each twice as large.
    """

    width: int = 1280
    height: int = 800
    scripts: bool = True
    locale: str = "en-US"
    color_scheme: Literal["light", "dark"] = "light"
    reduced_motion: Literal["reduce", "no-preference"] = "no-preference"
    zoom: int = 1


class Visits:
    """All visits of one test, each with cookies of its own.

    Attributes:
        complaints: What was wrong with any page so far. A test that expects a complaint takes it out.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def open(self, visitor: Visitor | None = None) -> Page:
        """An empty page in a fresh profile."""
        who = visitor or Visitor()
        context = self._browser.new_context(
            viewport={"width": who.width // who.zoom, "height": who.height // who.zoom},
            device_scale_factor=who.zoom,
            java_script_enabled=who.scripts,
            locale=who.locale,
            color_scheme=who.color_scheme,
            reduced_motion=who.reduced_motion,
            service_workers="block",
        )
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        context.on("console", self._said)
        context.on("weberror", self._raised)
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("requestfailed", self._unanswered)
        return context.new_page()

    def close(self) -> None:
        """End every visit; what the pages still had to say is heard."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(STATUS):
            place = message.location
            self.complaints.append(
                f"console: {message.text} ({place.get('url', '')}:{place.get('lineNumber', 0)})"
            )

    def _raised(self, error: WebError) -> None:
        self.complaints.append(f"script: {error.error}")

    def _asked(self, request: Request) -> None:
        if not _is_own(request.url):
            self.complaints.append(f"asked a stranger: {request.url}")

    def _answered(self, response: Response) -> None:
        document = response.request.resource_type == "document"
        if response.status >= (500 if document else 400):
            self.complaints.append(f"answered with {response.status}: {response.url}")

    def _unanswered(self, request: Request) -> None:
        # Whatever gives way to another navigation is given up without anything being wrong.
        if request.resource_type != "document" and request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"not loaded: {request.url} ({request.failure})")


@contextmanager
def visiting(browser: Browser) -> Iterator[Visits]:
    """Visits with this browser, which fail at the end if a page complained."""
    visits = Visits(browser)
    expect.set_options(timeout=PATIENCE)
    try:
        yield visits
    finally:
        visits.close()
    if visits.complaints:
        pytest.fail("the pages complained:\n" + "\n".join(visits.complaints), pytrace=False)


def _is_own(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme in NO_NETWORK or parts.hostname == "localhost":
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
