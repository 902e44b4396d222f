"""What is fetched from the senders' own sites: once an hour, over TLS, in bounds, and never in a hurry."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from sovereign.clients.sender_sites import FAILED, FRESH, LARGEST, MINUTE, MOST_FETCHED, MOST_KEPT, Sites
from sovereign.core import clock
from sovereign.core.errors import Unavailable


class Site:
    """A sender's site; `base` is its URL, `asked` the paths that were fetched."""

    def __init__(self) -> None:
        self.base = ""
        self.asked: list[str] = []
        self.now = 1000.0

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if request.path == "/elsewhere":
            raise web.HTTPFound("/key")
        if request.path == "/large":
            return web.Response(body=b"x" * (LARGEST + 1))
        if request.path == "/slow":
            await asyncio.sleep(1)
        return web.Response(status=500 if request.path == "/broken" else 200, text=f"key {len(self.asked)}")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[tuple[Site, Sites]]:
    it, server = Site(), web.Application()
    server.router.add_get("/{rest:.*}", it.answer)
    runner = web.AppRunner(server)
    await runner.setup()
    here, there = _tls(tmp_path)
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=here).start()
    it.base = f"https://127.0.0.1:{runner.addresses[0][1]}"
    connector, timeout = aiohttp.TCPConnector(ssl=there), aiohttp.ClientTimeout(total=0.5)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
        yield it, Sites(http, lambda: it.now)
    await runner.cleanup()


def _tls(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What the server shows, and what the client trusts."""
    key, today = generate_private_key(SECP256R1()), datetime.fromtimestamp(clock.now().timestamp(), UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a sender")])
    made = (
        x509.CertificateBuilder(
            issuer_name=name,
            subject_name=name,
            public_key=key.public_key(),
            serial_number=1,
            not_valid_before=today - timedelta(days=1),
            not_valid_after=today + timedelta(days=1),
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, SHA256())
    )
    pem = folder / "site.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + made.public_bytes(Encoding.PEM))
    here = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    here.load_cert_chain(pem)
    return here, ssl.create_default_context(cadata=made.public_bytes(Encoding.PEM).decode())


async def test_a_key_is_fetched_once_an_hour_however_many_ask(site: tuple[Site, Sites]) -> None:
    it, sites = site
    found = await asyncio.gather(*(sites.key(f"{it.base}/key") for _ in range(20)))
    assert set(found) == {b"key 1"}
    it.now += FRESH - 1
    assert await sites.key(f"{it.base}/key") == b"key 1"
    it.now += 2
    assert await sites.key(f"{it.base}/key") == b"key 2"


@pytest.mark.parametrize("path", ["/broken", "/elsewhere", "/large", "/slow"])
async def test_what_cannot_be_had_is_not_asked_for_again_at_once(site: tuple[Site, Sites], path: str) -> None:
    it, sites = site
    for _ in range(3):
        with pytest.raises(Unavailable):
            await sites.key(it.base + path)
    assert it.asked == [path], "no redirect is followed either"
    it.now += FAILED + 1
    with pytest.raises(Unavailable):
        await sites.key(it.base + path)
    assert it.asked == [path, path]


async def test_a_slow_site_holds_up_no_other_key_and_is_asked_once(site: tuple[Site, Sites]) -> None:
    it, sites = site
    slow = [asyncio.ensure_future(sites.key(f"{it.base}/slow")) for _ in range(3)]
    for _ in range(400):
        if "/slow" in it.asked:
            break
        await asyncio.sleep(0.001)
    assert await sites.key(f"{it.base}/key") == b"key 2"
    assert not any(one.done() for one in slow)
    assert {type(one) for one in await asyncio.gather(*slow, return_exceptions=True)} == {Unavailable}
    assert it.asked == ["/slow", "/key"]


async def test_whoever_invents_addresses_cannot_have_us_hammer_a_site(site: tuple[Site, Sites]) -> None:
    it, sites = site
    for number in range(MOST_FETCHED):
        await sites.key(f"{it.base}/{number}")
    with pytest.raises(Unavailable):
        await sites.key(f"{it.base}/one-more")
    assert len(it.asked) == MOST_FETCHED
    assert await sites.key(f"{it.base}/3") == b"key 4", "what is known stays known"
    it.now += MINUTE
    await sites.key(f"{it.base}/one-more")


async def test_whoever_invents_addresses_cannot_keep_us_from_a_key_that_is_real(
    site: tuple[Site, Sites],
) -> None:
    it, sites = site
    await sites.key(f"{it.base}/real")
    for number in range(MOST_KEPT):
        if number % (MOST_FETCHED - 1) == 0:
            it.now += MINUTE + 1
        with pytest.raises(Unavailable):
            await sites.key(f"{it.base}/broken?{number}")
    asked = it.asked.count("/real")
    await sites.key(f"{it.base}/real")
    assert it.asked.count("/real") == asked, "it is known still"
    it.now += FRESH + 1
    for number in range(MOST_FETCHED):
        with pytest.raises(Unavailable):
            await sites.key(f"{it.base}/broken?again{number}")
    with pytest.raises(Unavailable, match="too many"):
        await sites.key(f"{it.base}/another")
    assert await sites.key(f"{it.base}/real"), "and may be fetched anew whatever others asked for"


async def test_the_keys_in_memory_are_bounded(site: tuple[Site, Sites]) -> None:
    it, sites = site
    for number in range(MOST_KEPT + 5):
        it.now += MINUTE
        await sites.key(f"{it.base}/{number}")
    assert len(sites._kept) == len(sites._real) == MOST_KEPT


async def test_only_tls_is_spoken_and_only_with_whom_we_trust(site: tuple[Site, Sites]) -> None:
    it, sites = site
    with pytest.raises(Unavailable):
        await sites.key(it.base.replace("https", "http") + "/key")
    async with aiohttp.ClientSession() as strict:
        with pytest.raises(Unavailable):
            await Sites(strict).key(f"{it.base}/key")
    assert it.asked == []


async def test_a_visit_succeeds_or_says_that_it_did_not(site: tuple[Site, Sites]) -> None:
    it, sites = site
    await sites.visit(f"{it.base}/?Action=ConfirmSubscription")
    await sites.visit(f"{it.base}/?Action=ConfirmSubscription")
    with pytest.raises(Unavailable):
        await sites.visit(f"{it.base}/broken")
    assert it.asked == ["/", "/", "/broken"]
