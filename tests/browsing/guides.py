"""What a person does who has one of the guides on the table and the portal in a browser, in any language.

In English every caption is the guide's own, letter for letter; in other languages it is the catalog's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from playwright.sync_api import Locator, Page, expect

from examples.running import Running
from permit_accounts.testing.world import PASSWORD
from permit_accounts.texts import TomlCatalog

#: The captions that the guides print, by the key of the text that has to say so.
PRINTED: Final[Mapping[str, str]] = {
    "web.layout.home": "Home",
    "web.layout.set-up-account": "Setup an Account",
    "web.layout.sign-in": "Login",
    "web.layout.remember-me": "Remember me",
    "web.layout.forgot-password": "Forgot Password",
    "web.register-public.title": "Create a New Public User Account",
    "web.register-contractor.title": "Create New Contractor Account",
    "web.account-created.continue": "CONTINUE",
    "web.dashboard.title": "Dashboard",
}
NEW_PASSWORD: Final = "nine copper kettles whistle"
ANSWER: Final = "the marching band"
#: Each visible field whose label begins with an asterisk: its name and its type, in the order of the page.
_STARRED: Final = """() => {
    const labels = [...document.querySelectorAll("main :is(label, legend)")]
        .filter(label => label.querySelector(".star")?.checkVisibility());
    if (!labels.every(label => label.innerText.startsWith("*"))) throw new Error("not in front");
    return labels.map(label => label.control ?? label.parentElement.querySelector("input"))
        .map(field => [field.name, field.type]);
}"""
#: What a person knows of themselves, by the names of the fields.
COMMON: Final[Mapping[str, str]] = {
    "phone": "(323) 555-0100",
    "address": "1 Sample Street",
    "city": "Sampleton",
    "state": "CA",
    "postal_code": "90069",
    "question": "first-concert",
    "answer": ANSWER,
    "first_name": "Ann",
    "last_name": "Sample",
    "business_name": "Sample Builders",
    "contact_name": "Sam Sample",
    "license_classes": "B",
    "license_expires_on": "2029-06-30",
    "business_type": "corporation",
    "has_employees": "no",
    "workers_comp_carrier": "Sample Mutual",
    "workers_comp_policy": "WC-200311",
    "workers_comp_expires_on": "2029-01-31",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


class Person:
    """Somebody at an example portal, with a guide.

    Args:
        page: The tab.
        portal: The example.
        language: Which language the browser asks for.
        scripts: Whether the browser runs the pages' scripts.
    """

    def __init__(self, page: Page, portal: Running, language: str, *, scripts: bool) -> None:
        self.page = page
        self.portal = portal
        self.scripts = scripts
        self._language = language
        self._catalog = TomlCatalog()

    @property
    def _is_narrow(self) -> bool:
        """Whether the header stands in one column, so that nothing in it is left or right."""
        return _width(self.page) < 700

    def words(self, key: str) -> str:
        """The caption: as it is printed in the guide, or in the person's own language."""
        if self._language == "en" and key in PRINTED:
            return PRINTED[key]
        return self._catalog.text(key, self._language, {})

    def opens(self, path: str = "/") -> None:
        """Go to a page, in the language that the browser asks for."""
        self.page.goto(f"{self.portal.base}{path}")
        expect(self.page.locator("html")).to_have_attribute("lang", self._language)

    def selects(self, key: str) -> None:
        """Select a link or a button of the header by its caption."""
        self.page.get_by_role("banner").get_by_role("link", name=self.words(key), exact=True).click()

    def chooses_to_set_up(self, kind: str) -> None:
        """STEP 1 and 2: Setup an Account, in the upper left, and the button of the kind."""
        self.opens()
        link = self.page.get_by_role("link", name=self.words("web.layout.set-up-account"), exact=True).first
        assert self._is_narrow or _middle(link)[0] < _width(self.page) / 2, "it is not on the left"
        self.selects("web.layout.set-up-account")
        self.page.locator(f"main a[href='/set-up-account/{kind}']").click()

    def enters(self, **values: str) -> None:
        """Enter all information that is preceded by an asterisk, and nothing else."""
        known = {**COMMON, **values}
        self.page.wait_for_load_state()  # on a busy machine a label is there before its field is
        starred = self.page.evaluate(_STARRED)
        assert starred, "no field has an asterisk"
        for name, kind in starred:
            field = self.page.locator(f"main [name={name}]")
            if kind == "radio":
                self.page.locator(f"main [name={name}][value={known[name]}]").check()
            elif kind == "select-one":
                field.select_option(known[name])
            else:
                field.fill(known[name])

    def presses(self, button: str = "main form button.primary") -> None:
        """Select the button at the bottom of the page."""
        self.page.locator(button).click()

    def is_on(self, key: str) -> None:
        """The page with this heading."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.words(key))

    def is_on_the_dashboard_as(self, username: str) -> None:
        """Logged in, with the username in the upper right corner."""
        self.is_on("web.dashboard.title")
        assert self.page.url == f"{self.portal.base}/dashboard"
        shown = self.page.get_by_role("banner").get_by_text(username, exact=True)
        x, y = _middle(shown)
        assert self._is_narrow or x > _width(self.page) / 2, "the username is not on the right"
        assert self._is_narrow or y < 200, "the username is not at the top"

    def goes_on(self) -> None:
        """The confirmation screen, and CONTINUE."""
        self.is_on("web.account-created.title")
        self.page.get_by_role("link", name=self.words("web.account-created.continue"), exact=True).click()

    def logs_in(self, kind: str, username: str, password: str) -> None:
        """By the drop-down in the header of the home page."""
        self.opens()
        form = self.page.locator("header form.login")
        form.get_by_role("combobox").select_option(kind)
        form.locator("[name=username]").fill(username)
        form.locator("[name=password]").fill(password)
        form.get_by_role("button", name=self.words("web.layout.sign-in"), exact=True).click()

    def logs_out(self) -> None:
        """By the button beside the username."""
        self.page.get_by_role("button", name=self.words("web.layout.sign-out"), exact=True).first.click()

    def confirms(self, address: str) -> None:
        """Open the link of the first e-mail, and press its button."""
        self.page.goto(self.portal.mailed_link(address, "/confirm-email"))
        self.presses()

    def forgets_the_password(self, kind: str, identifier: str, address: str) -> None:
        """Forgot Password at the top right; the e-mail; and a new password behind its link."""
        self.opens()
        link = self.page.get_by_role("banner").get_by_role(
            "link", name=self.words("web.layout.forgot-password"), exact=True
        )
        assert self._is_narrow or _middle(link)[0] > _width(self.page) / 2, "it is not on the right"
        link.click()
        self.is_on("web.layout.forgot-password")
        kinds = self.page.locator("main [name=account_type]")
        if kinds.first.get_attribute("type") == "radio":
            self.page.locator(f"main [name=account_type][value={kind}]").check()
        else:
            kinds.select_option(kind)
        self.page.locator("main [name=identifier]").fill(identifier)
        self.presses()
        expect(self.page.locator(".status-note")).to_be_visible()
        self.page.goto(self.portal.mailed_link(address, "/reset-password"))
        assert "token" not in self.page.url
        self.enters(password=NEW_PASSWORD, password_again=NEW_PASSWORD)
        self.presses()
        expect(self.page.locator(".status-note")).to_be_visible()


def _middle(part: Locator) -> tuple[float, float]:
    box = part.bounding_box()
    assert box is not None, "it is not to be seen"
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _width(page: Page) -> int:
    size = page.viewport_size
    assert size is not None
    return size["width"]
