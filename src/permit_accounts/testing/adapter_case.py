"""What the contract of adapters works with: what is sent, what comes back, a handler that notes both."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from threading import Event, Lock
from typing import Final

import attrs
import pytest

from permit_accounts.web.request import Handler, Request
from permit_accounts.web.response import Response

Headers = tuple[tuple[str, str], ...]

#: What the application beside the handler answers at `/elsewhere`.
ELSEWHERE: Final = b"elsewhere"


@attrs.frozen(kw_only=True)
class Sent:
    """A request as it goes over the wire.

    Args:
        target: What stands in the request line: path and query, as they are, in ASCII.
        headers: As they are. The exchange adds `Host`, and `Content-Length` where there is a body and no
            header about its length.
        body: As it is, whatever the headers say of its length; nothing follows it.
    """

    method: str = "GET"
    target: str = "/door"
    headers: Headers = ()
    body: bytes = b""


@attrs.frozen(kw_only=True)
class Got:
    """What came back. `status` is 0 where the connection was closed without an answer."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def every(self, name: str) -> list[str]:
        """The values of all headers of this name, in order."""
        return [value for given, value in self.headers if given.lower() == name.lower()]


Exchange = Callable[[Sent], Got]
Serve = Callable[[Handler], Exchange]

PATHS: Final = frozenset(
    {"/door", "/door/inner", "/door/café", "/door/a b", "/door/50%25", "/door/Ключ", "/quick", "/slow"}
)


class Echo:
    """A handler that notes each request and tells it back as JSON, or answers what it was told to.

    Args:
        response: What it answers instead.
    """

    paths = PATHS

    def __init__(self, response: Response | None = None) -> None:
        self.response: Final = response
        self.seen: Final[list[Request]] = []
        self.asked: Final[list[Request]] = []
        self.arrived: Final = Event()
        self.opened: Final = Event()
        self._lock: Final = Lock()

    def body_limit(self, request: Request) -> int:
        """A thousand bytes, ten thousand of whoever knows the word. It notes of what it was asked."""
        with self._lock:
            self.asked.append(request)
        return 10_000 if request.header("x-word") == "more" else 1_000

    def handle(self, request: Request) -> Response:
        """What was seen. A slow request waits until `opened` is set."""
        with self._lock:
            self.seen.append(request)
        if request.path == "/slow":
            self.arrived.set()
            self.opened.wait(60)
        return self.response or told(request)

    def is_slow(self, request: Request) -> bool:
        """What is posted to `/slow`."""
        return (request.method, request.path) == ("POST", "/slow")

    def only(self) -> Request:
        """The one request that came."""
        assert 1 == len(self.seen), f"the handler was asked {len(self.seen)} times, not once"
        return self.seen[0]


def told(request: Request) -> Response:
    """A request as JSON."""
    fields = attrs.asdict(request, filter=lambda field, _: field.name != "body")
    body = json.dumps({**fields, "body": request.body.hex()}).encode()
    headers = (("Content-Type", "application/json"), ("Content-Length", str(len(body))))
    return Response(200, headers, b"" if request.method == "HEAD" else body)


def retold(got: Got) -> Mapping[str, object]:
    """The request that an answer tells of."""
    assert 200 == got.status
    fields: Mapping[str, object] = json.loads(got.body)
    return fields


def values(request: Request, name: str) -> list[str]:
    """What came under a name, one by one, also where a gateway joined them with commas, as WSGI does."""
    return [part.strip() for value in request.every(name) for part in value.split(",")]


def lengths(headers: Headers) -> Sequence[str]:
    """What headers say of the length of the body."""
    return [name for name, _ in headers if name.lower() in ("content-length", "transfer-encoding")]


class AdapterCase:
    """Each test is given `serve`, which mounts a handler and gives back a way to talk to it."""

    #: Seconds after which an answer does not come any more.
    patience: float = 20.0

    @pytest.fixture
    def serve(self) -> Serve:
        """Mount a handler beside an application, and give what sends one request and gives the answer."""
        raise NotImplementedError("give a fixture named `serve`")
