"""Forgot Password and the page behind the mailed link, as both guides have them."""

from __future__ import annotations

import pytest

from permit_accounts import PUBLIC
from permit_accounts.testing.browser import Browser
from permit_accounts.testing.world import World, links_in, public_form
from permit_accounts.web import Site


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/forgot-password", "identifier"),
        ("/forgot-username", "email"),
        ("/resend-confirmation", "identifier"),
    ],
)
def test_the_answer_stands_alone(path, field):
    """What was done and what next, and no form to be filled in once more; loading it again says the same."""
    world = World()
    browser = Browser(Site(world.accounts), world.policy.base_url)
    browser.open(path)
    page = browser.submit("Send the e-mail", {field: "ann@mail.example.org"})

    assert (f"{path}/sent", True) == (page.path, page.title.startswith("Check your e-mail"))
    assert page.text == browser.open(page.path).text
    assert [] == [control for form in page.forms for control in form.controls if control.name == field]
    assert path == browser.click("Try again").path


@pytest.mark.parametrize("path", ["/forgot-password", "/resend-confirmation"])
def test_the_account_type_need_not_be_chosen(path):
    """The list says that any will do; where one must be chosen it is chosen already."""
    world = World()
    browser = Browser(Site(world.accounts), world.policy.base_url)
    assert '<option value="">Any type</option>' in browser.open(path).html
    assert '<option value="">' not in browser.open("/sign-in").html


@pytest.mark.attack("ENUM-05")
def test_forgot_password_has_one_answer():
    """Whoever is asked for, and only a mailbox learns more."""
    world = World()
    world.accounts.register(PUBLIC, public_form("ann"))
    world.deliver()
    browser = Browser(Site(world.accounts), world.policy.base_url)
    texts = []
    for name in ("ann", "nobody-has-this", "1012345"):
        browser.open("/forgot-password")
        texts.append(browser.submit("Send the e-mail", {"identifier": name}).text)
    new = "forty brass kettles whistle"
    link = links_in(world.mails_to("ann@mail.example.org")[-1])[0]
    browser.open(f"/reset-password?token={link}")
    page = browser.submit("Save the new password", {"password": new, "password_again": new})

    assert 1 == len(set(texts))
    assert "Your password is changed." in page.text
    assert 410 == browser.open(f"/reset-password?token={link}").status
