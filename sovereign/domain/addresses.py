"""Where on the network a request comes from, and whether it may come from there."""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MOST_HOPS = 20
"""Entries of X-Forwarded-For that are looked at, from the nearest."""


_WITH_PORT = re.compile(r"(?:\[(?P<v6>[^\]]{1,60})\]|(?P<v4>[0-9.]{7,15}))(?::[0-9]{1,5})?")


def origin(peer: str, forwarded: str, trusted: Collection[Network]) -> Address | None:
    """The address of who asks: the peer's own or, where the peer is a trusted proxy, the nearest address of
    X-Forwarded-For that is none. What stands beyond that anybody may have written. None where it is no
    address."""
    here = _address(peer)
    for hop in reversed(forwarded.split(",")[-MOST_HOPS:] if forwarded else []):
        if here is None or not within(here, trusted):
            return here
        here = _address(hop)
    return here


def within(address: Address, networks: Collection[Network]) -> bool:
    return any(address in network for network in networks)


def _address(text: str) -> Address | None:
    """Some proxies add a port. An IPv4 address that is written as one of IPv6 is one of IPv4."""
    bare = _WITH_PORT.fullmatch(text.strip())
    try:
        found = ip_address(bare["v6"] or bare["v4"] if bare else text.strip())
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
