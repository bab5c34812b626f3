"""A city's pages in memory, and people in front of them."""

from __future__ import annotations

import re

from permit_accounts.testing.browser import Browser
from permit_accounts.testing.world import PASSWORD, World, public_form
from permit_accounts.web import Site


class City:
    """A city's library in memory, with its site and as many browsers as are asked for."""

    def __init__(self, policy=None, *, store=None, **settings):
        self.world = World(policy, store=store)
        self.site = Site(self.world.accounts, **settings)

    def browser(self, **who):
        """Somebody who has not been here before."""
        return Browser(self.site, self.world.policy.base_url, **who)

    def signed_in(self, username="ann", **who):
        """Somebody with an account, who registered just now."""
        browser = self.browser(**who)
        browser.open("/set-up-account/public")
        form = public_form(username)
        browser.submit("Create account", {**form, "password_again": form["password"]})
        assert "/account-created" == browser.page.path, browser.page.text
        return browser


def csrf_of(page):
    """The token in a page's forms."""
    return re.search(r'name="csrf_token" value="([^"]+)"', page.html)[1]


def send(browser, **values):
    """Fill in the form of the page that has these fields, in whatever language, and send it by its button."""
    forms = [form for form in browser.page.forms if form.action not in ("/sign-out", "/language")]
    form = next(form for form in forms if values.keys() <= {control.name for control in form.controls})
    button = next(control for control in form.controls if control.type == "submit")
    return browser.submit(button.label, values)


__all__ = ["PASSWORD", "City", "csrf_of", "send"]
