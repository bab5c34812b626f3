"""What the script adds to the pages, in a real browser under the policy that forbids everything inline."""

from __future__ import annotations

import re
import shutil
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

import permit_accounts.web
from web.sample_page import choice, field, idle, page, signed_in

STATIC = Path(permit_accounts.web.__file__).parent / "static"
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
HOME = "http://portal.test/portal/home"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
PROBLEMS = [SimpleNamespace(field_id="f-email", label="E-mail", text="Enter one e-mail address.")]

#: What is looked at each time: every language, width and scheme at least once.
EACH_RUN = {("en", 320, "light"), ("es", 1280, "light"), ("ru", 320, "dark")}
#: The browser looks at what faster tests cover.
pytestmark = pytest.mark.usefixtures("unmeasured")


class Portal:
    """One tab, the page that it is shown, and what the tab has sent."""

    def __init__(self, tab):
        self.tab = tab
        self.text = ""
        self.sent = []
        self.asked = 0
        self.answer = None
        self.complaints = []
        tab.route("**/*", self._route)
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))

    def show(self, text):
        self.text = text
        self.tab.goto(HOME)
        return self.tab

    def said(self):
        return self.tab.inner_text("#announcement")

    def _route(self, route):
        path = route.request.url.removeprefix("http://portal.test/portal/")
        if route.request.method == "POST":
            self.sent.append((path, route.request.post_data))
        if path == "api/session":
            self.asked += 1
            if self.answer is None:
                route.abort()
            else:
                route.fulfill(**self.answer)
        elif path == "file":
            route.fulfill(body="{}", headers={"Content-Disposition": 'attachment; filename="account.json"'})
        elif path.startswith("static/"):
            file = STATIC / Path(path).name
            route.fulfill(body=file.read_bytes(), content_type=KINDS[file.suffix])
        else:
            text = self.text if path == "home" else "<!doctype html><title>next</title>"
            route.fulfill(
                body=text,
                content_type="text/html; charset=utf-8",
                headers={"Content-Security-Policy": POLICY},
            )


