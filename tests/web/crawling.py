"""A crawler: it follows every link from where it begins, and says of each page what every page must have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urldefrag, urljoin

import attrs

from permit_accounts.testing.browser import Browser, Page, PageForm

#: What is no page to visit: where files are, other schemes, and what a program asks for.
_ELSEWHERE: Final = re.compile(r"^(?:tel|mailto|https?):|/static/|/api/")
#: Texts that no form expects: markup, a query, control characters, directions, other scripts, and too much.
ODD: Final = (
    "<script>alert(1)</script>\"'>",
    "' OR 1=1 --",
    "\x00\x1b[31m\r\nSet-Cookie: a=b",
    "‮evil‬ \U0001f3d7",
    "Ω≈ç√∫ 施工許可 строительство",
    "-1",
    "%2e%2e%2f{{7*7}}${7*7}",
    "x" * 4_000,
)


@attrs.frozen
class Sent:
    """A form that a page had, and where the page was."""

    page: str
    form: PageForm


def pages_from(browser: Browser, starts: Iterable[str], *, below: str = "/") -> Iterator[Page]:
    """Every page that links lead to, each once, whatever its query.

    Args:
        browser: Whose.
        starts: Where one begins.
        below: What the path of a page begins with whose link is followed.

    Raises:
        LookupError: A link leads nowhere. Where one starts may be an address that needs more to be a page.
    """
    waiting, seen = list(starts), set[str]()
    linked: dict[str, str] = {}
    while waiting:
        address = waiting.pop(0)
        if _plain(address) in seen:
            continue
        seen.add(_plain(address))
        page = browser.open(address)
        if page.status == 404 and address in linked:
            raise LookupError(f"{linked[address]} has a link to {address}, where nothing is")
        yield page
        found = [to for to in addresses(page) if to.startswith(below) and _plain(to) not in seen]
        linked.update(dict.fromkeys(found, page.path))
        waiting += found


def addresses(page: Page) -> list[str]:
    """Where a page's links lead, within the pages."""
    found = [urldefrag(urljoin(page.path, to)).url for _, to in page.links if not to.startswith("#")]
    return [to for to in found if not _ELSEWHERE.search(to)]


def faults(page: Page) -> list[str]:
    """What the page lacks that every page has, and what it has that none may have."""
    if page.status >= 500:
        return [f"{page.path} answers {page.status}"]
    if not page.response.header("content-type").startswith("text/html"):
        return []
    found = []
    if not re.search(r'<html lang="[a-z]{2}">', page.html):
        found.append("has no language")
    if not page.title.strip():
        found.append("has no title")
    if 1 != len(re.findall(r"<h1[ >]", page.html)):
        found.append("has not one heading of the first level")
    ids = re.findall(r'\sid="([^"]+)"', page.html)
    found += [f"has the id {each} twice" for each in sorted({one for one in ids if ids.count(one) > 1})]
    found += [
        f"points to #{to[1:]}, which is not there"
        for _, to in page.links
        if to[:1] == "#" and to[1:] not in ids
    ]
    found += [f"has a link to {to} without words" for words, to in page.links if not words]
    for form in page.forms:
        found += [
            f"has a field {control.name} without a label"
            for control in form.controls
            if control.type != "hidden" and not control.label
        ]
    return [f"{page.path} {fault}" for fault in found]


def filled(form: PageForm, text: str) -> list[tuple[str, str]]:
    """What is sent where a person enters the same text everywhere; what is hidden stays as it is."""
    return [
        (control.name, control.value if control.type in ("hidden", "submit") else text)
        for control in form.controls
        if control.name
    ]


def _plain(address: str) -> str:
    return address.partition("?")[0]
