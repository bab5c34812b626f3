"""The address of whoever asks, where a proxy that the city trusts stands in between.

A header is believed only from a connection of a trusted proxy, and then only the entries that trusted proxies
added: the list is read from its end, and the first address that is not a proxy's is the visitor's. Everything
before it was written by the visitor (OWASP, X-Forwarded-For).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final

from permit_accounts import ConfigurationError
from permit_accounts.web.request import Request

_HEADER: Final = "x-forwarded-for"
#: So many hops are looked at; no city has more proxies in a row.
_HOPS: Final = 20

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class TrustedProxies:
    """The proxies of a city, by address or network.

    Args:
        proxies: Such as `127.0.0.1` or `10.0.0.0/8`; `unix` for connections without an address. None by
            default: then the connection's own address is the visitor's.

    Raises:
        ConfigurationError: One of them is no address.
    """

    def __init__(self, proxies: Iterable[str] = ()) -> None:
        if isinstance(proxies, str):
            raise ConfigurationError(
                f"trusted_proxies={proxies!r} takes several addresses, such as ('10.0.0.7',)"
            )
        given = tuple(proxies)
        self._without_address = "unix" in given
        self._networks = tuple(_network(text) for text in given if text != "unix")

    def visitor_address(self, request: Request) -> str:
        """The visitor's own address as far as it can be known; empty where it cannot."""
        if not self._networks and not self._without_address:
            return request.peer
        if not self._is_trusted(request.peer):
            return request.peer
        hops = [hop.strip() for value in request.every(_HEADER) for hop in value.split(",")]
        for hop in reversed(hops[-_HOPS:]):
            address = _bare(hop)
            if _address(address) is None:
                return request.peer
            if not self._is_trusted(address):
                return address
        return request.peer

    def _is_trusted(self, text: str) -> bool:
        if not text:
            return self._without_address
        address = _address(text)
        return address is not None and any(address in network for network in self._networks)


def _network(text: object) -> Network:
    try:
        return ipaddress.ip_network(str(text))
    except ValueError as error:
        raise ConfigurationError(
            f"trusted_proxies: {text!r} is neither an address such as '10.0.0.7', a network such as "
            f"'10.0.0.0/8' nor 'unix' ({error})"
        ) from None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _bare(hop: str) -> str:
    """An entry without its port: `192.0.2.7:4711`, `[2001:db8::7]:4711`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
