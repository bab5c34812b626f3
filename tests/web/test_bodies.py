"""Bodies and addresses are read strictly, or refused with the reason; nothing of them is guessed."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from permit_accounts.web.bodies import STATUS, Unreadable, read_form, read_json, read_query
from permit_accounts.web.request import Request

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def request(body: bytes = b"", content_type: str = JSON, **more: Any) -> Request:
    return Request(
        method="POST", path="/api/sign-in", headers=(("content-type", content_type),), body=body, **more
    )


def test_an_object_is_read_as_it_is() -> None:
    """A number stays a number, and a name may be anything."""
    given = {"username": "ann", "a": [1, {"b": None}], "": 1.5}
    assert given == read_json(request(b'{"username":"ann","a":[1,{"b":null}],"":1.5}'))


def test_no_body_is_no_member() -> None:
    """Whatever its type is said to be: there is nothing to be read wrongly."""
    assert {} == read_json(request(b"", "text/plain"))
    assert {} == read_form(request(b"", FORM))


@pytest.mark.attack("WEB-14", "API-04")
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[" * 100_000 + b"]" * 100_000, Unreadable.BROKEN),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, Unreadable.BROKEN),
        (b'{"a":1,"a":2}', Unreadable.TWICE),
        (b'{"a":{"b":1,"b":1}}', Unreadable.TWICE),
        (b'{"a":1,"\\u0061":1}', Unreadable.TWICE),
        (b'{"a":NaN}', Unreadable.BROKEN),
        (b'{"a":-Infinity}', Unreadable.BROKEN),
        (b'{"a":' + b"9" * 5_000 + b"}", Unreadable.BROKEN),
        (b"\xef\xbb\xbf{}", Unreadable.BROKEN),
        (b'{"a":"\xe9"}', Unreadable.BROKEN),
        (b'{"a":1}{"b":2}', Unreadable.BROKEN),
        (b'{"a":1', Unreadable.BROKEN),
        (b"{'a':1}", Unreadable.BROKEN),
        (b'["username"]', Unreadable.BROKEN),
        (b'"text"', Unreadable.BROKEN),
        (b"null", Unreadable.BROKEN),
        (b" ", Unreadable.BROKEN),
        ('{"a":1}'.encode("utf-16"), Unreadable.BROKEN),
        (gzip.compress(b'{"a":1}', mtime=0), Unreadable.BROKEN),
    ],
    ids=lambda value: repr(value[:16]) if isinstance(value, bytes) else None,
)
def test_what_is_no_object_is_broken(body: bytes, reason: Unreadable) -> None:
    """Too deep, doubled, no JSON at all, or in another alphabet."""
    assert reason == read_json(request(body))
    assert 400 == STATUS[reason]


@pytest.mark.attack("WEB-14")
@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        FORM,
        "multipart/form-data; boundary=x",
        "application/json5",
        "application/jsonx; charset=utf-8",
        "application/json; charset=latin-1",
        "application/json; profile=a; charset=utf-16",
        "application/json; charset=utf-8; charset=utf-7",
        "application/json; charset",
        ";",
        "application/json, text/plain",
    ],
)
def test_another_type_is_not_read(content_type: str) -> None:
    """A page of another site can send text and forms unasked; a charset may stand behind other parameters."""
    assert Unreadable.WRONG_TYPE == read_json(request(b"{}", content_type))
    assert 415 == STATUS[Unreadable.WRONG_TYPE]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON;Charset=UTF-8",
        'application/json ; charset="utf-8"',
        "application/json; profile=x",
    ],
)
def test_json_may_be_said_in_several_ways(content_type: str) -> None:
    """Names of types and parameters have no case, and a value may be quoted (RFC 9110, 8.3.1)."""
    assert {} == read_json(request(b"{}", content_type))


@pytest.mark.attack("WEB-14")
def test_what_was_too_large_was_not_read() -> None:
    """The adapter stopped reading; the answer is 413 for both kinds."""
    assert Unreadable.TOO_LARGE == read_json(request(body_too_large=True))
    assert Unreadable.TOO_LARGE == read_form(request(content_type=FORM, body_too_large=True))
    assert 413 == STATUS[Unreadable.TOO_LARGE]


def test_a_form_is_read() -> None:
    """Blanks are kept, and letters of every alphabet."""
    assert {"name": "Ñandú", "blank": ""} == read_form(request(b"name=%C3%91and%C3%BA&blank=", FORM))


@pytest.mark.attack("WEB-14", "RED-03")
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"next=/ok&next=//evil.example", Unreadable.TWICE),
        (b"name=%FF", Unreadable.BROKEN),
        (b"name=\xff", Unreadable.BROKEN),
        (b"name", Unreadable.BROKEN),
        (b"&".join(b"f%d=1" % number for number in range(5_000)), Unreadable.BROKEN),
    ],
    ids=["twice", "no UTF-8", "no UTF-8 unescaped", "no value", "5000 fields"],
)
def test_a_form_that_cannot_be_read(body: bytes, reason: Unreadable) -> None:
    """A field that came twice is neither its first nor its last entry."""
    assert reason == read_form(request(body, FORM))


@pytest.mark.attack("WEB-14")
def test_a_form_of_another_type_is_not_read() -> None:
    """JSON where a form is awaited."""
    assert Unreadable.WRONG_TYPE == read_form(request(b"a=1", JSON))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {}),
        ("page=2", {"page": "2"}),
        ("a=%20&b=", {"a": " ", "b": ""}),
        ("page=1&page=2", Unreadable.TWICE),
        ("page", Unreadable.BROKEN),
        ("a=%FF", Unreadable.BROKEN),
        ("&".join(f"f{number}=1" for number in range(5_000)), Unreadable.BROKEN),
    ],
    ids=["none", "one", "blank", "twice", "no value", "no UTF-8", "5000 parameters"],
)
def test_parameters_of_an_address(query: str, expected: object) -> None:
    """They are read as strictly as a form."""
    assert expected == read_query(Request(method="GET", path="/api/activity", query=query))
