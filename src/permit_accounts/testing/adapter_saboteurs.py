"""Adapters that are each wrong in one way, so that the contract of adapters is itself put to the test.

Each takes a `Sent` for what a server has received, and names the tests of the contract that have to notice.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, Final
from urllib.parse import unquote

from permit_accounts.testing.adapter_case import ELSEWHERE, Got, Headers, Sent
from permit_accounts.web.request import Handler, Request
from permit_accounts.web.response import Response


class AdapterSaboteur:
    """An adapter that would be right; each of the others breaks one promise of it."""

    caught_by: ClassVar[tuple[str, ...]] = ()
    """The tests of the contract that notice."""

    def __init__(self, handler: Handler) -> None:
        self.handler: Final = handler

    def __call__(self, sent: Sent) -> Got:
        """One request, from what was sent to what comes back."""
        target, _, query = sent.target.partition("?")
        path = self.path(target)
        if path not in self.handler.paths:
            found = path == "/elsewhere"
            return Got(status=200 if found else 404, body=ELSEWHERE if found else b"")
        headers = tuple((name.lower(), value) for name, value in sent.headers)
        length = dict(headers).get("content-length", str(len(sent.body)))
        if sent.body and "content-length" not in dict(headers):
            headers = (*headers, ("content-length", length))
        if not (length.isascii() and length.isdigit() and len(length) < 10) or not self.is_whole(
            sent, length
        ):
            return Got(status=400)
        asked = Request(
            method=sent.method,
            path=path,
            query=self.query(query),
            headers=headers,
            peer=self.peer(headers),
        )
        request = asked.with_body(self.body(sent.body[: int(length)], self.limit(asked)))
        response = self.answer(request)
        return Got(status=response.status, headers=self.headers(response), body=response.body)

    def path(self, target: str) -> str:
        """Decoded once."""
        return unquote(target)

    def query(self, query: str) -> str:
        """As it came."""
        return query

    def peer(self, headers: Headers) -> str:
        """The connection's, whatever the headers say."""
        return "127.0.0.1"

    def is_whole(self, sent: Sent, length: str) -> bool:
        """Whether as much came as was said."""
        return len(sent.body) >= int(length)

    def limit(self, asked: Request) -> int:
        """As the handler says of this request."""
        return self.handler.body_limit(asked)

    def body(self, body: bytes, limit: int) -> bytes | None:
        """Up to the limit; None where it is longer."""
        return body if len(body) <= limit else None

    def answer(self, request: Request) -> Response:
        """The handler's."""
        return self.handler.handle(request)

    def headers(self, response: Response) -> Headers:
        """As they are."""
        return response.headers


class DecodesTwice(AdapterSaboteur):
    """Decodes what its server has decoded."""

    caught_by = ("test_a_path_is_decoded_once", "test_a_path_is_taken_exactly")

    def path(self, target: str) -> str:
        """Once too often."""
        return unquote(unquote(target))


class GuessesBytes(AdapterSaboteur):
    """Leaves out what is no UTF-8."""

    caught_by = ("test_a_path_is_taken_exactly",)

    def path(self, target: str) -> str:
        """A path of what is left."""
        return unquote(target, errors="ignore")


class Trims(AdapterSaboteur):
    """Matches by a pattern that takes a line break for the end."""

    caught_by = ("test_a_path_is_taken_exactly",)

    def path(self, target: str) -> str:
        """Without what is white."""
        return unquote(target).strip()


class FoldsSlashes(AdapterSaboteur):
    """Takes two slashes for one, and one at the end for none."""

    caught_by = ("test_a_path_is_taken_exactly",)

    def path(self, target: str) -> str:
        """Tidied."""
        return unquote(target).replace("//", "/").rstrip("/")


class ParsesQueries(AdapterSaboteur):
    """Hands on a query that it has decoded."""

    caught_by = ("test_a_query_is_left_as_it_came",)

    def query(self, query: str) -> str:
        """Decoded."""
        return unquote(query)


