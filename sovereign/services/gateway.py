"""Takes deliveries in: verify, keep, answer. What they mean is found out later, by the pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

import structlog

from sovereign.core import clock
from sovereign.core.errors import BadSignature, ConfigError, RejectedDelivery, Unavailable, UnknownEndpoint
from sovereign.integrations._source import Inbound
from sovereign.services import accounting
from sovereign.services.endpoints import Endpoint
from sovereign.services.setup import Setup
from sovereign.store import deliveries
from sovereign.store.database import Database
from sovereign.store.deliveries import NewDelivery

log = structlog.get_logger()

PATHS = "Senders post to /git, /alert, /event, /hooks/<source>, or what event_gateway.endpoints names."
_ALWAYS_SHOWN = frozenset({"content-type", "user-agent"})


class Gateway:
    """`wake` is called after each new delivery is on the disk."""

    def __init__(self, database: Database, setup: Setup, wake: Callable[[], None]) -> None:
        self._database, self._wake = database, wake
        self.follow(setup)

    def follow(self, setup: Setup) -> None:
        """Take deliveries by this configuration from now on."""
        self.max_body = setup.max_body
        self._by_path = {f"/hooks/{name}": endpoint for name, endpoint in setup.endpoints.items()}
        self._by_path |= {endpoint.path: endpoint for endpoint in setup.endpoints.values()}

    async def accept(self, path: str, headers: Mapping[str, str], body: bytes, url: str) -> bool:
        """Verify and keep a delivery; False for a repeat of one that is kept already.

        When this returns, the raw bytes are on the disk. Raises RejectedDelivery (counted) and Unavailable.
        """
        endpoint = self._by_path.get(path)
        try:
            if endpoint is None:
                raise UnknownEndpoint("unknown_endpoint", f"Nothing listens at {path}. {PATHS}")
            verdict = _verify(endpoint, Inbound(headers=headers, body=body, url=url, received_at=clock.now()))
        except RejectedDelivery as refusal:
            await self.refuse(path, refusal)
            raise
        return await self._keep(endpoint, headers, body, verdict)

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
            await self._database.write(lambda tx: deliveries.count_refusal(tx, endpoint, refusal.reason, at))
        except Unavailable as full:  # the refusal stands; only its count is lost
            log.warning("delivery.refusal_uncounted", problem=str(full))

    async def _keep(self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes, verdict: str) -> bool:
        transmission = endpoint.source.transmission(headers, body)
        shown = endpoint.source.shown_headers | _ALWAYS_SHOWN
        delivery = NewDelivery(
            endpoint=endpoint.name,
            source=endpoint.source.slug,
            idempotency=transmission.key,
            group=transmission.group,
            window=transmission.window,
            verdict=verdict,
            headers={name: value for name, value in headers.items() if name in shown},
            body=body,
            received_at=clock.now(),
        )
        kept = await self._database.write(lambda tx: deliveries.add(tx, delivery))
        if kept is not None:
            self._wake()
        return kept is not None


def _verify(endpoint: Endpoint, inbound: Inbound) -> str:
    if not endpoint.authenticated:
        return "unauthenticated"
    try:
        secrets = endpoint.secrets()
    except ConfigError as missing:
        log.error("endpoint.no_secret", endpoint=endpoint.name, problem=str(missing))
        raise BadSignature(
            "no_secret", f"{endpoint.path} has no usable secret. Its operator can run `sovereign check`."
        ) from missing
    endpoint.source.scheme.verify(inbound, secrets)
    return "verified"
