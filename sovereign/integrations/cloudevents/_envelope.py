"""The envelope of a CloudEvent, out of each of the three ways in which HTTP carries it.

https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/http-protocol-binding.md
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from sovereign.core.errors import BadPayload
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, when
from sovereign.integrations._source import Headers

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
ANY_FORMAT = "application/cloudevents"
ATTRIBUTES = ("specversion", "id", "source", "type", "subject", "time", "dataschema")
NO_DATA = Payload(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """
    id, source  together they name the event; `source` is a URI or a path
    type        the producer's name for what happened
    subject     what it happened to within the source; empty where that is all there is
    data        what the producer said; null where it is neither JSON nor text
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime | None
    data: Payload


def envelopes(headers: Headers, body: bytes) -> Sequence[Envelope]:
    """The events of one request. Raises BadPayload for what is no CloudEvent in JSON or in the headers."""
    content = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content == BATCH:
        return [_structured(one) for one in Payload.from_json(body).each()]
    if content.startswith(ANY_FORMAT) and content != STRUCTURED:
        raise BadPayload("$", f"is in the format {content[:60]}, of which only JSON is read")
    if content != STRUCTURED and headers.get("ce-type"):
        return [_binary(headers, content, body)]
    payload = Payload.from_json(body)
    # Some producers forget the content type of the batch, others that of the single event.
    return (
        [_structured(one) for one in payload.each()]
        if isinstance(payload.raw, list)
        else [_structured(payload)]
    )


def _structured(found: Payload) -> Envelope:
    data = found.get("data") or NO_DATA
    if found.get("data_base64"):
        data = _decoded(line(found, "datacontenttype"), _from_base64(found.at("data_base64")))
    return _envelope(lambda name: line(found, name), when(found, "time"), data)


def _binary(headers: Headers, content: str, body: bytes) -> Envelope:
    named = {name: unquote(headers.get(f"ce-{name}", ""), errors="replace") for name in ATTRIBUTES}
    read = Payload(named)
    return _envelope(lambda name: line(read, name), when(read, "time"), _decoded(content, body))


def _envelope(attribute: Callable[[str], str], time: datetime | None, data: Payload) -> Envelope:
    for name in ("id", "source", "type"):
        if not attribute(name):
            raise BadPayload(f"$.{name}", "is missing")
    return Envelope(
        id=attribute("id"),
        source=attribute("source"),
        type=attribute("type"),
        subject=attribute("subject"),
        time=time,
        data=data,
    )


def _decoded(content: str, body: bytes) -> Payload:
    content = content.partition(";")[0].strip().lower()
    if content in ("", "application/json") or content.endswith("+json"):
        return Payload.from_json(body) if body.strip() else NO_DATA
    return Payload(body.decode(errors="replace")) if content.startswith("text/") else NO_DATA


def _from_base64(found: Payload) -> bytes:
    try:
        return base64.b64decode(found.text(), validate=True)
    except ValueError as error:
        raise BadPayload("$.data_base64", "is not base64") from error
