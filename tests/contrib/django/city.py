"""What the project's settings name: a site that signs in for real and otherwise tells what it was asked."""

from __future__ import annotations

import json
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote

import attrs

from permit_accounts import PUBLIC, Accounts, SignedIn, SignedInAs
from permit_accounts.testing.world import World
from permit_accounts.web.request import Request
from permit_accounts.web.response import Response

COOKIE = "__Host-sid"


@attrs.define(eq=False)
class Echo:
    """A handler that answers with all that it was asked, as JSON, or with what the test says."""

    paths: frozenset[str]
    says: Response | None = None
    asked: list[Request] = attrs.field(factory=list)

    def body_limit(self, request: Request) -> int:
        return 100

    def handle(self, request: Request) -> Response:
        self.asked.append(request)
        if self.says is not None:
            return self.says
        told: dict[str, Any] = attrs.asdict(request) | {"body": request.body.decode("latin-1")}
        body = json.dumps(told).encode()
        length = str(len(body))
        return Response(200, (("Content-Type", "application/json"), ("Content-Length", length)), body)

    def is_slow(self, request: Request) -> bool:
        return request.method == "POST"


@attrs.define(eq=False)
class Portal(Echo):
    """The same with a session in a cookie or a header, over a city in memory."""

    world: World = attrs.field(kw_only=True)

    @property
    def accounts(self) -> Accounts:
        return self.world.accounts

    def handle(self, request: Request) -> Response:
        if request.path.endswith("/sign-in") and request.method == "POST":
            return self._signed_in(request)
        return super().handle(request)

    def signed_in(self, request: Request) -> SignedInAs | None:
        cookies = SimpleCookie(request.header("cookie"))
        bearer = request.header("authorization").removeprefix("Bearer ")
        return self.accounts.session(cookies[COOKIE].value if COOKIE in cookies else bearer or None)

    def sign_in_address(self, next_path: str) -> str:
        return f"/portal/sign-in?next={quote(next_path, safe='')}"

    def _signed_in(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        outcome = self.accounts.sign_in(PUBLIC, form["username"], form["password"])
        if not isinstance(outcome, SignedIn):
            return Response(422, (("Content-Length", "0"),))
        cookie = f"{COOKIE}={outcome.session_token}; Path=/; Secure; HttpOnly; SameSite=Lax"
        return Response(303, (("Location", "/"), ("Set-Cookie", cookie), ("Content-Length", "0")))


PAGES = frozenset({"/portal/sign-in", "/portal/account", "/portal/größe"})
site = Portal(PAGES, world=World())
console = Echo(frozenset({"/console/find"}))
