"""A request and its answer cross over unchanged, and a body is read up to the handler's limit only."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings

from contrib.django.city import Portal
from permit_accounts.contrib.django.views import site_page
from permit_accounts.web.response import Response

FORM = "application/x-www-form-urlencoded"
PAGE = "/portal/account"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"])
def test_every_method_is_the_handlers(method: str) -> None:
    """The view refuses none: what a page does not do, the handler says."""
    assert method == Client().generic(method, PAGE).json()["method"]


def test_all_of_a_request_crosses_over() -> None:
    """Path decoded once, query as it came, headers in lower case, body whole, the connection's address."""
    told = (
        Client()
        .post(
            "/portal/gr%C3%B6%C3%9Fe?next=%2Ffees&next=",
            "a=1&b=%2B",
            content_type=FORM,
            headers={"X-Odd": "one, two", "X-Empty": "", "Cookie": 'a=1; a="2"; B'},
            REMOTE_ADDR="192.0.2.7",
        )
        .json()
    )
    headers = dict(told.pop("headers"))
    assert {
        "method": "POST",
        "path": "/portal/größe",
        "query": "next=%2Ffees&next=",
        "body": "a=1&b=%2B",
        "body_too_large": False,
        "peer": "192.0.2.7",
    } == told
    expected = {"x-odd": "one, two", "x-empty": "", "content-type": FORM, "content-length": "9"}
    assert expected.items() <= headers.items()


@pytest.mark.attack("WEB-06")
def test_cookies_cross_over_as_they_came() -> None:
    """Which of two counts is decided in one place: Django, which would take one of them, is not asked."""
    for line in (
        '__Host-sid=a; __Host-sid=b; x="q\\"',
        "=;;;",
        "a=" + "b" * 16_000,
        "; ".join(["n=1"] * 200),
    ):
        told = Client().get(PAGE, headers={"Cookie": line}).json()
        assert line == dict(told["headers"])["cookie"]


def test_what_did_not_come_is_not_there() -> None:
    """WSGI has empty texts where a request has no type and no length."""
    request = RequestFactory().get(PAGE, CONTENT_TYPE="", CONTENT_LENGTH="")
    del request.META["REMOTE_ADDR"]
    told = site_page(request, PAGE)
    assert b'"headers": []' in told.content.replace(b'["cookie", ""]', b"")
    assert b'"peer": ""' in told.content


@pytest.mark.attack("WEB-14")
@pytest.mark.parametrize(
    ("length", "is_too_large"), [(0, False), (100, False), (101, True), (9_999_999, True)]
)
def test_a_body_is_read_up_to_the_limit(length: int, is_too_large: bool) -> None:
    """The last byte that fits fits; one more and nothing is read."""
    told = Client().post(PAGE, "a" * length, content_type=FORM).json()
    assert (is_too_large, 0 if is_too_large else length) == (told["body_too_large"], len(told["body"]))


class _Endless:
    """A connection on which bytes never end, and which counts those that were taken."""

    taken = 0

    def read(self, size: int) -> bytes:
        self.taken += size
        return b"a" * size

    readline = read


@pytest.mark.attack("WEB-14")
@pytest.mark.parametrize(
    ("announced", "taken"), [("1000000000", 0), ("-1", 0), ("1e9", 0), ("", 0), ("100", 100)]
)
def test_no_more_is_taken_than_the_limit(announced: str, taken: int) -> None:
    """A length that is past the limit, or none, takes nothing off the connection."""
    stream = _Endless()
    environ = RequestFactory().post(PAGE, b"", content_type=FORM).environ
    request = RequestFactory().request(
        **{**environ, "wsgi.input": stream, "CONTENT_LENGTH": announced, "PATH_INFO": PAGE}
    )
    site_page(request, PAGE)
    assert taken == stream.taken


@pytest.mark.attack("WEB-14")
def test_a_body_of_unknown_length_is_read_up_to_the_limit(site: Portal) -> None:
    """Where none was announced, as behind an asynchronous server, the limit and one byte are read."""
    stream = _Endless()
    request = RequestFactory().post(PAGE)
    request.META["CONTENT_LENGTH"] = ""
    request._stream = stream
    site_page(request, PAGE)
    assert (101, True, b"") == (stream.taken, site.asked[-1].body_too_large, site.asked[-1].body)


@pytest.mark.attack("WEB-14")
@pytest.mark.parametrize("method", ["POST", "HEAD"])
def test_a_body_in_chunks_is_refused(site: Portal, method: str) -> None:
    """On WSGI Django gives none of it, and an empty form would be another than was sent."""
    answer = Client().generic(method, PAGE, "", headers={"Transfer-Encoding": "chunked"})
    assert (411, []) == (answer.status_code, site.asked)


@pytest.mark.attack("WEB-14")
@pytest.mark.parametrize("announced", ["-1", "1e1", "+3", "1_0", "\xb2", "9" * 5000])
def test_a_length_that_is_none_is_refused(site: Portal, announced: str) -> None:
    """Nobody can tell where such a body ends."""
    request = RequestFactory().post(PAGE, b"a=1", content_type=FORM)
    request.META["CONTENT_LENGTH"] = announced
    assert (400, []) == (site_page(request, PAGE).status_code, site.asked)


