"""An adapter's first promise: the handler sees what was sent, decoded once, or is not asked."""

from __future__ import annotations

import attrs
import pytest

from permit_accounts.testing.adapter_case import ELSEWHERE, AdapterCase, Echo, Sent, Serve, values

#: Each target and the path that it is.
_OURS = {
    "/door": "/door",
    "/d%6Fo%72": "/door",
    "/door%2Finner": "/door/inner",
    "/door/caf%C3%A9": "/door/café",
    "/door/%D0%9A%D0%BB%D1%8E%D1%87": "/door/Ключ",
    "/door/a%20b": "/door/a b",
    "/door/50%2525": "/door/50%25",
}

#: Targets that are like a path and are none.
_NOT_OURS = (
    *("/door/", "/door//inner", "/door/./inner", "/door/../door", "/door/x/..%2Finner", "/door/%2e%2e/door"),
    *("/DOOR", "/Door", "/door.", "/door;x=1", "/door/a+b", "/door/50%25", "/%64oor%20", "/door%3Fx=1"),
    *("/door%0A", "/door%0D%0A", "/door%00", "/door%00.css", "/door%09", "/%2564oor", "/door%5Cinner"),
    *("/door%FF", "/door/caf%E9", "/door/caf%C3", "/door/cafe%CC%81", "/doo%EF%BD%92", "/doo%C0%B2"),
    *("/elsewhere/door", "/door/inner/inner", "/doors", "/doo", "/"),
)