class TrustsVisitors(AdapterSaboteur):
    """Takes the visitor's word on where it comes from."""

    caught_by = ("test_the_peer_is_the_connections",)

    def peer(self, headers: Headers) -> str:
        """What anybody can write."""
        return dict(headers).get("x-forwarded-for", "127.0.0.1")


class TakesHalves(AdapterSaboteur):
    """Hands on what came before the connection broke off."""

    caught_by = ("test_a_body_that_is_not_what_was_said_is_not_handled",)

    def is_whole(self, sent: Sent, length: str) -> bool:
        """Never asked."""
        return True


class CutsBodies(AdapterSaboteur):
    """Reads up to the limit and does not say that there was more."""

    caught_by = ("test_a_body_over_the_limit_is_told",)

    def body(self, body: bytes, limit: int) -> bytes | None:
        """The first part."""
        return body[:limit]


class CountsOneOff(AdapterSaboteur):
    """Takes the limit for the first length that is too long."""

    caught_by = ("test_a_body_arrives_whole",)

    def body(self, body: bytes, limit: int) -> bytes | None:
        """One byte short."""
        return body if len(body) < limit else None


class LimitsAllAlike(AdapterSaboteur):
    """Asks once, of nobody, how much is read of everybody."""

    caught_by = ("test_how_much_is_read_is_said_of_each_request",)

    def limit(self, asked: Request) -> int:
        """What a stranger may send."""
        return super().limit(Request(method="POST", path=asked.path))


class ReadsTexts(AdapterSaboteur):
    """Takes every body for a text."""

    caught_by = ("test_a_body_arrives_whole", "test_a_body_is_not_understood")

    def body(self, body: bytes, limit: int) -> bytes | None:
        """Decoded and encoded."""
        return super().body(body.decode(errors="replace").encode(), limit)


class AnswersOptions(AdapterSaboteur):
    """Answers a method itself, as frameworks do."""

    caught_by = ("test_every_method_is_the_handlers",)

    def answer(self, request: Request) -> Response:
        """Not the handler's."""
        return Response(204) if request.method == "OPTIONS" else super().answer(request)


class JoinsCookies(AdapterSaboteur):
    """Keeps headers in a dictionary."""

    caught_by = ("test_cookies_are_kept_apart", "test_headers_are_kept")

    def headers(self, response: Response) -> Headers:
        """One of each name."""
        return tuple(dict(response.headers).items())


class NamesTypes(AdapterSaboteur):
    """Gives a type to what has none."""

    caught_by = ("test_an_answer_without_content_gets_none",)

    def headers(self, response: Response) -> Headers:
        """One more than there were."""
        typed = ("Content-Type", response.header("Content-Type") or "text/html")
        return (*(header for header in response.headers if header[0] != "Content-Type"), typed)


class MeasuresAgain(AdapterSaboteur):
    """Adds the length of the body to what has one."""

    caught_by = ("test_a_body_is_kept", "test_headers_are_kept")

    def headers(self, response: Response) -> Headers:
        """Two lengths."""
        return (*response.headers, ("Content-Length", str(len(response.body))))


class OnePool(AdapterSaboteur):
    """Runs slow and quick requests in the same few threads."""

    caught_by = ("test_a_storm_of_slow_requests_leaves_room_for_quick_ones",)

    def __init__(self, handler: Handler) -> None:
        super().__init__(handler)
        self._threads: Final = ThreadPoolExecutor(4)

    def answer(self, request: Request) -> Response:
        """After whatever came before."""
        return self._threads.submit(super().answer, request).result()


class SharesRequests(AdapterSaboteur):
    """Keeps the request on the adapter, where the next one's is put."""

    caught_by = ("test_a_hundred_at_once_are_never_mixed",)

    def answer(self, request: Request) -> Response:
        """The handler's, to the request that came last but one."""
        previous = getattr(self, "kept", request)
        self.kept = request
        return super().answer(previous)


ADAPTER_SABOTEURS: Final[tuple[type[AdapterSaboteur], ...]] = tuple(AdapterSaboteur.__subclasses__())
"""All of them."""