def reading(what: str) -> Callable[[Any], Any]:
    """A middleware that takes the body before anybody else, one way or another."""

    def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Any:
        def called(request: HttpRequest) -> HttpResponse:
            getattr(request, what)
            return get_response(request)

        return called

    return middleware


reads_body = reading("body")
reads_form = reading("POST")


def _with(name: str) -> Any:
    middleware = [f"contrib.django.test_translation.{name}", *settings.MIDDLEWARE]
    return override_settings(MIDDLEWARE=middleware, DATA_UPLOAD_MAX_MEMORY_SIZE=50)


def test_the_projects_own_limit_is_not_ours() -> None:
    """A project that takes small bodies only still takes the pages' own forms."""
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=2):
        assert "a=1&b=2" == Client().post(PAGE, "a=1&b=2", content_type=FORM).json()["body"]


@pytest.mark.parametrize("name", ["reads_body", "reads_form"])
def test_a_middleware_that_read_the_body_takes_nothing_away(name: str) -> None:
    """Django keeps what it has read, and the handler gets the same bytes."""
    with _with(name):
        assert "a=1&b=2" == Client().post(PAGE, "a=1&b=2", content_type=FORM).json()["body"]


def test_a_form_whose_bytes_are_gone_is_told(site: Portal, caplog: pytest.LogCaptureFixture) -> None:
    """Parts of a file that some middleware has taken are gone: 400 and a line in the log, no half form."""
    with _with("reads_form"), caplog.at_level(logging.WARNING):
        assert 400 == Client().post(PAGE, {"a": "1"}).status_code
    assert ["permit_accounts.django"] == [r.name for r in caplog.records if r.name.startswith("permit")]
    assert [] == site.asked


@pytest.mark.attack("WEB-14")
def test_half_a_body_is_no_request(site: Portal) -> None:
    """A connection that ends, or breaks, before all was sent."""

    class Broken:
        def read(self, size: int) -> bytes:
            raise ConnectionResetError

    request = RequestFactory().post(PAGE, b"a=1", content_type=FORM)
    request._stream = Broken()
    assert 400 == site_page(request, PAGE).status_code
    request = RequestFactory().post(PAGE, b"a=1", content_type=FORM)
    request.META["CONTENT_LENGTH"] = "4"
    assert 400 == site_page(request, PAGE).status_code
    assert [] == site.asked


@pytest.mark.attack("WEB-05")
def test_set_cookie_is_sent_to_the_letter(site: Portal) -> None:
    """Several cookies, of one name too, with every attribute as the handler wrote it."""
    lines = [
        "__Host-sid=a.b_c-d; Path=/; Secure; HttpOnly; SameSite=Lax",
        "__Host-device=x=y; Max-Age=15552000; Path=/; Secure; HttpOnly; SameSite=Lax",
        "sid=; Path=/portal; Max-Age=0",
        "sid=; Path=/; Max-Age=0",
    ]
    site.says = Response(303, (("Location", "/"), *(("Set-Cookie", line) for line in lines)))
    answer = Client().get(PAGE)
    assert lines == [cookie.OutputString() for cookie in answer.cookies.values()]
    assert "a.b_c-d" == answer.cookies["__Host-sid"].value
    assert ("Lax", True, "/") == tuple(
        answer.cookies["__Host-sid"][name] for name in ("samesite", "secure", "path")
    )


def test_nothing_is_added_to_an_answer(site: Portal) -> None:
    """No type where there is no content; a header that comes twice is one list; 204 and HEAD are empty."""
    site.says = Response(204, (("Vary", "Cookie"), ("Vary", "Accept")))
    answer = Client().get(PAGE)
    assert (204, b"", "Cookie, Accept") == (answer.status_code, answer.content, answer["Vary"][:14])
    assert not answer.has_header("Content-Type")
    site.says = Response(413, (("Content-Type", "text/html"), ("Content-Length", "4"), ("X-A", "b")), b"much")
    answer = Client().post(PAGE)
    assert (413, b"much", "text/html", "b") == (
        answer.status_code,
        answer.content,
        answer["Content-Type"],
        answer["X-A"],
    )


def test_djangos_csrf_guard_stands_back() -> None:
    """The handler has its own, and Django's would refuse every form of the pages."""
    client = Client(enforce_csrf_checks=True)
    assert 200 == client.post(PAGE, "a=1", content_type=FORM).status_code


def test_a_project_that_asks_everybody_to_sign_in_lets_them() -> None:
    """`LoginRequiredMiddleware` must not stand before the page on which one signs in."""
    required = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    with override_settings(MIDDLEWARE=required):
        assert 200 == Client().get("/portal/sign-in").status_code
        assert 302 == Client().get("/told").status_code


def test_a_failing_middleware_reports_no_password() -> None:
    """Should Django have parsed the form, its report of a fault shows stars."""
    request = RequestFactory().post(PAGE, {"password": "seven quiet lanterns drift"})
    site_page(request, PAGE)
    assert "__ALL__" == request.sensitive_post_parameters