@pytest.fixture(scope="module")
def browser():
    """Chromium, as the machine has it."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def portal(browser):
    context = browser.new_context(locale="en-US")
    shown = Portal(context.new_page())
    yield shown
    context.close()
    assert [] == shown.complaints


def test_focus_goes_to_the_problems(portal):
    """A form that came back is read from its problems on, and each leads to its field (WCAG 2.2, 3.3.1)."""
    tab = portal.show(page(field(problem="Enter one e-mail address."), problems=PROBLEMS))
    assert "error-summary" == tab.evaluate("document.activeElement.id")

    tab.get_by_role("link", name="Enter one e-mail address.").click()
    assert "f-email" == tab.evaluate("document.activeElement.id")


def test_password_is_shown_and_hidden_before_it_is_sent(portal):
    """One button shows it and says so; what is sent comes from a password field again."""
    tab = portal.show(page(field(type="password", id="f-password", name="password")))
    secret = tab.locator("#f-password")
    secret.fill("a long sentence")
    form = tab.locator("main form")
    form.get_by_role("button", name="Show password").click()
    assert ("text", "The password is shown.") == (secret.get_attribute("type"), portal.said())

    tab.evaluate(
        "document.querySelector('main form').addEventListener('submit', event => event.preventDefault())"
    )
    form.get_by_role("button", name="Send").click()
    assert "password" == secret.get_attribute("type")
    assert 1 == form.get_by_role("button", name="Show password").count()


def test_label_of_the_username_follows_the_drop_down(portal):
    """A contractor is told at once what the username is."""
    tab = portal.show(page())
    label = tab.locator("#login-username-label")
    assert "Username" == label.inner_text()

    tab.get_by_label("Account type").select_option("contractor")
    assert "Username (your contractor license number)" == label.inner_text()


def test_field_that_does_not_apply_is_not_sent(portal):
    """Both parts of a rule have to hold; hidden, the field is no part of the form, and back it is again."""
    kind = field(type="select", id="f-kind", name="kind", choices=[choice("a"), choice("b"), choice("c")])
    staff = field(type="radio", id="f-staff", name="staff", choices=[choice("yes"), choice("no")])
    tab = portal.show(page(kind, staff, field(value="x"), more={"shown_when": "kind=a|b; staff=yes"}))
    shown = []
    for chosen, answer in (("a", "No"), ("a", "Yes"), ("b", "Yes"), ("c", "Yes")):
        tab.locator("#f-kind").select_option(chosen)
        tab.get_by_label(answer, exact=True).check()
        shown.append(tab.locator("#f-email").is_visible())
    assert [False, True, True, False] == shown

    tab.get_by_role("button", name="Send").click()
    tab.wait_for_url("**/form")
    assert [("form", "csrf_token=form-token&kind=c&staff=yes")] == portal.sent


def test_second_click_is_not_sent(portal):
    """A form is sent once, however often its button is pressed, and can be sent again after going back."""
    tab = portal.show(page(field(value="x")))
    assert [1, "true"] == tab.evaluate(
        """() => {
            const form = document.querySelector('main form');
            const button = form.querySelector('.primary');
            let sent = 0;
            form.addEventListener('submit', (event) => { if (!event.defaultPrevented) sent += 1; });
            form.requestSubmit(button);
            form.requestSubmit(button);
            return [sent, button.getAttribute('aria-disabled')];
        }"""
    )
    tab.wait_for_url("**/form")

    tab.go_back()
    tab.get_by_role("button", name="Send").click()
    tab.wait_for_url("**/form")
    assert 2 == len(portal.sent)


def test_a_file_can_be_asked_for_again(portal):
    """Its answer leaves the page as it stands, so that its button has to stay good."""
    tab = portal.show(page(field(value="x")).replace('/portal/form"', '/portal/file" data-download'))
    for _ in range(2):
        with tab.expect_download() as download:
            tab.get_by_role("button", name="Send").click()
        assert "account.json" == download.value.suggested_filename
    assert 2 == len(portal.sent)
    assert None is tab.get_by_role("button", name="Send").get_attribute("aria-disabled")


def test_button_for_printing_is_there_with_the_script_alone(portal):
    """Without the script it would do nothing, so it is hidden until then."""
    button = '<button type="button" data-print hidden>Print</button></main>'
    tab = portal.show(page().replace("</main>", button))
    tab.evaluate("window.print = () => { document.title = 'printed'; }")

    tab.get_by_role("button", name="Print").click()
    assert "printed" == tab.title()


def answered(seconds=1800, *, account="a1", extendable=True):
    """What the portal says of the session, as `GET api/session` does."""
    said = {"account": {"id": account}, "seconds_left": seconds, "can_be_extended": extendable}
    return {"json": {"signed_in": True, **said}}


def warned(portal, left=None):
    """A page of somebody signed in, at the moment when the warning appears: 28 of 30 minutes are over."""
    portal.tab.clock.install()
    portal.answer = answered()
    tab = portal.show(signed_in(left))
    tab.clock.fast_forward(27 * 60 * 1000)
    assert not tab.locator("dialog").is_visible()
    tab.clock.fast_forward(61 * 1000)
    tab.locator("dialog").wait_for()
    return tab


def ended(portal):
    """From now on the page, asked for again, leads elsewhere, as one does whose session is over."""
    portal.text = "<!doctype html><title>Login</title>"


def is_led_away(portal):
    expect(portal.tab).to_have_title("Login")  # nothing is evaluated in the page, whose policy forbids it
    return portal.tab.url == HOME


def test_session_goes_on_as_often_as_wanted(portal):
    """The warning comes in time, one press puts the end off, and it comes again (WCAG 2.2, 2.2.1)."""
    tab = warned(portal)
    assert re.fullmatch(r"[12]:[05]\d", tab.inner_text(".clock"))
    assert "Stay signed in" == tab.evaluate("document.activeElement.textContent")

    for press in ("Enter", "Escape", "Enter"):
        tab.keyboard.press(press)
        tab.locator("dialog").wait_for(state="hidden")
        assert "You are still signed in." == portal.said()
        tab.clock.fast_forward(29 * 60 * 1000)
        tab.locator("dialog").wait_for()
    assert (3, []) == (portal.asked, portal.sent)


@pytest.mark.attack("SESS-12")
def test_session_lasts_as_long_as_the_portal_says(portal):
    """Where the absolute end is the nearer, the count begins at that and not at the idle limit."""
    tab = warned(portal)
    portal.answer = answered(300, extendable=False)
    tab.keyboard.press("Enter")
    tab.locator("dialog").wait_for(state="hidden")
    tab.clock.fast_forward(170 * 1000)
    assert not tab.locator("dialog").is_visible()

    tab.clock.fast_forward(12 * 1000)
    tab.get_by_role("dialog", name="You will be signed out soon").wait_for()


def test_an_end_that_cannot_be_put_off_is_told_once(portal):
    """It says so, offers no button for it, and lets the person save what they have, until it is over."""
    tab = warned(portal, idle(can_be_extended=False))
    dialog = tab.get_by_role("dialog", name="You will be signed out soon")
    assert "this cannot be put off. Send or save what you are working on now" in dialog.inner_text()
    assert ["Back to the page", "Log out"] == dialog.get_by_role("button").all_inner_texts()

    dialog.get_by_role("button", name="Back to the page").click()
    dialog.wait_for(state="hidden")
    tab.clock.fast_forward(30 * 1000)
    assert (False, 0) == (tab.locator("dialog").is_visible(), portal.asked)
    ended(portal)
    tab.clock.fast_forward(95 * 1000)
    assert is_led_away(portal)


def test_escape_takes_the_last_warning_away(portal):
    """There is nothing to put off, so nothing is asked."""
    tab = warned(portal, idle(can_be_extended=False))
    tab.keyboard.press("Escape")
    tab.locator("dialog").wait_for(state="hidden")
    assert 0 == portal.asked


@pytest.mark.attack("SESS-12")
def test_session_ends_in_time(portal):
    """After the end nobody reads on what stands on the screen; nothing that is asked puts it off."""
    tab = warned(portal)
    tab.clock.fast_forward(118 * 1000)
    assert tab.locator("dialog").is_visible()
    ended(portal)

    tab.clock.fast_forward(4 * 1000)
    assert is_led_away(portal)
    assert 0 == portal.asked


def test_portal_that_cannot_be_reached_is_told(portal):
    """The person may try again as long as there is time."""
    tab = warned(portal)
    for answer in (None, {"status": 503, "json": {}}, {"body": "<!doctype html>"}):
        portal.answer = answer
        tab.get_by_role("button", name="Stay signed in").click()
        tab.get_by_role("alert").get_by_text("We could not reach the portal.").wait_for()

    portal.answer = answered()
    tab.get_by_role("button", name="Stay signed in").click()
    tab.locator("dialog").wait_for(state="hidden")


@pytest.mark.attack("SESS-11")
@pytest.mark.parametrize("answer", [{"json": {"signed_in": False}}, answered(account="a2")])
def test_session_that_has_ended_elsewhere(portal, answer):
    """Who was signed out, or whose browser is another person's now, is not told that all is well."""
    tab = warned(portal)
    portal.answer = answer
    ended(portal)
    tab.get_by_role("button", name="Stay signed in").click()
    assert is_led_away(portal)


