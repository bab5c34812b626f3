"""A permit portal on FastAPI: searches open to all, own permits behind the sign-in, applying for contractors.

Once, in this folder, make the keys; then start it and open http://127.0.0.1:8000:

    (umask 077 && permit-accounts keys new > keys.env)
    set -a; . ./keys.env; set +a
    uvicorn portal:app --port 8000 --no-proxy-headers

The e-mails that it sends are files in `portal-files/mail`. The staff console is at /staff, for whom
`PORTAL_STAFF` names (see staff.py).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from city import accounts
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from permits import matching, of_account
from staff import CHALLENGE, member
from starlette.exceptions import HTTPException

from permit_accounts import Account
from permit_accounts.contrib.starlette import Door, PrivatePages, routes
from permit_accounts.staff_console import StaffConsole
from permit_accounts.web.site import Site

HERE = Path(__file__).parent
site = Site(accounts, templates=HERE / "site_templates")
console = StaffConsole(accounts, who=lambda asked: member(asked.header("authorization")))
door = Door(site)
pages = Jinja2Templates(HERE / "templates")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The mail is on its way for as long as this worker serves; every worker may deliver."""
    accounts.outbox.start()
    yield
    accounts.outbox.stop()


app = FastAPI(
    routes=routes(site, console), lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
)

app.add_middleware(PrivatePages)

Visiting = Annotated[Account | None, Depends(door.current_account)]
SignedIn = Annotated[Account, Depends(door.require_account)]
Licensed = Annotated[Account, Depends(door.require_verified_license)]


@app.middleware("http")
async def ask_for_the_staff_password(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    """The console asks for itself and stays shut; this makes a browser ask for the password."""
    if request.url.path in console.paths and member(request.headers.get("authorization", "")) is None:
        return Response("For the staff of the city.\n", 401, CHALLENGE, media_type="text/plain")
    return await call_next(request)


@app.middleware("http")
async def keep_out_of_frames(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    """No page of another site shows one of these in a frame and has it clicked."""
    response = await call_next(request)
    response.headers.setdefault("X-Frame-Options", "DENY")
    return response


@app.get("/search", response_class=HTMLResponse)
async def search(request: Request, account: Visiting, street: str = "") -> Response:
    """Open to everybody: most searches need no account."""
    return _page(
        request, "search.html", "Search permits", account=account, street=street, permits=matching(street)
    )


@app.get("/permits", response_class=HTMLResponse)
async def permits(request: Request, account: SignedIn) -> Response:
    """For whoever is signed in: a public user or a contractor."""
    return _page(request, "permits.html", "Your permits", account=account, permits=of_account(account))


@app.get("/permits/new", response_class=HTMLResponse)
async def new_permit(request: Request, account: Licensed) -> Response:
    """For contractors whose license the city has verified: never go by the username for that."""
    return _page(request, "new_permit.html", "Apply for a building permit", account=account)


@app.exception_handler(403)
async def no_license(request: Request, error: HTTPException) -> Response:
    """What stands there for somebody who is signed in, and whose license is not verified."""
    if "application/json" in request.headers.get("accept", ""):
        return await http_exception_handler(request, error)
    account = await door.current_account(request)
    page = _page(request, "no_license.html", "For licensed contractors", account=account)
    page.status_code = 403
    return page


def _page(request: Request, template: str, title: str, **words: object) -> Response:
    return pages.TemplateResponse(request, template, {"title": title, **words})
