"""A city with its staff console, and members of staff in front of it."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from permit_accounts import Permission, StaffMember
from permit_accounts.staff_console import StaffConsole
from permit_accounts.testing.browser import Browser
from permit_accounts.testing.world import World, links_in, setup_form

EVERYTHING = frozenset(Permission)


class Desk:
    """A library in memory with a console, whose host names the member of staff in a header."""

    def __init__(self, policy=None, *, email=None, **settings):
        self.world = World(policy, email=email)
        self.staff = {"desk-1": EVERYTHING, "desk-2": EVERYTHING}
        self.console = StaffConsole(self.world.accounts, **{"who": self._who, **settings})

    def _who(self, request):
        name = request.header("x-host-user")
        return StaffMember(id=name, may=self.staff[name]) if name in self.staff else None

    def browser(self, name="desk-1", **who):
        """A member of staff at a browser of their own."""
        return StaffBrowser(self.console, self.world.policy.base_url, name=name, **who)

    def only(self, *may, name="desk-3"):
        """Somebody who may do this and nothing else."""
        self.staff[name] = frozenset(may)
        return self.browser(name)

    def person(self, browser, name="1012345", account_type="contractor"):
        """A contractor's page."""
        return browser.open(f"/staff/person?who={name}&type={account_type}")

    def act(self, browser, act, name="1012345", account_type="contractor", license_id=""):
        """The form of an act."""
        about = f"&license={license_id}" if license_id else ""
        return browser.open(f"/staff/person/{act}?who={name}&type={account_type}{about}")


class StaffBrowser(Browser):
    """A browser behind the host application, which adds who is signed in to each request."""

    def __init__(self, handler, base_url, *, name, **who):
        super().__init__(handler, base_url, **who)
        self.name = name

    def exchange(self, method, address, *, headers=(), body=b""):
        """One request, with the header of the host."""
        return super().exchange(method, address, headers=(*headers, ("x-host-user", self.name)), body=body)


def contractor_at_home(world):
    """The contractor signed in after set-up by a mailed link, which proves the mailbox."""
    world.desk().send_link("1012345", reason="first sign-in")
    (token,) = links_in(world.mails_to("office@contractor.example.org")[-1])
    form = world.accounts.open_setup(token)
    return world.accounts.finish_setup(token, setup_form(form.asks))


def csrf_of(page):
    """The token in a page's forms."""
    return re.search(r'name="csrf_token" value="([^"]+)"', page.html)[1]


def password_of(page):
    """The temporary password on a page."""
    return re.search(r'class="secret">([^<]+)<', page.html)[1]


def post(browser, path, pairs):
    """Send a form's fields, without following where the answer leads."""
    return browser.exchange(
        "POST",
        path,
        headers=(("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")),
        body=urlencode(pairs).encode(),
    )


def upload(browser, body, *, file_name="roster.csv", token=None, **fields):
    """Send the roster's form with this file, as a browser does."""
    page = browser.open("/staff/roster")
    filled = {"csrf_token": csrf_of(page) if token is None else token, "reason": "the yearly file", **fields}
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in filled.items()
    ]
    if body is not None:
        disposition = f'Content-Disposition: form-data; name="roster"; filename="{file_name}"'
        parts.append(f"--b\r\n{disposition}\r\nContent-Type: text/csv\r\n\r\n".encode() + body + b"\r\n")
    return browser.exchange(
        "POST",
        "/staff/roster",
        headers=(("content-type", "multipart/form-data; boundary=b"), ("sec-fetch-site", "same-origin")),
        body=b"".join(parts) + b"--b--\r\n",
    )
