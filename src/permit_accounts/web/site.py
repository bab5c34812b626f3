"""Site: every page of both guides, and the same as JSON, from one object.

An adapter gives it requests and sends its responses; nothing else of a web framework comes near it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import quote

from permit_accounts import Accounts, ConfigurationError, SignedInAs
from permit_accounts.web import answers, bodies, faults, json_api, refusing
from permit_accounts.web.act_table import acts_of
from permit_accounts.web.addresses import page_paths
from permit_accounts.web.asking import Asking
from permit_accounts.web.faults import Fault
from permit_accounts.web.local_paths import local_path, with_query
from permit_accounts.web.pages import Pages
from permit_accounts.web.portal import PORTAL
from permit_accounts.web.portal.parts import Portal
from permit_accounts.web.rendering import Templates
from permit_accounts.web.request import Request
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route, table
from permit_accounts.web.setting import Setting
from permit_accounts.web.static_routes import static_routes

_log: Final = logging.getLogger("permit_accounts.web")


class Site:
    """The pages of one city. Make it once; it may be shared by all threads.

    It sits where `Policy.base_url` says: with `https://permits.example.gov/accounts`, all its paths begin
    with `/accounts`, and an adapter gives it requests with that prefix.

    Args:
        accounts: The city's accounts.
        templates: A folder with the city's own templates; see `web.rendering`.
        trusted_proxies: The proxies, by address or network, whose word on a visitor's address is taken;
            `unix` for those that connect over a Unix socket. None by default.

    Raises:
        ConfigurationError: Something does not fit together; the message says what to do.
    """

    def __init__(
        self,
        accounts: Accounts,
        *,
        templates: str | Path | None = None,
        trusted_proxies: Iterable[str] = (),
    ) -> None:
        if not isinstance(accounts, Accounts):
            raise ConfigurationError(f"Site(…) takes the city's Accounts, not a {type(accounts).__name__}")
        self.accounts: Final = accounts
        self._setting = Setting(accounts, trusted_proxies=trusted_proxies)
        paths = page_paths(self._setting)
        look = Templates("permit_accounts.web", folder=templates)
        self._pages = Pages(self._setting, look, paths)
        portal = Portal(pages=self._pages, acts=acts_of(accounts.policy))
        self._routes: Final = table(
            *(row for make in PORTAL for row in make(portal)),
            *json_api.routes(portal),
            *static_routes(self._setting),
        )
        self._api = self._setting.path("/api/")

    @property
    def paths(self) -> frozenset[str]:
        """Every path that is answered, complete with its prefix."""
        return frozenset(self._routes)

    @property
    def origin(self) -> str:
        """What browsers send as `Origin` from the pages, in lower case."""
        return self._setting.origin

    def body_limit(self, request: Request) -> int:
        """How many bytes of a body are read at the most: as many as a form of the portal may have."""
        return bodies.LARGEST_FORM

    def is_slow(self, request: Request) -> bool:
        """Whether the answer takes the hash of a password."""
        route = self._routes.get(request.path)
        return route is not None and route.slow and request.method == "POST"

    def handle(self, request: Request) -> Response:
        """The answer to a request. It raises nothing: a fault is logged and answered in plain words."""
        asking = Asking(self._setting, request)
        return faults.handled(asking, answer=lambda: self._answer(asking), say=self._say, log=_log)

    def signed_in(self, request: Request) -> SignedInAs | None:
        """Whose session this request carries, by cookie or as a bearer token; None for nobody's.

        # Cost: two reads, and one write at most every five minutes.
        """
        return Asking(self._setting, request).signed_in

    def session_token(self, request: Request) -> str:
        """What opens the session of this request, for who looks it up in another way; empty for none."""
        return Asking(self._setting, request).session_token

    def sign_in_address(self, next_path: str = "") -> str:
        """Where somebody signs in and then comes back to this path of the same host."""
        return with_query(self._pages.paths["sign-in"], next=local_path(next_path) or "")

    def _answer(self, asking: Asking) -> Response:
        request = asking.request
        route = self._routes.get(request.path)
        if route is None:
            return self._nowhere(asking)
        if self._is_other_spelling(request):
            return self._right_spelling(request)
        view = route.post if request.method == "POST" else route.get
        if view is None or request.method not in ("GET", "HEAD", "POST"):
            return self._wrong_method(asking, route)
        return view(asking)

    def _nowhere(self, asking: Asking) -> Response:
        if asking.request.path.startswith(self._api):
            return refusing.failure(asking, "web.not-found", status=404)
        return self._pages.message(asking, "web.not-found", status=404)

    def _wrong_method(self, asking: Asking, route: Route) -> Response:
        allowed = (("Allow", route.allowed),)
        if asking.request.path.startswith(self._api):
            return refusing.failure(asking, "web.wrong-method", status=405, headers=allowed)
        return self._pages.message(asking, "web.wrong-method", status=405, headers=allowed)

    def _is_other_spelling(self, request: Request) -> bool:
        """Whether a demonstration on loopback was opened as localhost instead of 127.0.0.1, or so.

        Its cookies would belong to the other spelling, and the links in its mails lead to the right one.
        """
        if not self._setting.plain_http or request.method != "GET":
            return False
        return request.header("host").lower() not in ("", self._setting.host)

    def _right_spelling(self, request: Request) -> Response:
        query = f"?{request.query}" if request.query else ""
        return answers.see_other(f"{self._setting.origin}{quote(request.path)}{query}")

    def _say(self, nobody: Asking, fault: Fault) -> Response:
        if nobody.request.path.startswith(self._api):
            return refusing.failure(nobody, fault.key, status=fault.status, headers=fault.headers)
        return self._pages.message(nobody, fault.key, status=fault.status, headers=fault.headers)
