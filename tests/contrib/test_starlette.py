"""The adapter for Starlette and FastAPI keeps the contract, and endpoints know who is signed in."""

import asyncio
from contextlib import ExitStack
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, NoMatchFound, Route
from starlette.websockets import WebSocket

from contrib.mounted import in_event_loop
from contrib.portal import City
from permit_accounts import Account, ConfigurationError
from permit_accounts.contrib.starlette import Door, LocalDoor, PrivatePages, routes
from permit_accounts.testing.adapter_contract import ELSEWHERE, AdapterContract, Echo, Sent
from permit_accounts.testing.exchanges import through_asgi

BROWSER = (("Accept", "text/html,*/*;q=0.8"),)
PROGRAM = (("Accept", "application/json"),)


async def elsewhere(request):
    return PlainTextResponse(ELSEWHERE)


def beside(handler):
    """An application of Starlette with a page of its own."""
    return Starlette(routes=[*routes(handler), Route("/elsewhere", elsewhere)])


def beside_an_api(handler):
    """An application of FastAPI with a page of its own."""
    app = FastAPI(routes=routes(handler))
    app.get("/elsewhere", response_class=PlainTextResponse)(lambda: ELSEWHERE.decode())
    return app


@pytest.mark.attack("WEB-13", "WEB-14", "WEB-16")
@pytest.mark.parametrize("make", [beside, beside_an_api])
class TestStarlette(AdapterContract):
    @pytest.fixture
    def serve(self, make):
        with ExitStack() as loops:
            yield lambda handler: loops.enter_context(through_asgi(make(handler)))


def test_routes_under_a_mount_are_compared_whole():
    """The pages know their addresses with every prefix."""
    handler = Echo()
    with through_asgi(Starlette(routes=[Mount("/door", routes=routes(handler))])) as exchange:
        assert 200 == exchange(Sent(target="/door/inner")).status
        assert 404 == exchange(Sent(target="/door/door/inner")).status
    assert "/door/inner" == handler.only().path


def test_the_pages_are_no_part_of_an_apis_description():
    """FastAPI describes its own endpoints, and finds addresses of its own by name."""
    app = beside_an_api(Echo())
    assert ["/elsewhere"] == list(app.openapi()["paths"])
    with pytest.raises(NoMatchFound):
        app.url_path_for("nowhere")


def test_two_handlers_for_one_path_are_refused():
    """One of them would never be asked."""
    with pytest.raises(ConfigurationError, match="two handlers answer /"):
        routes(Echo(), Echo())


def test_a_path_in_the_loop_that_nobody_answers_is_refused():
    """A misspelled one would be read in a thread, and nobody would know."""
    with pytest.raises(ConfigurationError, match="no handler answers /dor, which in_loop names"):
        routes(Echo(), in_loop={"/dor"})