class Asking(AdapterCase):
    """Method, path, query, headers, peer and body."""

    @pytest.mark.parametrize(
        "method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"]
    )
    def test_every_method_is_the_handlers(self, serve: Serve, method: str) -> None:
        """It says itself which it takes: nothing answers OPTIONS, HEAD or a strange one in its place."""
        handler = Echo()

        got = serve(handler)(Sent(method=method))

        assert (200, method) == (got.status, handler.only().method)

    @pytest.mark.parametrize("target", _OURS)
    def test_a_path_is_decoded_once(self, serve: Serve, target: str) -> None:
        """As UTF-8; what was encoded twice stays encoded once."""
        handler = Echo()

        serve(handler)(Sent(target=target))

        assert _OURS[target] == handler.only().path

    @pytest.mark.parametrize("target", _NOT_OURS)
    def test_a_path_is_taken_exactly(self, serve: Serve, target: str) -> None:
        """What is like a path is not one: no folding, trimming, merging of slashes or guessing of bytes."""
        handler = Echo()

        got = serve(handler)(Sent(target=target))

        assert ([], True) == (handler.seen, 0 < got.status < 500)

    @pytest.mark.parametrize("target", ["//door", "///door", "/./door", "/../door", "//elsewhere/door"])
    def test_a_server_may_tidy_the_front_of_a_path(self, serve: Serve, target: str) -> None:
        """Some do. Then the handler sees a path of its own, never one that it does not know."""
        handler = Echo()

        serve(handler)(Sent(target=target))

        assert {"/door"} >= {request.path for request in handler.seen}

    @pytest.mark.parametrize(
        "query", ["", "a=1&a=2&b", "next=%2Fa%2520b&c=+", "q=caf%C3%A9%FF%00", "?=/..//&&;=%", "a=1%0D%0AX:y"]
    )
    def test_a_query_is_left_as_it_came(self, serve: Serve, query: str) -> None:
        """Nothing in it is decoded, ordered or left out."""
        handler = Echo()

        serve(handler)(Sent(target=f"/door?{query}"))

        assert ("/door", query) == (handler.only().path, handler.only().query)

    def test_headers_are_left_as_they_came(self, serve: Serve) -> None:
        """Names in lower case; values letter by letter, in Latin-1."""
        handler = Echo()
        sent = {
            "X-Word": "One, two;three",
            "Accept-Language": "ru;q=1",
            "X-Byte": "caf\xe9",
            "x-odd": '"a=b"',
        }

        serve(handler)(Sent(headers=tuple(sent.items())))

        seen = handler.only()
        assert list(sent.values()) == [seen.header(name.lower()) for name in sent]
        assert [] == [name for name, _ in seen.headers if name != name.lower()]

    def test_a_header_that_came_twice_is_all_there(self, serve: Serve) -> None:
        """In order; as two, or as one with a comma between, which is the same (RFC 9110, 5.3)."""
        handler = Echo()

        serve(handler)(Sent(headers=(("X-Word", "one"), ("X-Other", "x"), ("X-Word", "two"))))

        assert ["one", "two"] == values(handler.only(), "x-word")

    def test_cookies_are_left_as_they_came(self, serve: Serve) -> None:
        """The pages read them; an adapter that did might drop one or take off a quotation mark."""
        handler = Echo()
        cookies = '__Host-sid=a.b-c_d==; x="quoted \\054"; x=again; $Version=1; empty='

        serve(handler)(Sent(headers=(("Cookie", cookies),)))

        assert (cookies,) == handler.only().every("cookie")

    def test_the_peer_is_the_connections(self, serve: Serve) -> None:
        """Whatever the visitor writes of it; which proxy is believed is for the site to say."""
        handler = Echo()
        claims = ("X-Forwarded-For", "X-Real-IP", "Client-IP", "True-Client-IP")

        serve(handler)(Sent(headers=tuple((name, "203.0.113.9") for name in (*claims, "Remote-Addr"))))

        seen = handler.only()
        assert "127.0.0.1" == seen.peer
        assert ["203.0.113.9"] * len(claims) == [seen.header(name.lower()) for name in claims]

    def test_the_application_keeps_its_own_paths(self, serve: Serve) -> None:
        """What is no path of the handler's is the application's, also where another method is used."""
        handler = Echo()
        exchange = serve(handler)

        assert ELSEWHERE == exchange(Sent(target="/elsewhere")).body
        assert [] == handler.seen

    @pytest.mark.parametrize("size", [0, 1, 999, 1000])
    def test_a_body_arrives_whole(self, serve: Serve, size: int) -> None:
        """Up to the limit, byte by byte."""
        handler, body = Echo(), bytes(number % 256 for number in range(size))

        serve(handler)(_posted(body))

        assert (body, False) == (handler.only().body, handler.only().body_too_large)

    @pytest.mark.parametrize("size", [1001, 1002, 200_000])
    def test_a_body_over_the_limit_is_told(self, serve: Serve, size: int) -> None:
        """One byte is enough. The handler gets none of it and says itself what that means."""
        handler = Echo()

        got = serve(handler)(_posted(b"x" * size))

        assert (b"", True) == (handler.only().body, handler.only().body_too_large)
        assert 200 == got.status

    def test_how_much_is_read_is_said_of_each_request(self, serve: Serve) -> None:
        """By all that stands before the body, so that only whoever may sends much; it is asked once."""
        handler = Echo()

        serve(handler)(_posted(b"x" * 10_000, ("X-Word", "more"), target="/door/inner?a=1"))

        (asked,) = handler.asked
        assert (b"x" * 10_000, b"") == (handler.only().body, asked.body)
        assert attrs.asdict(handler.only().with_body(b"")) == attrs.asdict(asked)

    def test_a_body_is_not_understood(self, serve: Serve) -> None:
        """A form is bytes to an adapter, however wrong it is."""
        handler, body = Echo(), b"a=%zz&a=\xff\xfe&\r\n\x00;b"

        serve(handler)(_posted(body, ("Content-Type", "application/x-www-form-urlencoded; charset=klingon")))

        seen = handler.only()
        assert (body, f"{len(body)}") == (seen.body, seen.header("content-length"))
        assert "application/x-www-form-urlencoded; charset=klingon" == seen.header("content-type")

    def test_a_body_ends_where_it_was_said_to(self, serve: Serve) -> None:
        """What follows on the connection is not of this request."""
        handler = Echo()

        serve(handler)(_posted(b"0123456789and more", ("Content-Length", "10")))

        assert b"0123456789" == handler.seen[0].body

    @pytest.mark.parametrize(
        "length", ["11", "1000", "-1", "ten", "1e1", "0x0a", "+10", "1_0", "\xb2", "9" * 5000]
    )
    def test_a_body_that_is_not_what_was_said_is_not_handled(self, serve: Serve, length: str) -> None:
        """Half a form is none, and a length that is none says nothing of where a body ends."""
        handler = Echo()

        got = serve(handler)(_posted(b"0123456789", ("Content-Length", length)))

        assert [] == [request.body for request in handler.seen if not request.body_too_large]
        assert got.status < 500


def _posted(body: bytes, *headers: tuple[str, str], target: str = "/door") -> Sent:
    return Sent(method="POST", target=target, headers=headers, body=body)
