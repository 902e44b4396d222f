"""`/metrics` for Prometheus: open to the host itself and to whoever has the token, closed to others."""

from __future__ import annotations

import hmac
from ipaddress import IPv6Address, ip_address

from aiohttp import web
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import REGISTRY
from pydantic import SecretStr

from sovereign.web.edge import SERVICES

TOKEN = web.AppKey("metrics_token", SecretStr)

_HANDED_ON = ("forwarded", "via", "x-real-ip")
"""Headers of a proxy: a request that has one comes from elsewhere, whatever its address says. So does one
with any `X-Forwarded-…`."""

CLOSED = (
    "Metrics are told to this host alone, without a proxy in between, or to whoever sends the value of"
    " SOVEREIGN_METRICS_TOKEN as Authorization: Bearer."
)


def routes() -> list[web.RouteDef]:
    return [web.get("/metrics", tell)]


async def tell(request: web.Request) -> web.Response:
    """What was counted since the process started, and what waits now; as OpenMetrics where asked for."""
    if not (_has_token(request) or _is_local(request)):
        raise web.HTTPForbidden(reason=CLOSED)
    await request.app[SERVICES].health.gauge()
    _ = await request.app[SERVICES].forwarding.owed()
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return web.Response(body=encode(REGISTRY), headers={"Content-Type": content_type})


def _has_token(request: web.Request) -> bool:
    token = request.app.get(TOKEN)
    if not token:  # none, or an empty one, which proves nothing
        return False
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    same = hmac.compare_digest(_raw(given.strip()), _raw(token.get_secret_value()))
    return same and scheme.lower() == "bearer"


def _raw(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def _is_local(request: web.Request) -> bool:
    names = [name.lower() for name in request.headers]
    if any(name in _HANDED_ON or name.startswith("x-forwarded-") for name in names):
        return False
    peer = request.transport.get_extra_info("peername") if request.transport else None
    if not isinstance(peer, tuple):
        return False
    return _is_loopback(str(peer[0])) and _is_loopback(request.url.host or "")


def _is_loopback(host: str) -> bool:
    """An address of this host, or its usual name. A page in a browser here may know another name for it."""
    try:
        address = ip_address("127.0.0.1" if host == "localhost" else host.partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
