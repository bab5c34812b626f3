"""Where a request comes from, as far as limits are concerned: one IPv4 address, or one IPv6 /64.

A household or a server is given a whole /64, so counting single IPv6 addresses would count nothing.
"""

from __future__ import annotations

import ipaddress
from typing import Final

_LONGEST: Final = 64  # characters; an address with its zone has fewer
_NETWORK_BITS: Final = 64


def source_of(ip: str) -> str | None:
    """The source that this address belongs to, or None where the text is no address.

    An IPv4 address written as an IPv6 one (`::ffff:192.0.2.7`) is the IPv4 address.

    Args:
        ip: The client's address, from a proxy that the application trusts.
    """
    if not isinstance(ip, str) or len(ip) > _LONGEST:
        return None
    try:
        address = ipaddress.ip_address(ip.strip().partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), _NETWORK_BITS), strict=False))
