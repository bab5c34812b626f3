"""The adapter for ASGI keeps the contract, in memory and behind uvicorn, and blocks nothing."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from contextvars import ContextVar
from threading import Event

import pytest

from contrib.mounted import asgi_elsewhere, asgi_server, in_event_loop
from permit_accounts import ConfigurationError
from permit_accounts.contrib.asgi import asgi_app
from permit_accounts.contrib.pools import QUICK_THREADS
from permit_accounts.testing.adapter_contract import AdapterContract, Echo
from permit_accounts.testing.exchanges import through_asgi


@pytest.mark.attack("WEB-13", "WEB-14", "WEB-16")
class TestASGI(AdapterContract):
    @pytest.fixture
    def serve(self):
        with ExitStack() as loops:
            yield lambda handler: loops.enter_context(
                through_asgi(asgi_app(handler, otherwise=asgi_elsewhere))
            )


@pytest.mark.attack("WEB-13", "WEB-14", "WEB-16")
class TestASGIReadInTheLoop(AdapterContract):
    """Where every path may be read in the loop, all else still goes to threads."""

    @pytest.fixture
    def serve(self):
        with ExitStack() as loops:
            yield lambda handler: loops.enter_context(
                through_asgi(asgi_app(handler, otherwise=asgi_elsewhere, in_loop=handler.paths))
            )


@pytest.fixture(scope="module")
def uvicorn():
    with asgi_server() as server:
        yield server


@pytest.mark.attack("WEB-13", "WEB-14", "WEB-16")
class TestASGIBehindAServer(AdapterContract):
    @pytest.fixture
    def serve(self, uvicorn):
        return lambda handler: uvicorn.serve(asgi_app(handler, otherwise=asgi_elsewhere))


def scope(path="/door", **fields):
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [],
        "client": None,
    } | fields


class Wire:
    """A server's side of one scope: what it has to tell, and what it was told."""

    def __init__(self, *events):
        self.events = list(events)
        self.sent = []

    async def receive(self):
        return self.events.pop(0)

    async def take(self, event):
        self.sent.append(event)

    async def call(self, application, given):
        await application(given, self.receive, self.take)
        return self.sent


NO_BODY = {"type": "http.request"}


def called(application, given, *events):
    return asyncio.run(Wire(*events).call(application, given))


def test_without_an_application_the_rest_is_not_found():
    """In plain text; HEAD without it, with the same length."""
    app = asgi_app(Echo())
    start, body = called(app, scope("/nowhere"))
    assert (404, b"Not Found\n") == (start["status"], body["body"])
    head, nothing = called(app, scope("/nowhere", method="HEAD"))
    assert (start, b"") == (head, nothing["body"])


def test_without_an_application_start_and_stop_are_answered():
    """A server that waits for the answer would not start."""
    events = [{"type": f"lifespan.{act}"} for act in ("startup", "shutdown")]
    told = called(asgi_app(Echo()), {"type": "lifespan"}, *events)
    assert ["lifespan.startup.complete", "lifespan.shutdown.complete"] == [event["type"] for event in told]


def test_without_an_application_a_websocket_is_refused():
    """Closed before it was accepted: the server answers the handshake with 403."""
    told = called(asgi_app(Echo()), scope(type="websocket"), {"type": "websocket.connect"})
    assert [{"type": "websocket.close"}] == told


def test_a_scope_that_nobody_knows_is_a_fault():
    """As the specification asks of applications."""
    with pytest.raises(ValueError, match="'webtransport'"):
        called(asgi_app(Echo()), {"type": "webtransport"})


@pytest.mark.parametrize("kind", ["lifespan", "websocket", "webtransport"])
def test_what_is_no_request_is_the_applications(kind):
    """Also on a path of the handler's."""
    seen = []

    async def application(given, receive, send):
        seen.append(given["type"])

    called(asgi_app(Echo(), otherwise=application), {"type": kind, "path": "/door"})
    assert [kind] == seen


@pytest.mark.attack("WEB-14")
def test_a_body_without_an_end_is_read_to_the_limit_only():
    """Parts that say that more follows, for ever; the rest is not received."""
    handler = Echo()
    wire = Wire(*[{"type": "http.request", "body": b"x" * 400, "more_body": True}] * 9)
    asyncio.run(wire.call(asgi_app(handler), scope(method="POST")))
    assert (6, True, b"") == (len(wire.events), handler.only().body_too_large, handler.only().body)


@pytest.mark.attack("WEB-14")
def test_nothing_is_received_of_what_is_said_to_be_too_long():
    """The length alone tells; a client that waits for `100 Continue` sends nothing."""
    handler = Echo()
    assert 200 == called(asgi_app(handler), scope(headers=[(b"content-length", b"1001")]))[0]["status"]
    assert handler.only().body_too_large


@pytest.mark.attack("WEB-14")
def test_a_client_that_went_away_is_not_answered():
    """Half a form reaches no handler."""
    handler = Echo()
    part = {"type": "http.request", "body": b"half", "more_body": True}
    assert [] == called(asgi_app(handler), scope(method="POST"), part, {"type": "http.disconnect"})
    assert [] == handler.seen


