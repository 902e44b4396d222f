"""Takes deliveries in: verify, keep, answer. What they mean is found out later, by the pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from http import HTTPStatus

import structlog

from sovereign.core import clock
from sovereign.core.errors import RejectedDelivery, Unavailable, UnknownEndpoint, WrongAddress
from sovereign.domain import addresses
from sovereign.integrations._source import Greeting, Inbound, no_greeting
from sovereign.services import accounting
from sovereign.services.endpoints import Endpoint, remembered
from sovereign.services.ports.senders import SenderSites
from sovereign.services.proving import Proving, Verdict
from sovereign.services.setup import Setup
from sovereign.store import keeping, refusals
from sovereign.store.database import Database
from sovereign.store.deliveries import NewDelivery

log = structlog.get_logger()

PATHS = "Senders post to /git, /alert, /event, /hooks/<source>, or what event_gateway.endpoints names."
_ALWAYS_SHOWN = frozenset({"content-type", "user-agent"})


class Gateway:
    """`wake` is called after each new delivery is on the disk."""

    def __init__(
        self, database: Database, setup: Setup, wake: Callable[[], None], sites: SenderSites
    ) -> None:
        self._database, self._wake = database, wake
        self._proving = Proving(database, sites)
        self.follow(setup)

    def follow(self, setup: Setup) -> None:
        """Take deliveries by this configuration from now on."""
        self.max_body, self._trusted = setup.max_body, setup.trusted_proxies
        endpoints = [remembered(endpoint) for endpoint in setup.endpoints.values()]
        self._by_path = {f"/hooks/{endpoint.name}": endpoint for endpoint in endpoints}
        self._by_path |= {endpoint.path: endpoint for endpoint in endpoints}

    def listens(self, path: str) -> bool:
        return path in self._by_path

    def heard(self, path: str) -> HTTPStatus:
        """The status by which the sender learns that a delivery was taken."""
        endpoint = self._by_path.get(path)
        return endpoint.source.heard if endpoint else HTTPStatus.ACCEPTED

    def guards(self, path: str) -> bool:
        """Whether only some addresses may send to it."""
        endpoint = self._by_path.get(path)
        return endpoint is not None and bool(endpoint.allow)

    def admit(self, path: str, peer: str, forwarded: str) -> None:
        """Raises WrongAddress for one that the endpoint's `allow` leaves out.

        `peer` is the other end of the connection, `forwarded` what X-Forwarded-For says.
        """
        endpoint = self._by_path.get(path)
        if endpoint is None or not endpoint.allow:
            return
        address = addresses.origin(peer, forwarded, self._trusted)
        if address is None or not addresses.within(address, endpoint.allow):
            raise WrongAddress(
                "wrong_address", f"{path} takes nothing from {address or 'an unknown address'}."
            )

    def greets(self, path: str) -> bool:
        """Whether what comes there may be a handshake."""
        endpoint = self._by_path.get(path)
        return endpoint is not None and endpoint.source.greet is not no_greeting

    async def greet(self, path: str, headers: Mapping[str, str], body: bytes, url: str) -> Greeting | None:
        """The answer to a handshake; None for a delivery. Raises Unavailable."""
        endpoint = self._by_path.get(path)
        if endpoint is None:
            return None
        greeting = endpoint.source.greet(_inbound(endpoint, headers, body, url))
        if greeting and greeting.remember:
            await self._proving.remember(endpoint, greeting.remember)
        return greeting

    async def accept(self, path: str, headers: Mapping[str, str], body: bytes, url: str) -> bool:
        """Verify and keep a delivery; False for a repeat of one that is kept already.

        When this returns, the raw bytes are on the disk. Raises RejectedDelivery (counted) and Unavailable.
        """
        endpoint = self._by_path.get(path)
        try:
            if endpoint is None:
                raise UnknownEndpoint("unknown_endpoint", f"Nothing listens at {path}. {PATHS}")
            inbound = _inbound(endpoint, headers, body, url)
            verdict = await self._proving.verify(endpoint, inbound)
        except RejectedDelivery as refusal:
            await self.refuse(path, refusal)
            raise
        if not verdict.once:
            return await self._keep(endpoint, inbound, verdict)
        async with self._proving.alone(verdict.once):  # copies that come together are no two requests
            if await self._proving.is_repeat(verdict.once, inbound.received_at):
                return False
            fresh = await self._keep(endpoint, inbound, verdict)
            self._proving.taken(verdict.once, inbound.received_at)
            return fresh

    async def _keep(self, endpoint: Endpoint, inbound: Inbound, verdict: Verdict) -> bool:
        if confirmation := endpoint.source.confirm(inbound):
            await self._proving.visit(confirmation)
        fresh = await self._database.keep(keeping.keep, _delivery(endpoint, inbound, verdict))
        if fresh:
            self._wake()
        return fresh

    def arrival(self, path: str) -> AbstractContextManager[accounting.Arrival]:
        """Account for the request to that path which is answered meanwhile."""
        known = self._by_path.get(path)
        return (
            accounting.arrival(known.name, known.source.slug, authenticated=known.authenticated)
            if known
            else accounting.arrival()
        )

    async def refuse(self, path: str, refusal: RejectedDelivery) -> None:
        """Count a refusal: a row for each endpoint, reason and minute; paths that nobody set up share one."""
        known = self._by_path.get(path)
        endpoint = known.name if known else "(unknown)"
        at = clock.now()
        try:
            await self._database.write(lambda tx: refusals.count(tx, endpoint, refusal.reason, at))
        except Unavailable as full:  # the refusal stands; only its count is lost
            log.warning("delivery.refusal_uncounted", problem=str(full))


def _inbound(endpoint: Endpoint, headers: Mapping[str, str], body: bytes, url: str) -> Inbound:
    return Inbound(headers=headers, body=body, url=url, received_at=clock.now(), options=endpoint.options)


def _delivery(endpoint: Endpoint, inbound: Inbound, verdict: Verdict) -> NewDelivery:
    """What is kept of it: the chosen headers, and the body without the secrets that stand in it."""
    source, headers = endpoint.source, inbound.headers
    body = source.stored(inbound.body)
    transmission = source.transmission(headers, body)
    return NewDelivery(
        endpoint=endpoint.name,
        source=source.slug,
        idempotency=transmission.key,
        group=transmission.group,
        window=transmission.window,
        verdict=verdict.word,
        proof=verdict.proof,
        once=verdict.once,
        headers={
            name: value
            for name, value in headers.items()
            if name in source.shown_headers or name in _ALWAYS_SHOWN
        },
        body=body,
        received_at=inbound.received_at,
    )
