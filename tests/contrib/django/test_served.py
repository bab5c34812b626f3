"""The project behind real servers: over a loopback connection, and in one event loop for many at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlencode
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import httpx
import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import AsyncClient

from contrib.django.city import COOKIE, Portal
from contrib.django.visitors import staff, token_of
from permit_accounts import Unavailable
from permit_accounts.testing.world import PASSWORD, public_form

FORM = {"content-type": "application/x-www-form-urlencoded"}


class Quiet(WSGIRequestHandler):
    """A server that keeps no log of the tests."""

    def log_request(self, code: object = "-", size: object = "-") -> None:
        pass


@contextmanager
def served() -> Iterator[HTTPConnection]:
    """The project behind the standard library's server, and a connection to it."""
    server: WSGIServer = make_server("127.0.0.1", 0, WSGIHandler(), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    try:
        yield connection
    finally:
        connection.close()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.attack("WEB-05", "SESS-13")
def test_a_person_signs_in_over_a_connection(site: Portal) -> None:
    """From the form to a page behind the gate and, once staff turn the account off, out again."""
    site.accounts.register("public", public_form("ann"))
    form = urlencode({"username": "ann", "password": PASSWORD})
    with served() as connection:
        connection.request("POST", "/portal/sign-in", form, FORM)
        answer = connection.getresponse()
        assert (303, b"", "/") == (answer.status, answer.read(), answer.headers["Location"])
        (cookie,) = answer.headers.get_all("Set-Cookie") or []
        pair, *attributes = cookie.split("; ")
        assert ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] == attributes

        connection.request("GET", "/desk", headers={"Cookie": pair})
        answer = connection.getresponse()
        assert (200, b"ann") == (answer.status, answer.read())

        site.world.desk().disable("ann", reason="asked for by telephone")
        connection.request("GET", "/desk", headers={"Cookie": pair})
        answer = connection.getresponse()
        assert (303, "/portal/sign-in?next=%2Fdesk") == (answer.status, answer.headers["Location"])
        answer.read()


@pytest.mark.attack("WEB-14")
def test_a_huge_body_is_not_waited_for(site: Portal) -> None:
    """A hundred megabytes announced and none sent: the answer comes at once."""
    with served() as connection:
        connection.putrequest("POST", "/portal/account")
        connection.putheader("Content-Length", "100000000")
        connection.endheaders()
        answer = connection.getresponse()
        assert 200 == answer.status
        answer.read()
    assert (True, b"") == (site.asked[-1].body_too_large, site.asked[-1].body)


@pytest.mark.attack("WEB-14")
def test_a_connection_that_ends_in_the_middle_is_no_request(site: Portal) -> None:
    """Half of what was announced, and the end: 400, and the handler sees nothing of it."""
    with served() as connection:
        connection.putrequest("POST", "/portal/account")
        connection.putheader("Content-Length", "10")
        connection.endheaders(b"half")
        assert connection.sock is not None
        connection.sock.shutdown(1)
        answer = connection.getresponse()
        assert 400 == answer.status
        answer.read()
    assert [] == site.asked


def loop_client() -> httpx.AsyncClient:
    """The project as an asynchronous server runs it."""
    transport = httpx.ASGITransport(app=ASGIHandler())
    return httpx.AsyncClient(transport=transport, base_url="https://permits.sampleton.example.gov")


@pytest.mark.attack("WEB-16")
def test_nobody_in_one_event_loop_is_taken_for_another(site: Portal) -> None:
    """A hundred requests at once, of ten people and of nobody, to every kind of view: each gets its own."""
    names = [f"person{n}" for n in range(10)]
    tokens = {name: token_of(site, name) for name in names}
    paths = ("/told", "/told-later", "/signed-in", "/signed-in-later")

    async def ask(client: httpx.AsyncClient, name: str | None, path: str) -> object:
        headers = {"cookie": f"{COOKIE}={tokens[name]}"} if name is not None else {}
        answer = await client.get(path, headers=headers)
        return answer.json()["account"] if answer.status_code == 200 else answer.status_code

    async def all_at_once() -> list[object]:
        async with loop_client() as client:
            return await asyncio.gather(*(ask(client, name, path) for name, path in asked))

    asked = [(name, paths[n % 4]) for n in range(10) for name in [*names, None]]
    answers = asyncio.run(all_at_once())
    expected = [name if name is not None or path.startswith("/told") else 303 for name, path in asked]
    assert expected == answers


@pytest.mark.attack("WEB-14")
def test_an_unannounced_body_is_cut_at_the_limit(site: Portal) -> None:
    """Sent in pieces without a length, it is read up to the limit; one that fits comes whole."""

    async def pieces(count: int) -> object:
        async def body() -> object:
            for _ in range(count):
                yield b"a" * 50

        async with loop_client() as client:
            answer = await client.post("/portal/account", content=body(), headers=FORM)
            return answer.json()["body_too_large"], len(answer.json()["body"])

    assert (False, 100) == asyncio.run(pieces(2))
    assert (True, 0) == asyncio.run(pieces(3))


def test_an_asynchronous_stack_asks_in_threads(site: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither our session nor the bridge is read in the event loop's own thread."""
    token = token_of(site)
    where: list[bool] = []
    read = Portal.signed_in

    def noted(self: Portal, request: object) -> object:
        where.append(threading.current_thread() is threading.main_thread())
        return read(self, request)

    monkeypatch.setattr(Portal, "signed_in", noted)

    async def ask() -> object:
        client = AsyncClient()
        client.cookies[COOKIE] = token
        return (await client.get("/told-later")).json()["account"]

    assert "ann" == asyncio.run(ask())
    assert [False] == where


def test_staff_of_django_stay_themselves_in_a_loop(site: Portal) -> None:
    """The same rule for two identities as in threads, and `auser` says the same as `user`."""
    cookies = staff().cookies
    cookies[COOKIE] = token_of(site)

    async def ask() -> object:
        client = AsyncClient()
        client.cookies.update(cookies)
        return (await client.get("/told-later")).json()

    assert {"account": None, "user": "clerk"} == asyncio.run(ask())


def test_a_store_out_of_reach_is_503_in_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is in threads, from the middleware and from a view."""

    async def ask(path: str) -> tuple[int, str]:
        answer = await AsyncClient().get(path)
        return answer.status_code, answer["Retry-After"]

    assert (503, "5") == asyncio.run(ask("/out-of-reach"))

    def unavailable(self: Portal, request: object) -> None:
        raise Unavailable("the disk is gone")

    monkeypatch.setattr(Portal, "signed_in", unavailable)
    assert (503, "5") == asyncio.run(ask("/told-later"))
