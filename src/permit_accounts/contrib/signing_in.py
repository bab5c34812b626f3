"""What an application's own pages ask of the site: who is signed in, and where one signs in."""

from __future__ import annotations

import logging
from typing import Final, Protocol
from urllib.parse import quote

from permit_accounts import Accounts, SignedInAs, TryAgainLater, Unavailable
from permit_accounts.contrib.dispatch import READING
from permit_accounts.web.faults import not_now
from permit_accounts.web.request import Handler, Request

_log: Final = logging.getLogger("permit_accounts.web")


class SignInPages(Handler, Protocol):
    """The public pages, as far as an application's own pages need them."""

    @property
    def accounts(self) -> Accounts:
        """What the pages work on."""
        ...

    @property
    def origin(self) -> str:
        """What browsers send as `Origin` from the pages, in lower case."""
        ...

    def signed_in(self, request: Request) -> SignedInAs | None:
        """Whose session the request carries. # Cost: two reads where it carries one, none where not."""
        ...

    def session_token(self, request: Request) -> str:
        """What opens that session, or the empty text; nothing is read for it."""
        ...

    def sign_in_address(self, next_path: str) -> str:
        """The address of the sign-in page, which leads on to this path if it is within the site."""
        ...


def tell_log(error: TryAgainLater | Unavailable) -> None:
    """Tell the log why a page of the application cannot be shown now, as the site does of its own."""
    not_now(error, _log)


def wants_a_page(request: Request) -> bool:
    """Whether somebody looks at a page, so that a redirect to the sign-in page helps, after a form as well.

    A program wants a status, and so does a script in a page: browsers say which of the two it is (Fetch
    Metadata, `Sec-Fetch-Mode`). Where nobody says so, a program brings a token of its own, asks for JSON, or
    posts without asking for HTML.
    """
    if request.header("authorization").lower().startswith("bearer "):
        return False
    mode = request.header("sec-fetch-mode")
    if mode:
        return mode == "navigate"
    accepted = request.header("accept").lower()
    return "text/html" in accepted or (request.method in READING and "json" not in accepted)


def address_within_the_site(request: Request) -> str:
    """The path and query of a request as an address line has them, to come back to after the sign-in."""
    path = quote(request.path, safe="/:@!$&'()*+,;=")
    return f"{path}?{request.query}" if request.query else path
