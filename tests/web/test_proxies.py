"""The visitor's address: from the connection, or from a proxy that the city trusts."""

from __future__ import annotations

import pytest

from permit_accounts import ConfigurationError
from permit_accounts.web import Request
from permit_accounts.web.proxies import TrustedProxies


def address(proxies, peer, *forwarded):
    headers = tuple(("x-forwarded-for", value) for value in forwarded)
    request = Request(method="GET", path="/", headers=headers, peer=peer)
    return TrustedProxies(proxies).visitor_address(request)


@pytest.mark.attack("THR-07")
def test_without_a_proxy_a_header_says_nothing():
    """Anybody can write one."""
    assert "192.0.2.7" == address((), "192.0.2.7", "198.51.100.1")


@pytest.mark.attack("THR-07")
def test_a_stranger_who_plays_the_proxy_is_a_stranger():
    """The header counts from a connection of the proxy's own address only."""
    assert "192.0.2.7" == address(("10.0.0.1",), "192.0.2.7", "198.51.100.1")


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        (["198.51.100.1"], "198.51.100.1"),
        (["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
        (["203.0.113.9", "198.51.100.1"], "198.51.100.1"),
        (["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        (["198.51.100.1:4711"], "198.51.100.1"),
        (["[2001:db8::7]:4711"], "2001:db8::7"),
        (["2001:db8::7"], "2001:db8::7"),
        (["198.51.100.1, nonsense"], "10.0.0.1"),
        (["nonsense"], "10.0.0.1"),
        ([""], "10.0.0.1"),
        ([], "10.0.0.1"),
        (["10.0.0.3, 10.0.0.2"], "10.0.0.1"),
    ],
)
def test_the_last_address_that_is_no_proxys_is_the_visitors(forwarded, found):
    """What stands before it was written by the visitor."""
    assert found == address(("10.0.0.0/8",), "10.0.0.1", *forwarded)


def test_an_address_written_as_the_other_kind_is_the_same():
    """A server that listens on IPv6 shows IPv4 connections so."""
    assert "198.51.100.1" == address(("10.0.0.1",), "::ffff:10.0.0.1", "198.51.100.1")


def test_a_unix_socket_has_no_address():
    """Only where the city says so is its header believed."""
    assert "198.51.100.1" == address(("unix",), "", "198.51.100.1")
    assert "" == address((), "", "198.51.100.1")
    assert "" == address(("10.0.0.1",), "", "198.51.100.1")


@pytest.mark.parametrize("proxies", ["10.0.0.1", ("nonsense",), ("10.0.0.1/8",), (None,)])
def test_what_is_no_proxy_is_refused_when_the_site_is_made(proxies):
    """A text alone would be taken letter by letter; a network with host bits is a slip."""
    with pytest.raises(ConfigurationError, match="trusted_proxies"):
        TrustedProxies(proxies)
