"""Cookies: every attribute that protects them, and no trust in what comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.web.cookies import DEVICE, NAMES, SESSION, CookieRules

RULES = CookieRules(plain_http=False)


@pytest.mark.attack("WEB-05")
def test_a_cookie_has_every_attribute():
    """The prefix ties it to this host; without a life it ends with the browser."""
    assert ("Set-Cookie", "__Host-sid=abc; Path=/; Secure; HttpOnly; SameSite=Lax") == RULES.kept(
        SESSION, "abc"
    )
    kept = "__Host-device=abc; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60"
    assert ("Set-Cookie", kept) == RULES.kept(DEVICE, "abc", seconds=60)


@pytest.mark.attack("WEB-05")
@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_cookie_is_dropped_as_it_was_set(name):
    """A browser forgets only what has the same name and place."""
    dropped = f"__Host-{name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
    assert ("Set-Cookie", dropped) == RULES.dropped(name)


def test_on_loopback_cookies_go_without_what_needs_https():
    """A browser would refuse the prefix over http; all else stays."""
    plain = CookieRules(plain_http=True)
    assert ("Set-Cookie", "sid=abc; Path=/; HttpOnly; SameSite=Lax") == plain.kept(SESSION, "abc")
    assert {"sid": "abc"} == plain.read("sid=abc; __Host-sid=other")


@pytest.mark.attack("WEB-06")
@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("__Host-sid=abc", {"sid": "abc"}),
        ("a=b; __Host-sid=abc; c", {"sid": "abc"}),
        ("__Host-sid=abc;__Host-device=def", {"sid": "abc", "device": "def"}),
        ("__Host-sid=abc; __Host-sid=planted", {}),
        ("__Host-sid=abc; __Host-sid=abc", {}),
        ("__Host-sid=; __Host-sid=abc", {}),
        ("sid=planted; __Secure-sid=planted; __Host-sid=abc", {"sid": "abc"}),
        ("sid=planted", {}),
        ("__host-sid=planted; __HOST-SID=planted", {}),
        ('__Host-sid="abc"', {}),
        ("__Host-sid=a\r\nSet-Cookie: x=y", {}),
        ("__Host-sid=\x00", {}),
        ("__Host-sid=größe", {}),
        ("__Host-sid", {}),
        ("=;;;=", {}),
        ("", {}),
        ("; ".join(f"c{n}=x" for n in range(200)) + "; __Host-sid=abc", {"sid": "abc"}),
        ("__Host-sid=" + "a" * 20_000, {}),
        ("__Host-sid=" + "a" * 4_001, {}),
    ],
)
def test_what_could_be_planted_counts_for_none(header, found):
    """Twice the same name, a name without its prefix, signs that no cookie of ours has, or too much of it."""
    assert found == RULES.read(header)


@pytest.mark.attack("WEB-06")
@given(st.text(max_size=300))
def test_no_header_breaks_it(header):
    """Whatever comes, it answers with cookies of ours or with none."""
    assert set(RULES.read(header)) <= NAMES


@given(name=st.sampled_from(sorted(NAMES)), value=st.from_regex(r"[A-Za-z0-9_.:-]{1,100}", fullmatch=True))
def test_what_is_set_comes_back(name, value):
    """The browser sends the name and the value, and nothing of the attributes."""
    _, header = RULES.kept(name, value)
    assert {name: value} == RULES.read(header.partition(";")[0])
