"""Mail that was given up is shown with its reason, and tried again."""

from __future__ import annotations

import pytest

from permit_accounts import Permission, Undeliverable
from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.testing.world import public_form
from staff_console.desk_at_hand import Desk, csrf_of, post


class Refusing(MemoryBackend):
    """A mail server that takes nothing, until it is mended."""

    mended = False

    def send(self, message):
        if not self.mended:
            raise Undeliverable("no such mailbox")
        super().send(message)


@pytest.fixture
def desk():
    """A city with two e-mails that were given up."""
    server = Refusing()
    desk = Desk(email=server)
    desk.server = server
    for name in ("ann", "ben"):
        desk.world.accounts.register("public", public_form(name))
    desk.world.accounts.outbox.deliver()
    return desk


def test_each_with_its_reason(desk):
    """To whom, which and why; no link is in it."""
    page = desk.browser().open("/staff/outbox")
    assert "E-mails that were given up: 2." in page.text
    assert "ann@mail.example.org" in page.text
    assert "Sampleton permit portal: confirm your e-mail address" in page.text
    assert "What went wrong: the mail server refuses it: no such mailbox" in page.text
    assert "Mar 2, 2026, 1:00 AM PST" in page.text
    assert "token=" not in page.html


def test_one_is_tried_again_then_all(desk):
    """It is due, leaves the list, and goes out once the server is mended."""
    browser = desk.browser()
    browser.open("/staff/outbox")
    page = browser.submit("Try again")
    assert "It is tried again now." in page.text
    assert "1 e-mail was given up." in page.text
    browser.submit("Try all again")
    desk.server.mended = True
    assert 2 == desk.world.accounts.outbox.deliver().sent
    token = csrf_of(browser.open("/staff/outbox"))
    assert 303 == post(browser, "/staff/outbox", [("csrf_token", token), ("email", "nothing")]).status
    assert "sent or tried again meanwhile" in browser.open("/staff/outbox").text


def test_who_may_look_and_who_may_send(desk):
    """Reading needs the permission to find, trying again the one to send links."""
    reader = desk.only(Permission.FIND)
    page = reader.open("/staff/outbox")
    assert "Try again" not in page.text
    token = csrf_of(page)
    assert 403 == post(reader, "/staff/outbox", [("csrf_token", token), ("email", "all")]).status
    assert 403 == desk.only(Permission.ROSTER, name="desk-4").open("/staff/outbox").status
