"""The adapter for WSGI keeps the contract, in memory and behind a server, and reads as PEP 3333 asks."""

from __future__ import annotations

from contextlib import ExitStack
from io import BytesIO
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from contrib.mounted import wsgi_elsewhere, wsgi_server
from permit_accounts import ConfigurationError
from permit_accounts.contrib.wsgi import wsgi_app
from permit_accounts.testing.adapter_contract import AdapterContract, Echo, Sent
from permit_accounts.testing.exchanges import through_wsgi
from permit_accounts.web.response import Response


@pytest.mark.attack("WEB-13", "WEB-14", "WEB-16")
class TestWSGI(AdapterContract):
    @pytest.fixture
    def serve(self):
        return lambda handler: through_wsgi(wsgi_app(handler, otherwise=wsgi_elsewhere))


@pytest.mark.attack("WEB-13", "WEB-14", "WEB-16")
class TestWSGIBehindAServer(AdapterContract):
    @pytest.fixture
    def serve(self):
        with ExitStack() as servers:
            yield lambda handler: servers.enter_context(
                wsgi_server(wsgi_app(handler, otherwise=wsgi_elsewhere))
            )


class Counted(BytesIO):
    """A stream that gives little at a time, and counts what was taken."""

    taken = 0

    def read(self, size=-1, /):
        assert size >= 0
        part = super().read(min(size, 7))
        self.taken += len(part)
        return part


def called(handler, body=b"", **environ):
    stream = Counted(body)
    environ = {"PATH_INFO": "/door", "REQUEST_METHOD": "POST", "wsgi.input": stream} | environ
    setup_testing_defaults(environ)
    started = []
    body = b"".join(wsgi_app(handler)(environ, lambda status, headers: started.append((status, headers))))
    return started[0][0], body, stream.taken


TERMINATED = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}


@pytest.mark.attack("WEB-14")
def test_a_body_in_chunks_is_read_to_its_end():
    """Where the server says that the stream ends by itself."""
    handler = Echo()
    assert "200 OK" == called(handler, b"x" * 1000, **TERMINATED)[0]
    assert b"x" * 1000 == handler.only().body


@pytest.mark.attack("WEB-14")
def test_a_body_in_chunks_is_read_to_the_limit_only():
    """However long it goes on: one byte more tells that it is too long."""
    handler = Echo()
    status, _, taken = called(handler, b"x" * 100_000, **TERMINATED)
    assert ("200 OK", 1001, True) == (status, taken, handler.only().body_too_large)


@pytest.mark.attack("WEB-14")
def test_nothing_is_read_of_what_is_said_to_be_too_long():
    """The length alone tells."""
    handler = Echo()
    taken = called(handler, b"x" * 100_000, CONTENT_LENGTH="100000")[2]
    assert (0, True) == (taken, handler.only().body_too_large)


@pytest.mark.attack("WEB-14")
def test_a_body_without_an_end_is_refused():
    """In chunks from a server that leaves them to the application: nobody can tell where it ends."""
    handler = Echo()
    answered = called(handler, b"5\r\nhello\r\n0\r\n\r\n", HTTP_TRANSFER_ENCODING="chunked")
    assert ("411 Length Required", b"Length Required\n", 0) == answered
    assert [] == handler.seen


@pytest.mark.attack("WEB-14")
def test_chunks_win_over_a_length():
    """Both at once is how requests are smuggled; the server's end of the stream counts (RFC 9112, 6.3)."""
    handler = Echo()
    called(handler, b"twelve bytes", CONTENT_LENGTH="3", **TERMINATED)
    assert b"twelve bytes" == handler.only().body


@pytest.mark.attack("WEB-14")
@pytest.mark.parametrize("terminated", [True, False])
def test_a_body_that_broke_off_is_refused(terminated):
    """Whoever ends the stream, half a form is none."""
    handler = Echo()
    answered = called(handler, b"half", CONTENT_LENGTH="8", **{"wsgi.input_terminated": terminated})
    assert ("400 Bad Request", []) == (answered[0], handler.seen)


def test_an_empty_length_is_none():
    """Some servers say so where there is no body."""
    handler = Echo()
    assert ("200 OK", 0) == called(handler, b"of the next request", CONTENT_LENGTH="")[::2]
    assert "" == handler.only().header("content-length")


def test_the_headers_of_a_body_come_once():
    """Some servers give their names in both spellings."""
    handler = Echo()
    called(
        handler,
        b"1",
        CONTENT_LENGTH="1",
        HTTP_CONTENT_LENGTH="1",
        CONTENT_TYPE="a/b",
        HTTP_CONTENT_TYPE="a/b",
    )
    assert (("1",), ("a/b",)) == (
        handler.only().every("content-length"),
        handler.only().every("content-type"),
    )


@pytest.mark.attack("WEB-13")
def test_the_prefix_of_a_mounted_application_is_of_the_path():
    """The pages know their addresses with it."""
    handler = Echo()
    called(handler, SCRIPT_NAME="/door", PATH_INFO="/inner")
    assert "/door/inner" == handler.only().path


@pytest.mark.attack("WEB-13")
@pytest.mark.parametrize(
    ("path", "status"),
    [("/nowhere", "404 Not Found"), ("/caf\xe9", "400 Bad Request"), ("", "404 Not Found")],
)
def test_without_an_application_the_rest_is_turned_away(path, status):
    """In plain text; HEAD without it."""
    handler = Echo()
    assert (status, f"{status[4:]}\n".encode(), 0) == called(handler, PATH_INFO=path)
    assert (status, b"", 0) == called(handler, PATH_INFO=path, REQUEST_METHOD="HEAD")
    assert [] == handler.seen


def test_a_socket_without_an_address_has_no_peer():
    """On a Unix socket there is none."""
    handler = Echo()
    called(handler)
    assert "" == handler.only().peer


def test_a_status_without_a_name_is_sent():
    """A number is what counts; the line needs a word."""
    assert "499 Unnamed" == called(Echo(Response(499, (("Content-Length", "0"),))))[0]


def test_the_standard_librarys_validator_has_nothing_to_say():
    """What PEP 3333 asks of an application, in both directions."""
    handler = Echo()
    exchange = through_wsgi(validator(wsgi_app(handler)))
    assert 200 == exchange(Sent(method="POST", body=b"x" * 500)).status
    assert 404 == exchange(Sent(target="/nowhere")).status


def test_two_handlers_for_one_path_are_refused():
    """One of them would never be asked."""
    with pytest.raises(ConfigurationError, match="two handlers answer /"):
        wsgi_app(Echo(), Echo())
