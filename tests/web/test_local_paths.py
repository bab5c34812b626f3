"""Where a person may be sent: nowhere but here, however browsers read an address."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.web.local_paths import LONGEST, local_path, with_query

ELSEWHERE = [
    "//evil.com",
    "///evil.com",
    "////evil.com",
    "/\\evil.com",
    "\\\\evil.com",
    "\\/evil.com",
    "/%09/evil.com",
    "/\t/evil.com",
    "/\n/evil.com",
    " //evil.com",
    "\x00//evil.com",
    "\x01//evil.com",
    "http:evil.com",
    "https:/evil.com",
    "http:///evil.com",
    "javascript:alert(1)",
    "\njavascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "//good.com@evil.com",
    "https://good.com\\@evil.com",
    "https://good.com.evil.com",
    "//good.com\\.evil.com",
    "//evil。com",
    "//①②.com",
    "http://2130706433",
    "//[evil",
    "",
    "evil.com",
    "?next=/",
    "/%5Cevil.com",
    "/%5c/evil.com",
    "/ok//evil.com",
    "/../evil.com",
    "/a/../..//evil.com",
    "/ok\r\nSet-Cookie: sid=x",
    "/ok%0d%0aSet-Cookie:%20sid=x",
    "/ok%00",
    "/größe",
    "/" + "a" * LONGEST,
    "/" + "a" * 100_000,
]


@pytest.mark.attack("RED-01", "RED-05")
@pytest.mark.parametrize("text", ELSEWHERE)
def test_what_could_lead_elsewhere_is_no_path(text):
    """Other hosts in all their spellings, controls, line breaks, and what is too long for a header."""
    assert local_path(text) is None


@pytest.mark.attack("RED-03")
@pytest.mark.parametrize("value", [None, 1, True, ["/ok"], {"next": "/ok"}, b"/ok"])
def test_what_is_no_text_is_no_path(value):
    """JSON can send anything."""
    assert local_path(value) is None


@pytest.mark.attack("RED-03")
def test_what_is_quoted_twice_stays_quoted_once():
    """It is decoded once by whoever read the form, and never here."""
    assert local_path("%2f%2fevil.com") is None
    assert "/sign-in?next=%2F%2Fevil.com" == local_path("/sign-in?next=%2F%2Fevil.com")


@pytest.mark.parametrize("path", ["/", "/dashboard", "/permits/B-26-1?tab=plans&page=2", "/a.b/c_d~e/%C3%A9"])
def test_a_path_of_this_site_is_one(path):
    """As it came, to the letter."""
    assert path == local_path(path)


def as_browsers_read(text):
    """What a browser makes of an address before it looks for a host (WHATWG URL, 4.4)."""
    text = re.sub(r"^[\x00-\x20]+|[\x00-\x20]+$", "", text)
    return re.sub(r"[\t\n\r]", "", text).replace("\\", "/")


@pytest.mark.attack("RED-01")
@given(st.text(alphabet=st.sampled_from("/\\.:@%259fFcC \t\n\r\x00?#eviloc-_;&="), max_size=40))
def test_whatever_is_taken_stays_on_this_host(text):
    """One slash, then no second one, and nothing that browsers drop or turn round."""
    path = local_path(text)
    if path is not None:
        assert path == as_browsers_read(path)
        assert path.startswith("/")
        assert not path.startswith("//")


def test_a_query_is_quoted():
    """Whatever stands in it."""
    assert "/sign-in?next=%2Fa%3Fb%3D1%26c%3D2" == with_query("/sign-in", next="/a?b=1&c=2")
    assert "/sign-in" == with_query("/sign-in", next="")
