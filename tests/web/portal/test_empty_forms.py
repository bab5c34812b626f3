"""A form that is sent empty tells all that is missing at once, the second entry and the box too."""

from __future__ import annotations

import re

import pytest

from permit_accounts.testing.world import links_in
from web.pages_at_hand import City

FOR_ANYBODY = (
    ("/sign-in", "Login"),
    ("/set-up-account/public", "Create account"),
    ("/set-up-account/contractor", "Create account"),
    ("/forgot-password", "Send the e-mail"),
    ("/forgot-username", "Send the e-mail"),
    ("/resend-confirmation", "Send the e-mail"),
)
FOR_THE_OWNER = (
    ("/account/password", "Change the password"),
    ("/account/security-question", "Change the security question"),
    ("/account/email", "Send the link"),
    ("/account/licenses", "Add license"),
    ("/account/close", "Close the account"),
    ("/password-again", "Continue"),
)


@pytest.fixture(name="city")
def a_city():
    return City()


def starred(html):
    """The ids of the fields with a star, but for those that the account type alone makes required."""
    before, _, rest = html.partition("data-insurance")
    _, _, after = rest.partition("</fieldset>")
    return re.findall(r'aria-hidden="true">\*</span> <span id="(f-[a-z0-9-]+)-label"', before + after)


def told(html):
    """The ids of the fields that the summary leads to."""
    summary = html[html.index('id="error-summary"') :].partition("</ul>")[0]
    return re.findall(r'href="#(f-[a-z0-9-]+)"', summary)


def mailed(city):
    """The token of the newest link."""
    return links_in(city.world.mails_to("ann@mail.example.org")[-1])[0]


@pytest.mark.parametrize(("path", "button"), FOR_ANYBODY)
def test_all_that_is_missing_is_told_to_anybody(city, path, button):
    """Each starred field once, in the order of the page."""
    browser = city.browser()
    asked = starred(browser.open(path).html)
    page = browser.submit(button)
    assert (422, asked) == (page.status, told(page.html))


@pytest.mark.parametrize(("path", "button"), FOR_THE_OWNER)
def test_all_that_is_missing_is_told_to_the_owner(city, path, button):
    """The box that is not ticked hides nothing else."""
    browser = city.signed_in()
    asked = starred(browser.open(path).html)
    page = browser.submit(button)
    assert (422, asked) == (page.status, told(page.html))


def test_the_answer_is_missing_beside_the_new_password(city):
    """Behind the mailed link the question was shown, so its answer is told missing with the rest."""
    browser = city.signed_in()
    browser.open(f"/confirm-email?token={mailed(city)}")
    browser.submit("Confirm the address")
    city.world.accounts.request_password_reset("ann")
    browser.open(f"/reset-password?token={mailed(city)}")
    page = browser.submit("Save the new password")
    assert ["f-answer", "f-password", "f-password-again"] == told(page.html)


def test_the_second_entry_is_missing_where_a_mailbox_is_confirmed_with_a_new_password(city):
    """This form is made by another module, and repeats its password like any other."""
    city.signed_in()
    browser = city.browser()
    browser.open(f"/confirm-email?token={mailed(city)}")
    browser.submit("Confirm the address")
    browser.click("Choose a new one here")
    page = browser.submit("Save and confirm the address")
    assert ["f-password", "f-password-again"] == told(page.html)
