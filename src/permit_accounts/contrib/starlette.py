"""The pages in a Starlette or FastAPI application, and for its own endpoints the account that is signed in.

    app = FastAPI(routes=routes(site, console))
    door = Door(site)

    @app.get("/permits")
    async def permits(account: Annotated[Account, Depends(door.require_account)]): …

In Starlette itself an endpoint awaits `door.require_account(request)`. `PrivatePages` keeps the
answers of such endpoints out of caches that many share.

Add the routes to the outermost application or to a `Mount`; paths are compared whole, with every prefix. The
peer is the scope's `client`; see `permit_accounts.contrib.asgi` for servers that overwrite it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from typing import Any, Final, TypeVar

from starlette.datastructures import MutableHeaders, URLPath
from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from permit_accounts import Account, AsyncAccounts, SignedInAs, TryAgainLater, Unavailable
from permit_accounts.contrib.asgi import answer, request_of, require_answered
from permit_accounts.contrib.dispatch import handler_of_each_path
from permit_accounts.contrib.pools import Pools
from permit_accounts.contrib.signing_in import SignInPages, address_within_the_site, tell_log, wants_a_page
from permit_accounts.web.request import Handler, Request

T = TypeVar("T")

#: No header is kept under this key, so nobody outside can set it. What it leads to, under the same key again,
#: is shared with copies of the scope that other middleware makes.
_ACCOUNT: Final = "permit_accounts.account"
_RETRY_AFTER: Final = "5"
#: With what a WebSocket is closed where a page would have this status (RFC 6455, 7.4.1 and 11.7).
_CLOSED_WITH: Final[Mapping[int, int]] = {401: 1008, 403: 1008, 503: 1013}


def routes(*handlers: Handler, in_loop: Collection[str] = ()) -> list[BaseRoute]:
    """A route for each handler, which matches exactly its paths, with every method.

    Args:
        handlers: The pages.
        in_loop: Paths whose GET and HEAD are answered in the event loop itself; for whom that is worth it,
            and what it risks, stands at `permit_accounts.contrib.asgi.asgi_app`.

    Raises:
        ConfigurationError: Two handlers answer the same path, or none answers one that is read in the loop.
    """
    require_answered(in_loop, handler_of_each_path(handlers))
    pools = Pools(in_loop=in_loop)
    return [_Pages(handler, pools) for handler in handlers]


class Door:
    """Who is signed in, for endpoints; make one for the application.

    It opens WebSockets as well. Browsers let any page make a handshake, some send cookies with it, and the
    page reads what comes back. So cookies count for nothing there unless `Origin` is the site's own
    (RFC 6455, 10.2; OWASP WebSocket Security Cheat Sheet). A bearer token does: no page can send one.

    Args:
        site: The public pages.
    """

    def __init__(self, site: SignInPages) -> None:
        self._site: Final = site
        self._accounts: Final = AsyncAccounts(site.accounts)

    async def current_account(self, request: HTTPConnection) -> Account | None:
        """Who is signed in, or None, without holding up the event loop.

        It is read once for each request, but anew each time that a WebSocket asks, which outlives a sign-out.

        Raises:
            HTTPException: 503, the store cannot be reached now.
            WebSocketException: The same for a WebSocket, 1013.
        """
        known = _known(request.scope)
        if _ACCOUNT not in known or _is_websocket(request):
            known[_ACCOUNT] = await self._account(request)
        return known[_ACCOUNT]

    async def require_account(self, request: HTTPConnection) -> Account:
        """Who is signed in.

        Raises:
            HTTPException: Nobody is: 303 to the sign-in page, which leads back; 401 for programs.
            WebSocketException: Nobody is: 1008, which before the handshake is answered becomes 403.
        """
        account = await self.current_account(request)
        if account is not None:
            return account
        asked = request_of(request.scope)
        if _is_websocket(request) or not wants_a_page(asked):
            raise _refusal(request, 401, {"WWW-Authenticate": "Bearer"})
        address = self._site.sign_in_address(address_within_the_site(asked))
        raise HTTPException(303, headers={"Location": address, "Cache-Control": "no-store"})

    async def require_verified_license(self, request: HTTPConnection) -> Account:
        """Who is signed in and holds a verified license.

        Raises:
            HTTPException: As `require_account`; 403 without such a license.
            WebSocketException: As `require_account`; 1008 without such a license.
        """
        account = await self.require_account(request)
        if not await _reached(request, self._accounts.verified_licenses(account)):
            raise _refusal(request, 403)
        return account

    def _asked_for(self, connection: HTTPConnection) -> Request:
        asked = request_of(connection.scope)
        if not _is_websocket(connection) or asked.header("origin").lower() == self._site.origin:
            return asked
        return asked.without_cookies()

    async def _account(self, connection: HTTPConnection) -> Account | None:
        token = self._site.session_token(self._asked_for(connection))
        signed_in = await _reached(connection, self._session(token)) if token else None
        return None if signed_in is None else signed_in.account

    async def _session(self, token: str) -> SignedInAs | None:
        return await self._accounts.session(token)


class LocalDoor(Door):
    """A door that looks a session up in the event loop itself, for a store that is on this machine.

    That is done before a thread would have begun. But where the store waits for a lock, the whole process
    waits with it: what `in_loop` of `permit_accounts.contrib.asgi.asgi_app` risks, this risks too.
    """

    async def _session(self, token: str) -> SignedInAs | None:
        return self._site.accounts.session(token)


class PrivatePages:
    """Middleware: no cache between gives one person's page to another, where the endpoint asked a door who is
    signed in. Such an answer varies with that, and one for somebody is private unless it says otherwise.

        app.add_middleware(PrivatePages)
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app: Final = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Mark what the application answers."""

        known = _known(scope)

        async def marked(event: Message) -> None:
            if event["type"] == "http.response.start" and _ACCOUNT in known:
                headers = MutableHeaders(scope=event)
                headers.add_vary_header("Cookie, Authorization")
                if known[_ACCOUNT] is not None:
                    headers.setdefault("Cache-Control", "private")
            await send(event)

        await self._app(scope, receive, marked if scope["type"] == "http" else send)


class _Pages(BaseRoute):
    """All paths of one handler: a `Route` for each would also match the path with a line break after it."""

    def __init__(self, handler: Handler, pools: Pools) -> None:
        self._handler: Final = handler
        self._pools: Final = pools
        self._paths: Final = handler.paths

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        is_ours = scope["type"] == "http" and scope["path"] in self._paths
        return (Match.FULL if is_ours else Match.NONE), {}

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """The pages name their own addresses; nobody asks for one by the name of a route."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer(self._handler, self._pools, scope=scope, receive=receive, send=send)


async def _reached(connection: HTTPConnection, answer: Awaitable[T]) -> T:
    try:
        return await answer
    except (TryAgainLater, Unavailable) as error:
        tell_log(error)
        raise _refusal(connection, 503, {"Retry-After": _RETRY_AFTER}) from error


def _known(scope: Scope) -> dict[str, Account | None]:
    """What was found out of this connection."""
    known: dict[str, Account | None] = scope.setdefault(_ACCOUNT, {})
    return known


def _is_websocket(connection: HTTPConnection) -> bool:
    return bool(connection.scope["type"] == "websocket")


def _refusal(
    connection: HTTPConnection, status: int, headers: Mapping[str, str] | None = None
) -> HTTPException | WebSocketException:
    if _is_websocket(connection):
        return WebSocketException(_CLOSED_WITH[status])
    return HTTPException(status, headers=headers)
