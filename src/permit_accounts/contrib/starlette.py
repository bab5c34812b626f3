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

from collections.abc import Awaitable, Collection
from typing import Any, Final, TypeVar

from starlette.datastructures import MutableHeaders, URLPath
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from permit_accounts import Account, AsyncAccounts, SignedInAs, TryAgainLater, Unavailable
from permit_accounts.contrib.asgi import Pools, answer, request_of, require_answered
from permit_accounts.contrib.dispatch import handler_of_each_path
from permit_accounts.contrib.signing_in import SignInPages, address_within_the_site, wants_a_page
from permit_accounts.web.request import Handler

T = TypeVar("T")

#: No header is kept under this key, so nobody outside can set it.
_ACCOUNT: Final = "permit_accounts.account"
_RETRY_AFTER: Final = "5"


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

    Args:
        site: The public pages.
    """

    def __init__(self, site: SignInPages) -> None:
        self._site: Final = site
        self._accounts: Final = AsyncAccounts(site.accounts)

    async def current_account(self, request: HTTPConnection) -> Account | None:
        """Who is signed in, or None. It is read once for each request, without holding up the event loop.

        Raises:
            HTTPException: 503, the store cannot be reached now.
        """
        scope = request.scope
        if _ACCOUNT not in scope:
            token = self._site.session_token(request_of(scope))
            signed_in = await _reached(self._session(token)) if token else None
            scope[_ACCOUNT] = None if signed_in is None else signed_in.account
        account: Account | None = scope[_ACCOUNT]
        return account

    async def require_account(self, request: HTTPConnection) -> Account:
        """Who is signed in.

        Raises:
            HTTPException: Nobody is: 303 to the sign-in page, which leads back; 401 for programs.
        """
        account = await self.current_account(request)
        if account is not None:
            return account
        asked = request_of(request.scope)
        if not wants_a_page(asked):
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
        address = self._site.sign_in_address(address_within_the_site(asked))
        raise HTTPException(303, headers={"Location": address, "Cache-Control": "no-store"})

    async def require_verified_license(self, request: HTTPConnection) -> Account:
        """Who is signed in and holds a verified license.

        Raises:
            HTTPException: As `require_account`; 403 without such a license.
        """
        account = await self.require_account(request)
        if not await _reached(self._accounts.verified_licenses(account)):
            raise HTTPException(403)
        return account

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

        async def marked(event: Message) -> None:
            if event["type"] == "http.response.start" and _ACCOUNT in scope:
                headers = MutableHeaders(scope=event)
                headers.add_vary_header("Cookie, Authorization")
                if scope[_ACCOUNT] is not None:
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


async def _reached(answer: Awaitable[T]) -> T:
    try:
        return await answer
    except (TryAgainLater, Unavailable) as error:
        raise HTTPException(503, headers={"Retry-After": _RETRY_AFTER}) from error
