"""Each example application, started as it says, has its open page, its closed pages and its staff console."""

from __future__ import annotations

import http.client
from base64 import b64encode
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import pytest

from examples.running import EXAMPLES, FRAMEWORKS, STAFF, STARTS, Running, started
from permit_accounts import CONTRACTOR
from permit_accounts.testing.browser import Browser
from permit_accounts.testing.world import PASSWORD, contractor_form, public_form
from permit_accounts.web.request import Request
from permit_accounts.web.response import Response


@pytest.fixture(name="running", scope="module", params=FRAMEWORKS)
def a_running_example(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """An example application that answers."""
    with started(request.param, tmp_path_factory.mktemp(request.param)) as running:
        yield running


class OverHTTP:
    """A browser's requests over a connection: a handler in the place of the pages."""

    paths: frozenset[str] = frozenset()

    def __init__(self, base: str, headers: Mapping[str, str] | None = None) -> None:
        self._address = urlsplit(base).netloc
        self._headers = dict(headers or {})

    def body_limit(self, request: Request) -> int:
        """The example's own adapter has the limit."""
        return 1 << 20

    def is_slow(self, request: Request) -> bool:
        """Nobody asks."""
        return False

    def handle(self, request: Request) -> Response:
        """What came back."""
        connection = http.client.HTTPConnection(self._address, timeout=30)
        target = f"{request.path}?{request.query}" if request.query else request.path
        headers = {**self._headers, **dict(request.headers)}
        if headers.get("origin") == "null":  # Django's own pages send theirs
            headers["origin"] = f"http://{self._address}"
        connection.request(request.method, target, request.body, headers)
        answer = connection.getresponse()
        response = Response(answer.status, tuple(answer.getheaders()), answer.read())
        connection.close()
        return response


def browser_at(running: Running) -> Browser:
    """Somebody at the example, over real HTTP."""
    return Browser(OverHTTP(running.base), running.base)


def registered(running: Running, kind: str, form: dict[str, object]) -> Browser:
    """Somebody who has just set up an account."""
    browser = browser_at(running)
    browser.open(f"/set-up-account/{kind}")
    page = browser.submit("Create account", {**form, "password_again": PASSWORD})
    assert "/account-created" == page.path, page.text
    return browser


def test_the_search_is_open_to_everybody(running: Running) -> None:
    """From the home page, without an account; what was typed comes back as text."""
    browser = browser_at(running)
    browser.open("/")
    assert "/search" == browser.click("Search permits").path
    page = browser.submit("Search", {"Street": "cedar"})
    assert "B26-0107: 18 Cedar Row, Re-roofing" in page.text
    assert "402 Mill Lane" not in page.text
    page = browser.submit("Search", {"Street": "<b>Cedar</b>"})
    assert "No permits were found" in page.text
    assert "<b>" not in page.html


@pytest.mark.attack("WEB-05")
def test_own_permits_are_behind_the_sign_in(running: Running) -> None:
    """Nobody sees them; after signing in one is where one wanted to go, by name."""
    registered(running, "public", public_form("ann"))
    browser = browser_at(running)
    assert browser.open("/permits").path.startswith("/sign-in?next=%2Fpermits")
    page = browser.submit("Login", {"username": "ann", "password": PASSWORD})
    assert ("/permits", 200) == (page.path, page.status)
    assert "Signed in as ann" in page.text
    assert "You have no permits yet." in page.text


@pytest.mark.attack("WEB-09")
def test_no_page_of_the_examples_is_shown_in_a_frame(running: Running) -> None:
    """Neither the portal's own pages nor those beside them, the admin of Django among them."""
    browser = browser_at(running)
    for path in ("/", "/search", "/permits", "/staff", "/admin/login/"):
        assert "DENY" == browser.exchange("GET", path).header("X-Frame-Options"), path


@pytest.mark.attack("WEB-07")
def test_no_cache_gives_ones_own_page_to_another(running: Running) -> None:
    """It is private and varies with who asks."""
    page = registered(running, "public", public_form("dia")).open("/permits")
    assert (200, "private") == (page.status, page.response.header("Cache-Control"))
    assert "Cookie" in page.response.header("Vary")


@pytest.mark.attack("LIC-02")
def test_only_a_verified_license_lets_one_apply(running: Running) -> None:
    """Not a public user, and not a contractor before staff have seen the license."""
    assert browser_at(running).open("/permits/new").path.startswith("/sign-in")
    page = registered(running, "public", public_form("bea")).open("/permits/new")
    assert (403, "For licensed contractors") == (page.status, page.title.partition(" –")[0])

    contractor = registered(running, "contractor", contractor_form("1012345"))
    assert 403 == contractor.open("/permits/new").status
    running.desk().approve("1012345", "1012345", CONTRACTOR, reason="pocket card seen")
    page = contractor.open("/permits/new")
    assert 200 == page.status
    assert "Your license is verified" in page.text


@pytest.mark.attack("SESS-13")
def test_somebody_disabled_is_out_of_the_examples_own_pages(running: Running) -> None:
    """At the next request."""
    browser = registered(running, "public", public_form("cem"))
    assert 200 == browser.open("/permits").status
    running.desk().disable("cem", "public", reason="asked for by telephone")
    assert browser.open("/permits").path.startswith("/sign-in")


def test_mail_is_on_its_way_without_anybody_asking(running: Running) -> None:
    """The example itself delivers: the confirmation of a new account becomes a file."""
    registered(running, "public", public_form("dora"))
    running.until(lambda: bool(running.mails_to("dora@mail.example.org")))


@pytest.mark.attack("CFG-01")
def test_the_console_is_for_the_staff_of_the_host(running: Running) -> None:
    """Nobody, and nobody signed in to an account, is let in; a member of the host's own staff is."""
    for browser in (browser_at(running), registered(running, "public", public_form("eva"))):
        page = browser.open("/staff")
        assert ({"django": 403}.get(running.framework, 401)) == page.status
        assert not page.forms or running.framework == "django"

    browser = browser_at(running)
    name, password = STAFF
    if running.framework == "django":
        page = browser.open("/admin/login/?next=/staff")
        (form,) = page.forms
        hidden = [(control.name, control.value) for control in form.controls if control.type == "hidden"]
        browser.press(form, [*hidden, ("username", name), ("password", password)])
    else:
        wrong, right = (b64encode(f"{name}:{word}".encode()).decode() for word in ("desk", password))
        assert 401 == browser.exchange("GET", "/staff", headers=(("authorization", f"Basic {wrong}"),)).status
        browser = Browser(OverHTTP(running.base, {"authorization": f"Basic {right}"}), running.base)
        browser.open("/staff")
    assert ("/staff", 200) == (browser.page.path, browser.page.status)


def test_the_commands_stand_in_the_docstring() -> None:
    """What the tests start is what a reader is told to type."""
    told = {
        "flask": ("portal.py", "flask --app portal run --port 8000"),
        "fastapi": ("portal.py", "uvicorn portal:app --port 8000 --no-proxy-headers"),
        "django": ("manage.py", "python manage.py runserver"),
    }
    for framework, (file, command) in told.items():
        folder, words, _ = STARTS[framework]
        assert f"\n    {command}\n" in (EXAMPLES / folder / file).read_text(encoding="utf-8")
        typed = command.removeprefix("python ").split()
        tested = [word.format(port=8000) for word in words if word not in ("-m", "--noreload")]
        assert typed == tested[: len(typed)]
