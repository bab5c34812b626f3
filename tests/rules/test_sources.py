"""Sources: one IPv4 address, or one /64 of IPv6, however they are written."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.rules.sources import source_of


@pytest.mark.parametrize(
    ("ip", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7\n", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::FFFF:C000:207", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
    ],
)
def test_one_source_has_one_name(ip: str, source: str) -> None:
    """Spellings of one address are one source; so are all addresses of one network of 64 bits."""
    assert source == source_of(ip)


@pytest.mark.parametrize(
    "ip",
    ["", " ", "unknown", "localhost", "192.0.2", "192.0.2.256", "192.0.2.7:443", "192.0.2.07", "1" * 65],
)
def test_what_is_no_address_is_no_source(ip: str) -> None:
    """A missing or garbled address is not counted by: it would be one count for everybody."""
    assert source_of(ip) is None


@pytest.mark.parametrize("ip", [None, 3221225991, b"192.0.2.7"])
def test_what_is_no_text_is_no_source(ip: object) -> None:
    """Frameworks hand over None where there is no address."""
    assert source_of(ip) is None  # type: ignore[arg-type]


@given(st.ip_addresses(v=6))
def test_a_source_lies_where_its_address_lies(address: ipaddress.IPv6Address) -> None:
    """Every IPv6 address belongs to the network that it is counted under."""
    source = source_of(str(address))

    assert source is not None
    if address.ipv4_mapped is None:
        assert address in ipaddress.ip_network(source)