def test_tabs_of_one_person_put_the_end_off_together(portal):
    """A page that is loaded in another tab takes the warning away; that of another person does not."""
    tab = warned(portal)
    other = Portal(tab.context.new_page())
    other.show(signed_in(idle(account_id="a2")))
    tab.clock.run_for(1000)
    assert tab.locator("dialog").is_visible()

    other.show(signed_in())
    tab.locator("dialog").wait_for(state="hidden")


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [
        pytest.param(*look, marks=() if look in EACH_RUN else pytest.mark.long)
        for look in product(("en", "es", "ru"), (320, 1280), ("light", "dark"))
    ],
)
def test_frame_and_parts_are_accessible(browser, width, scheme, language):
    """No rule of WCAG 2.2 AA that a program can check is broken; nothing scrolls sideways or is small."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    long_name = SimpleNamespace(username="W" * 64, type_label="Contractor")
    fields = [
        field(problem="Enter one e-mail address.", hint="Notices go there.", required=True),
        field(type="password", id="f-password", name="password"),
        field(type="radio", id="f-yes", name="yes", choices=[choice("yes"), choice("no")]),
    ]
    for given in ({}, {"account": long_name, "idle": idle()}):
        tab = Portal(context.new_page()).show(page(*fields, problems=PROBLEMS, language=language, **given))

        found = Axe().run(
            tab, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
        )
        assert [] == [rule["id"] for rule in found.response["violations"]]
        assert width == tab.evaluate("document.documentElement.scrollWidth")
        assert [] == tab.evaluate(
            """() => [...document.querySelectorAll('a, button, input, select')]
                .filter((one) => one.offsetParent).map((one) => [one.outerHTML, one.getBoundingClientRect()])
                .filter(([_, box]) => box.width < 24 || box.height < 24).map(([text]) => text)"""
        )
    context.close()
