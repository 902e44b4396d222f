"""The three ways in which HTTP carries CloudEvents, and what names a delivery of them."""

from __future__ import annotations

import json

import pytest

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Status
from sovereign.integrations.cloudevents.source import SOURCE

STRUCTURED = {"content-type": "application/cloudevents+json; charset=UTF-8"}
BATCH = {"content-type": "application/cloudevents-batch+json"}
BINARY = {
    "content-type": "application/json",
    "ce-specversion": "1.0",
    "ce-id": "7",
    "ce-source": "/shop",
    "ce-type": "com.example.order.placed",
}
ONE = {
    "specversion": "1.0",
    "id": "7",
    "source": "/shop",
    "type": "com.example.order.placed",
    "data": {"name": "order 7"},
}


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def test_the_same_event_reads_alike_in_every_mode() -> None:
    ways = [
        SOURCE.parse(STRUCTURED, encoded(ONE)),
        SOURCE.parse(BATCH, encoded([ONE])),
        SOURCE.parse(BINARY, encoded(ONE["data"])),
        SOURCE.parse({"content-type": "application/json"}, encoded(ONE)),
        SOURCE.parse({"content-type": "application/json"}, encoded([ONE])),
    ]
    assert all(way == ways[0] for way in ways)
    assert ways[0][0].title == "com.example.order.placed from /shop: order 7"


def test_a_batch_gives_an_event_for_each_and_none_for_none() -> None:
    assert len(SOURCE.parse(BATCH, encoded([ONE, ONE | {"id": "8"}]))) == 2
    assert SOURCE.parse(BATCH, b"[]") == []


@pytest.mark.parametrize("missing", ["id", "source", "type"])
def test_what_no_event_may_lack_is_missed(missing: str) -> None:
    rest = {key: value for key, value in ONE.items() if key != missing}
    with pytest.raises(BadPayload, match=missing):
        SOURCE.parse(STRUCTURED, encoded(rest))


@pytest.mark.parametrize("content", ["application/cloudevents+avro", "application/cloudevents+xml"])
def test_a_format_that_is_not_read_is_named(content: str) -> None:
    with pytest.raises(BadPayload, match="format"):
        SOURCE.parse({"content-type": content}, b"")


def test_a_header_in_binary_mode_is_decoded_and_bytes_that_are_no_text_are_left_out() -> None:
    headers = BINARY | {"ce-subject": "caf%C3%A9%20%26%20bar", "content-type": "image/png"}
    (event,) = SOURCE.parse(headers, b"\x89PNG")
    assert event.subject == "café & bar"
    assert event.text == ""


def test_source_and_id_name_a_delivery_in_every_mode() -> None:
    keys = {
        SOURCE.transmission(STRUCTURED, encoded(ONE)).key,
        SOURCE.transmission(BATCH, encoded([ONE])).key,
        SOURCE.transmission(BINARY, b"{}").key,
    }
    assert len(keys) == 1
    assert SOURCE.transmission(BATCH, encoded([ONE, ONE | {"id": "8"}])).key not in keys
    assert SOURCE.transmission(BINARY | {"ce-source": "/other"}, b"{}").key not in keys


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("success", Status.SUCCEEDED), ("failure", Status.FAILED), ("sideways", Status.UNKNOWN)],
)
def test_an_outcome_that_we_do_not_know_is_no_failure(outcome: str, status: Status) -> None:
    subject = {"id": "run-1", "type": "pipelineRun", "content": {"outcome": outcome}}
    event = ONE | {"type": "dev.cdevents.pipelinerun.finished.0.2.0", "data": {"subject": subject}}
    (read,) = SOURCE.parse(STRUCTURED, encoded(event))
    assert (read.kind, read.status) == ("pipelinerun.finished", status)


def test_an_incident_that_somebody_else_names_so_does_not_fire() -> None:
    (event,) = SOURCE.parse(STRUCTURED, encoded(ONE | {"type": "incident.detected"}))
    assert event.status is Status.INFO
    assert event.fingerprint is None
