"""Has deliveries prove themselves: by the endpoint's secrets or public keys, and each signed time once."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from weakref import WeakValueDictionary

import structlog

from sovereign.core.errors import BadSignature, ConfigError, Unavailable
from sovereign.core.ids import digest
from sovereign.integrations._proof import proof
from sovereign.integrations._source import REPEAT_WINDOW, Inbound, Scheme
from sovereign.services.endpoints import Endpoint
from sovereign.services.ports.senders import SenderSites
from sovereign.store import deliveries, facts
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

MOST_REMEMBERED = 50
"""Secrets that senders have handed over to one endpoint; the oldest gives way."""
MOST_SEEN = 50_000
"""Requests that are known by their signed time; past it the oldest are forgotten, and the store's own rules
for repeats must do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`word` is verified or unauthenticated; `proof` says in words how it proved itself; `once` names a
    request that is a repeat when it comes again while that holds."""

    word: str
    proof: str | None = None
    once: str | None = None


UNAUTHENTICATED = Verdict(word="unauthenticated")


class Proving:
    """Raises BadSignature for what proves nothing, Unavailable where a key cannot be had."""

    def __init__(self, database: Database, sites: SenderSites) -> None:
        self._database, self._sites = database, sites
        self._remembered: dict[str, Sequence[str]] = {}
        self._seen: dict[str, datetime] = {}
        self._looked_back = False
        self._under_way: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def verify(self, endpoint: Endpoint, inbound: Inbound) -> Verdict:
        if not endpoint.authenticated:
            return UNAUTHENTICATED
        scheme = endpoint.source.scheme
        handed_over = self._remembered.get(endpoint.name)
        if handed_over is None:
            handed_over = await self._recalled(endpoint)
        secrets = self._secrets(endpoint, handed_over)
        if urls := scheme.keys(inbound):
            inbound = await self._with_keys(inbound, urls, scheme, secrets)
        scheme.verify(inbound, secrets)
        once = scheme.once(inbound)
        return Verdict(
            word="verified",
            proof=proof(scheme, inbound, secrets),
            once=once and digest(endpoint.name, once, hashlib.sha256(inbound.body).hexdigest()),
        )

    async def visit(self, url: str) -> None:
        await self._sites.visit(url)

    def alone(self, once: str) -> asyncio.Lock:
        """Held while the request of that name is taken; it lasts as long as somebody waits for it."""
        return self._under_way.setdefault(once, asyncio.Lock())

    async def is_repeat(self, once: str, at: datetime) -> bool:
        """Whether the request of that name was taken before, within the time for which its proof holds: by
        this process or by the one before it."""
        if not self._looked_back:
            since = at - REPEAT_WINDOW
            found = await self._database.read(lambda tx: deliveries.proved(tx, since, MOST_SEEN))
            self._seen = {name: came + REPEAT_WINDOW for name, came in found} | self._seen
            self._looked_back = True
        until = self._seen.get(once)
        return until is not None and at <= until

    def taken(self, once: str, at: datetime) -> None:
        """It is on the disk: the same again is a repeat."""
        self._seen.pop(once, None)
        self._seen[once] = at + REPEAT_WINDOW
        while len(self._seen) > MOST_SEEN or next(iter(self._seen.values())) < at:
            del self._seen[next(iter(self._seen))]

    async def remember(self, endpoint: Endpoint, secret: str) -> None:
        """From now on one of the endpoint's secrets."""

        def put(tx: Connection) -> list[str]:
            before = _read(tx, endpoint)
            kept = [*(one for one in before if one != secret), secret][-MOST_REMEMBERED:]
            facts.put(tx, _fact(endpoint), json.dumps(kept))
            return kept

        self._remembered[endpoint.name] = await self._database.write(put)
        log.warning("endpoint.secret_handed_over", endpoint=endpoint.name)

    async def _recalled(self, endpoint: Endpoint) -> Sequence[str]:
        """What the endpoint's senders handed over before this process began."""
        found = await self._database.read(lambda tx: _read(tx, endpoint))
        return self._remembered.setdefault(endpoint.name, found)

    def _secrets(self, endpoint: Endpoint, handed_over: Sequence[str]) -> Sequence[str]:
        try:
            return [*endpoint.secrets(), *handed_over]
        except ConfigError as missing:
            if handed_over or not endpoint.source.scheme.secret(endpoint.options):
                return handed_over
            log.error("endpoint.no_secret", endpoint=endpoint.name, problem=str(missing))
            raise BadSignature(
                "no_secret", f"{endpoint.path} has no usable secret. Its operator can run `sovereign check`."
            ) from missing

    async def _with_keys(
        self, inbound: Inbound, urls: Sequence[str], scheme: Scheme, secrets: Sequence[str]
    ) -> Inbound:
        """With the keys, or as it is where they cannot be had and a secret proves enough."""
        try:
            return replace(inbound, keys={url: await self._sites.key(url) for url in urls})
        except Unavailable as down:
            try:
                scheme.verify(inbound, secrets)
            except BadSignature:
                raise down from None  # with the key it may be right: its sender shall come again
            return inbound


def _fact(endpoint: Endpoint) -> str:
    return f"handshake:{endpoint.name}"


def _read(tx: Connection, endpoint: Endpoint) -> list[str]:
    kept = facts.get(tx, _fact(endpoint))
    return [str(one) for one in json.loads(kept)] if kept else []
