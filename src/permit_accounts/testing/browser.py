"""Browser: a person at the pages, without a network: cookies, redirects, and forms filled in by their labels.

It knows as much of HTML as forms and links need and runs no scripts, so it sees what a person without
JavaScript sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

import attrs

from permit_accounts.web.request import Handler, Request
from permit_accounts.web.response import Response

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS: Final = 10


@attrs.define
class Control:
    """A field of a form, or one of its buttons, as the page has it."""

    name: str
    type: str
    value: str = ""
    checked: bool = False
    label: str = ""
    id: str = ""
    choices: dict[str, str] = attrs.field(factory=dict)


@attrs.define
class PageForm:
    """A form as the page has it."""

    action: str
    method: str
    controls: list[Control] = attrs.field(factory=list)


@attrs.frozen
class Page:
    """What came back: where one is, the answer itself, and what can be done there."""

    path: str
    response: Response
    text: str
    title: str
    forms: tuple[PageForm, ...]
    links: tuple[tuple[str, str], ...]

    @property
    def status(self) -> int:
        """The status of the answer."""
        return self.response.status

    @property
    def html(self) -> str:
        """The page's source."""
        return self.response.body.decode("utf-8")


class Browser:
    """One person's browser at one site.

    Args:
        handler: The pages.
        base_url: Where they are, as `Policy.base_url` says.
        peer: The address it connects from.
        language: What its `Accept-Language` says.
    """

    def __init__(
        self, handler: Handler, base_url: str, *, peer: str = "192.0.2.1", language: str = "en-US,en;q=0.9"
    ) -> None:
        parts = urlsplit(base_url)
        self.handler: Final = handler
        self.peer = peer
        self.language = language
        self.cookies: dict[str, str] = {}
        self.page: Page
        self._host = parts.netloc
        self._origin = f"{parts.scheme}://{parts.netloc}"

    def open(self, address: str) -> Page:
        """Open an address of the site, and follow where it leads."""
        return self._follow(self.exchange("GET", address), address)

    def click(self, words: str) -> Page:
        """Follow the link with these words."""
        return self.open(next(path for label, path in self.page.links if label == words))

    def submit(self, button: str, values: Mapping[str, object] | None = None) -> Page:
        """Fill in the form that has this button, and press it.

        Args:
            button: The button's words.
            values: By label or by name; a box is ticked by True. What is not named stays as the page has it.
        """
        form = next(form for form in self.page.forms if _button(form, button) is not None)
        filled = dict(values or {})
        pairs = []
        for control in form.controls:
            named = control.label if control.label in filled else control.name
            wanted = filled.pop(named, None) if named in filled else None
            pairs += _pairs(control, wanted, pressed=control is _button(form, button))
        if filled:
            raise LookupError(f"the form has no field {', '.join(map(repr, filled))}")
        return self.press(form, pairs)

    def press(self, form: PageForm, pairs: list[tuple[str, str]]) -> Page:
        """Send a form of the page with these pairs, whatever it asks for, and follow where it leads."""
        action = urljoin(self.page.path, form.action)
        if form.method == "get":
            return self.open(f"{action.partition('?')[0]}?{urlencode(pairs)}")
        return self._follow(self.post(action, pairs), action)

    def post(self, address: str, pairs: list[tuple[str, str]]) -> Response:
        """Send a form as a browser does, without following where it leads."""
        headers = (
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", "null"),  # as pages without a referrer send it
            ("sec-fetch-site", "same-origin"),
        )
        return self.exchange("POST", address, headers=headers, body=urlencode(pairs).encode("ascii"))

    def exchange(
        self,
        method: str,
        address: str,
        *,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> Response:
        """One request with this browser's cookies; what the answer sets is kept."""
        parts = urlsplit(address)
        own = [("host", self._host), ("accept-language", self.language), ("user-agent", "Browser")]
        if self.cookies:
            own.append(("cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items())))
        request = Request(
            method=method,
            path=parts.path or "/",
            query=parts.query,
            headers=(*own, *headers),
            peer=self.peer,
        )
        fits = len(body) <= self.handler.body_limit(request)
        response = self.handler.handle(request.with_body(body if fits else None))
        self._keep(response)
        return response

    def _keep(self, response: Response) -> None:
        for name, value in response.headers:
            if name.lower() == "set-cookie":
                pair, *attributes = value.split("; ")
                cookie, _, text = pair.partition("=")
                if "Max-Age=0" in attributes:
                    self.cookies.pop(cookie, None)
                else:
                    self.cookies[cookie] = text

    def _follow(self, response: Response, address: str) -> Page:
        for _ in range(_MOST_REDIRECTS):
            if response.status not in _REDIRECTS:
                self.page = _read(address, response)
                return self.page
            address = urljoin(address, response.header("location")).removeprefix(self._origin)
            response = self.exchange("GET", address)
        raise RuntimeError(f"{address} leads round in circles")


def _button(form: PageForm, words: str) -> Control | None:
    return next((c for c in form.controls if c.type == "submit" and c.label == words), None)


def _pairs(control: Control, wanted: object, *, pressed: bool) -> list[tuple[str, str]]:
    """What this control adds to the form that is sent."""
    if not control.name:
        return []
    if control.type == "submit":
        return [(control.name, control.value)] if pressed else []
    if control.type in ("checkbox", "radio"):
        ticked = control.checked if wanted is None else wanted in (True, control.value, control.label)
        return [(control.name, control.value)] if ticked else []
    if control.type == "select" and wanted is not None:
        by_label = {label: value for value, label in control.choices.items()}
        return [(control.name, by_label.get(str(wanted), str(wanted)))]
    return [(control.name, control.value if wanted is None else str(wanted))]


def _read(address: str, response: Response) -> Page:
    reader = _Reader()
    if response.header("content-type").startswith("text/html"):
        reader.feed(response.body.decode("utf-8"))
    for form in reader.forms:
        for control in form.controls:
            control.label = control.label or " ".join(reader.labels.get(control.id, "").split())
    links = tuple((" ".join(words.split()), path) for words, path in reader.links)
    text = " ".join("".join(reader.text).split())
    return Page(address, response, text, " ".join(reader.title.split()), tuple(reader.forms), links)


class _Reader(HTMLParser):
    """Finds forms, labels and links. What screen readers alone are told, or nobody, is no part of a label."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.labels: dict[str, str] = {}
        self.links: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.title = ""
        self._inside: list[tuple[str, bool]] = []
        self._label = self._option = ""
        self._link: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        found = {name: value or "" for name, value in attrs}
        if tag not in ("input", "img", "meta", "link", "br", "hr"):
            unsaid = "visually-hidden" in found.get("class", "") or found.get("aria-hidden") == "true"
            self._inside.append((tag, unsaid))
        if tag == "form":
            self.forms.append(PageForm(found.get("action", ""), found.get("method", "get").lower()))
        elif tag == "label":
            self._label = found.get("for", "")
        elif tag == "a":
            self._link = found.get("href", "")
            self.links.append(("", self._link))
        elif self.forms and tag in ("input", "select", "button"):
            kind = {"select": "select", "button": found.get("type", "submit")}.get(
                tag, found.get("type", "text")
            )
            control = Control(found.get("name", ""), kind, found.get("value", ""), id=found.get("id", ""))
            control.checked = "checked" in found
            self.forms[-1].controls.append(control)
        elif tag == "option" and self.forms:
            self._option = found.get("value", "")
            control = self.forms[-1].controls[-1]
            control.choices[self._option] = ""
            if "selected" in found or len(control.choices) == 1:
                control.value = self._option

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        while self._inside and self._inside.pop()[0] != tag:
            pass
        if tag == "label":
            self._label = ""
        elif tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        """Words of the page."""
        tags = [tag for tag, _ in self._inside]
        self.title += data if "title" in tags else ""
        self.text.append(data if "title" not in tags else "")
        if any(unsaid for _, unsaid in self._inside):
            return
        if self._label:
            self.labels[self._label] = self.labels.get(self._label, "") + data
        if self._link is not None:
            self.links[-1] = (self.links[-1][0] + data, self._link)
        if not self.forms:
            return
        control = self.forms[-1].controls[-1] if self.forms[-1].controls else None
        if control is not None and tags and tags[-1] == "option":
            control.choices[self._option] = " ".join((control.choices[self._option] + data).split())
        elif control is not None and "button" in tags:
            control.label = " ".join((control.label + data).split())