def test_a_socket_without_an_address_has_no_peer():
    """On a Unix socket there is none."""
    handler = Echo()
    called(asgi_app(handler), scope(), NO_BODY)
    assert "" == handler.only().peer


LANGUAGE = ContextVar("LANGUAGE", default="en")


class Speaking(Echo):
    """Sets a context variable as a careless handler might, and notes what it found there."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle(self, request):
        self.found.append(LANGUAGE.get())
        LANGUAGE.set(request.query)
        return super().handle(request)


@pytest.mark.attack("WEB-16")
def test_nothing_in_the_context_is_left_to_the_next_request():
    """The handler sees the caller's context, and what it sets there ends with the request."""
    handler = Speaking()
    app = asgi_app(handler)

    async def in_turn():
        for number in range(QUICK_THREADS * 3):
            await Wire(NO_BODY).call(app, scope(query_string=f"{number}".encode()))
        return LANGUAGE.get()

    assert "en" == asyncio.run(in_turn())
    assert ["en"] * QUICK_THREADS * 3 == handler.found


class Gate(Echo):
    """Each request waits in its thread until it is let through."""

    def __init__(self):
        super().__init__()
        self.let_through = Event()

    def handle(self, request):
        response = super().handle(request)
        self.let_through.wait(20)
        return response


@pytest.mark.attack("WEB-16")
def test_a_cancelled_request_leaves_nothing_behind():
    """What waits for a thread is never begun, what was begun ends, and those after it are answered."""
    handler = Gate()
    app = asgi_app(handler)

    async def story():
        tasks = [asyncio.create_task(Wire(NO_BODY).call(app, scope())) for _ in range(QUICK_THREADS * 2)]
        while len(handler.seen) < QUICK_THREADS:
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        handler.let_through.set()
        return ended, await Wire(NO_BODY).call(app, scope(query_string=b"after"))

    ended, answered = asyncio.run(story())
    assert {asyncio.CancelledError} == {type(one) for one in ended}
    assert 200 == answered[0]["status"]
    assert [""] * QUICK_THREADS + ["after"] == [request.query for request in handler.seen]


def test_the_loop_goes_on_while_a_handler_blocks():
    """A page that waits for the store holds up nobody."""
    handler = Gate()

    async def story():
        waiting = asyncio.create_task(Wire(NO_BODY).call(asgi_app(handler), scope()))
        while not handler.seen:
            await asyncio.sleep(0)
        handler.let_through.set()  # the loop could not come here if it was blocked
        return await waiting

    assert 200 == asyncio.run(story())[0]["status"]


class Placed(Echo):
    """Notes whether it was asked in an event loop."""

    def __init__(self):
        super().__init__()
        self.in_loop = []

    def handle(self, request):
        self.in_loop.append(in_event_loop())
        return super().handle(request)

    def is_slow(self, request):
        return request.query == "slow"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, True),
        ({"method": "HEAD"}, True),
        ({"path": "/door/inner"}, False),
        ({"method": "POST"}, False),
        ({"method": "OPTIONS"}, False),
        ({"query_string": b"slow"}, False),
    ],
)
def test_what_is_read_in_the_loop_is_named(fields, expected):
    """Only a quick GET or HEAD of a path that the city named; and nothing where it named none."""
    handler = Placed()
    called(asgi_app(handler, in_loop={"/door"}), scope(**fields), NO_BODY)
    called(asgi_app(handler), scope(**fields), NO_BODY)
    assert [expected, False] == handler.in_loop


@pytest.mark.attack("WEB-16")
def test_nothing_in_the_context_is_left_by_what_is_read_in_the_loop():
    """As little as by a thread."""
    handler = Speaking()
    app = asgi_app(handler, in_loop={"/door"})

    async def in_turn():
        for number in range(3):
            await Wire(NO_BODY).call(app, scope(query_string=f"{number}".encode()))
        return LANGUAGE.get()

    assert ("en", ["en"] * 3) == (asyncio.run(in_turn()), handler.found)


def test_a_path_in_the_loop_that_nobody_answers_is_refused():
    """A misspelled one would be read in a thread, and nobody would know."""
    with pytest.raises(ConfigurationError, match="no handler answers /dor, which in_loop names"):
        asgi_app(Echo(), in_loop={"/door", "/dor"})


class Busy(Echo):
    """A handler that is busy until it is let go."""

    def __init__(self):
        super().__init__()
        self.gone = Event()

    def handle(self, request):
        self.gone.wait()
        return super().handle(request)


@pytest.mark.attack("WEB-14", "HASH-08")
def test_more_than_can_wait_is_told_to_come_again():
    """A flood fills neither memory nor the patience of whoever comes next: 503, and when to ask again."""
    handler = Busy()
    app = asgi_app(handler, quick_threads=1)

    async def flood():
        wires = [Wire(NO_BODY) for _ in range(600)]
        calls = [asyncio.create_task(wire.call(app, scope())) for wire in wires]
        over, _ = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        handler.gone.set()
        return [await call for call in over], [await call for call in calls]

    over, every = asyncio.run(flood())

    assert {503} == {told[0]["status"] for told in over}
    assert (b"retry-after", b"5") in over[0][0]["headers"]
    assert 513 == sum(told[0]["status"] == 200 for told in every)