class Copying:
    """Somebody's middleware that hands on a scope of its own, as ASGI wishes ("Middleware")."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app({**scope, "state": {}}, receive, send)


@pytest.fixture
def city():
    return City()


@pytest.fixture
def exchange(city):
    door = Door(city.site)
    app = FastAPI(routes=routes(city.site))

    @app.get("/name")
    async def name(account: Annotated[Account | None, Depends(door.current_account)]):
        return account.username if account else "nobody"

    @app.api_route("/permits/{name}", methods=["GET", "POST"])
    async def permits(name: str, account: Annotated[Account, Depends(door.require_account)]):
        return f"{name} of {account.username}"

    @app.get("/file")
    async def file(account: Annotated[Account, Depends(door.require_verified_license)], request: Request):
        city.store.left = 0  # who it is was read already
        return f"filed by {account.username}, {(await door.current_account(request)).username}"

    @app.get("/cached")
    async def cached(account: Annotated[Account, Depends(door.require_account)]):
        return PlainTextResponse(headers={"Cache-Control": "max-age=60", "Vary": "Accept-Language"})

    app.get("/elsewhere")(elsewhere)
    app.add_middleware(Copying)
    app.add_middleware(PrivatePages)
    with through_asgi(app) as exchange:
        yield exchange


def asked(city, token, target, *headers):
    return Sent(target=target, headers=(*city.cookie(token).items(), *headers))


def test_an_endpoint_knows_who_is_signed_in(exchange, city):
    """Or that nobody is."""
    assert b'"ann"' == exchange(asked(city, city.ann, "/name")).body
    assert b'"nobody"' == exchange(Sent(target="/name")).body


@pytest.mark.attack("WEB-07")
def test_no_cache_gives_a_page_to_another(exchange, city):
    """A page that asked who is signed in varies with it, and one for somebody is private."""

    def kept(*of):
        got = exchange(asked(city, *of))
        return got.every("Vary"), got.every("Cache-Control")

    assert (["Cookie, Authorization"], ["private"]) == kept(city.ann, "/name")
    assert (["Accept-Language, Cookie, Authorization"], ["max-age=60"]) == kept(city.ann, "/cached")
    assert (["Cookie, Authorization"], []) == kept("", "/name")
    assert ([], []) == kept(city.ann, "/elsewhere")


def test_whoever_is_signed_in_comes_in(exchange, city):
    """By cookie or as a bearer token."""
    assert b'"p-1 of ann"' == exchange(asked(city, city.ann, "/permits/p-1")).body
    bearer = (("Authorization", f"Bearer {city.ann}"),)
    assert b'"p-1 of ann"' == exchange(Sent(method="POST", target="/permits/p-1", headers=bearer)).body


def test_a_visitor_is_led_to_the_sign_in_and_back(exchange):
    """With the path and query that were asked for, as an address line has them."""
    got = exchange(Sent(target="/permits/a%20%C3%A9?page=2", headers=BROWSER))
    assert (303, ["/sign-in?next=%2Fpermits%2Fa%2520%25C3%25A9%3Fpage%3D2"]) == (
        got.status,
        got.every("Location"),
    )
    assert ["no-store"] == got.every("Cache-Control")


@pytest.mark.parametrize(("method", "headers"), [("GET", PROGRAM), ("POST", ())])
def test_a_program_is_told_that_it_is_not_signed_in(exchange, method, headers):
    """A redirect would give it the page of a form, or repeat what it posted as a GET."""
    got = exchange(Sent(method=method, target="/permits/p-1", headers=headers))
    assert (401, ["Bearer"]) == (got.status, got.every("WWW-Authenticate"))


def test_a_verified_license_opens(exchange, city):
    """Held by a contractor whom the city has let in; the account is read once for each request."""
    got = exchange(asked(city, city.contractor, "/file"))
    assert (200, b'"filed by 1012345, 1012345"') == (got.status, got.body)


def test_without_a_verified_license_it_is_forbidden(exchange, city):
    """And without an account first of all the sign-in."""
    assert 403 == exchange(asked(city, city.ann, "/file")).status
    assert 303 == exchange(Sent(target="/file", headers=BROWSER)).status


@pytest.mark.parametrize("left", [0, 2])
def test_a_store_out_of_reach_is_said(exchange, city, left, caplog):
    """At the session, and at the licenses after it: come again, and no fault. The log is told why."""
    city.store.left = left
    got = exchange(asked(city, city.contractor, "/file"))
    assert (503, ["5"]) == (got.status, got.every("Retry-After"))
    assert ["a request could not be answered now: Unavailable"] == caplog.messages


def places_of_questions(city):
    """A list that notes of each question to the store whether it was asked in an event loop."""
    in_loop = []
    select = city.store.select

    def noted(*args, **kwargs):
        in_loop.append(in_event_loop())
        return select(*args, **kwargs)

    city.store.select = noted
    return in_loop


@pytest.mark.parametrize(("door", "in_loop"), [(Door, [False] * 3), (LocalDoor, [True, True, False])])
def test_where_a_door_asks_the_store(city, door, in_loop):
    """In a thread, for an event loop that waited for a database would hold up everybody; with a store on this
    machine the session in the loop, and what may be more than two reads in a thread still.
    """
    asked_in = places_of_questions(city)
    headers = [
        (name.lower().encode(), value.encode()) for name, value in city.cookie(city.contractor).items()
    ]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers}
    account = asyncio.run(door(city.site).require_verified_license(Request(scope)))
    assert ("1012345", in_loop) == (account.username, asked_in)


@pytest.mark.parametrize(("named", "expected"), [((), {False}), (("/api/session",), {True})])
def test_a_path_may_be_read_in_the_loop(city, named, expected):
    """Where the city named it."""
    asked_in = places_of_questions(city)
    with through_asgi(Starlette(routes=routes(city.site, in_loop=named))) as exchange:
        assert b'"signed_in":true' in exchange(asked(city, city.ann, "/api/session")).body
    assert expected == set(asked_in)


def test_a_local_door_says_that_the_store_is_out_of_reach(city):
    """As any other."""
    city.store.left = 0
    headers = [(b"cookie", city.cookie(city.ann)["Cookie"].encode())]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers}
    with pytest.raises(HTTPException) as raised:
        asyncio.run(LocalDoor(city.site).current_account(Request(scope)))
    assert 503 == raised.value.status_code


class Socket:
    """A browser's or program's side of a WebSocket at an application: what it was told, event by event."""

    def __init__(self, *headers):
        self.scope = {
            "type": "websocket",
            "path": "/live",
            "root_path": "",
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
            "subprotocols": [],
        }
        self.events = [{"type": "websocket.connect"}]
        self.told = []

    async def receive(self):
        return self.events.pop(0)

    async def take(self, event):
        self.told.append(event)

    def at(self, app):
        """What it was told, in short: each text, and with which code it was closed."""
        asyncio.run(app(self.scope, self.receive, self.take))
        return [event.get("text", event.get("code")) for event in self.told]


@pytest.fixture
def live(city):
    """An application that tells whoever is signed in by a WebSocket, and once more after a while."""
    door = Door(city.site)
    app = FastAPI(routes=routes(city.site))
    app.meanwhile = lambda: None

    @app.websocket("/live")
    async def live(socket: WebSocket, account: Annotated[Account, Depends(door.require_account)]):
        await socket.accept()
        await socket.send_text(account.username)
        app.meanwhile()
        await door.require_verified_license(socket)
        await socket.send_text("licensed")

    return app


def ours(city, token):
    return (*city.cookie(token).items(), ("Origin", "https://permits.sampleton.example.gov"))


def test_a_websocket_of_the_sites_own_page_knows_who_is_signed_in(live, city):
    """Before it is accepted; and the license is asked for like that of a request."""
    assert [None, "1012345", "licensed"] == Socket(*ours(city, city.contractor)).at(live)
    assert [None, "ann", 1008] == Socket(*ours(city, city.ann)).at(live)


@pytest.mark.attack("WEB-01")
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://www.sampleton.example.gov",
        "https://permits.sampleton.example.gov.evil.example",
        "http://permits.sampleton.example.gov",
        "https://permits.sampleton.example.gov:8443",
        "null",
        "",
    ],
)
def test_a_websocket_of_another_sites_page_is_nobodys(live, city, origin):
    """However the victim's browser is signed in: its cookies count for nothing, and it is never accepted."""
    cookie = city.cookie(city.contractor).items()
    sent = (*cookie, ("Origin", origin), ("Authorization", "Basic YW5uOng="))
    assert [1008] == Socket(*sent).at(live)
    assert [1008] == Socket(*cookie).at(live)


def test_a_program_shows_its_token(live, city):
    """It has no page, so no origin; browsers have no way to send such a header with a handshake."""
    assert [None, "ann", 1008] == Socket(("Authorization", f"Bearer {city.ann}")).at(live)


def test_a_websocket_of_nobody_is_closed(live):
    """Before it is accepted, which the server tells as a 403; there is no page to lead to."""
    assert [1008] == Socket(*BROWSER).at(live)


@pytest.mark.attack("SESS-13")
def test_a_websocket_that_outlives_a_sign_out_is_told_so(live, city):
    """Each question is asked anew."""
    live.meanwhile = lambda: city.site.accounts.sign_out(city.contractor)
    assert [None, "1012345", 1008] == Socket(*ours(city, city.contractor)).at(live)


def test_a_websocket_is_told_to_come_again(live, city):
    """Where the store is out of reach."""
    city.store.left = 0
    assert [1013] == Socket(*ours(city, city.ann)).at(live)
