"""Where a request comes from, and whether it may: what a stranger writes into a header proves nothing."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from sovereign.domain.addresses import origin, within

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
addresses = st.ip_addresses().filter(lambda one: not within(one, PROXIES) and _is_plain(one))


def _is_plain(address: object) -> bool:
    return getattr(address, "ipv4_mapped", None) is None


def test_a_peer_that_is_no_proxy_is_the_origin_whatever_it_says() -> None:
    assert origin("203.0.113.7", "198.51.100.1", PROXIES) == ip_address("203.0.113.7")
    assert origin("203.0.113.7", "", PROXIES) == ip_address("203.0.113.7")
    assert origin("10.0.0.1", "198.51.100.1", ()) == ip_address("10.0.0.1")


def test_behind_proxies_the_nearest_address_that_is_none_of_them_counts() -> None:
    assert origin("10.0.0.1", "198.51.100.1", PROXIES) == ip_address("198.51.100.1")
    assert origin("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.9.9.9", PROXIES) == ip_address("198.51.100.1")
    assert origin("fd00::1", " 2001:db8::1 ", PROXIES) == ip_address("2001:db8::1")
    assert origin("::ffff:10.0.0.1", "198.51.100.1", PROXIES) == ip_address("198.51.100.1")
    assert origin("10.0.0.1", "", PROXIES) == ip_address("10.0.0.1")
    assert origin("10.0.0.1", "198.51.100.1:51234", PROXIES) == ip_address("198.51.100.1")
    assert origin("10.0.0.1", "[2001:db8::1]:51234, [fd00::7]", PROXIES) == ip_address("2001:db8::1")


def test_what_is_no_address_is_nobody() -> None:
    assert origin("", "", PROXIES) is None
    assert origin("10.0.0.1", "unknown", PROXIES) is None
    assert origin("10.0.0.1", "198.51.100.1, unknown", PROXIES) is None
    assert origin("10.0.0.1", ",".join(["10.0.0.2"] * 5000), PROXIES) == ip_address("10.0.0.2")


@given(said=st.lists(st.text(max_size=20), max_size=5), real=addresses)
def test_nothing_that_a_stranger_writes_changes_what_the_proxy_saw(said: list[str], real: object) -> None:
    forwarded = ",".join([*(text.replace(",", "") for text in said), str(real)])
    assert origin("10.0.0.1", forwarded, PROXIES) == real


def test_networks_of_both_families_are_told_apart() -> None:
    networks = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
    assert within(ip_address("192.0.2.200"), networks)
    assert within(ip_address("2001:db8::9"), networks)
    assert not within(ip_address("192.0.3.1"), networks)
    assert not within(ip_address("::c000:201"), networks)
