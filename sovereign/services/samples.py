"""Sample events as their senders would send them: to the configured path, with the configured secret."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sovereign.core import clock, samples
from sovereign.core.errors import NotFound
from sovereign.integrations._source import Inbound
from sovereign.services.endpoints import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`path` begins with a slash; header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


def request(endpoints: Mapping[str, Endpoint], source: str, case: str, base: str) -> Request:
    """A sample as a new delivery to the gateway, whose senders call it at that base URL.

    Raises NotFound for an unknown one, or where nothing reads the source.
    """
    sample = samples.sample(source, case, clock.now())
    endpoint = next((one for one in endpoints.values() if one.source.slug == source), None)
    if endpoint is None:
        raise NotFound(f"No endpoint of discovery.yml reads {source}; add one under event_gateway.endpoints.")
    headers = dict(sample.headers)
    if endpoint.source.delivery_header:
        headers[endpoint.source.delivery_header] = str(uuid.uuid4())
    if endpoint.authenticated:
        inbound = Inbound(
            headers=headers, body=sample.body, url=base + endpoint.path, received_at=clock.now()
        )
        headers |= endpoint.source.scheme.sign(inbound, endpoint.secrets()[0])
    return Request(path=endpoint.path, headers=headers, body=sample.body)
