"""Values are read out of a body by dotted paths, and what is remembered of these has an end."""

from __future__ import annotations

import json

import pytest

from sovereign.core.errors import BadPayload
from sovereign.integrations._payload import KEYS, Payload
from sovereign.integrations._reading import line
from sovereign.integrations._source import source


def test_a_sender_that_names_ever_new_things_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(KEYS), "MOST", len(KEYS) + 20)
    for number in range(30):
        body = {"webhookEvent": f"thing{number}_made", f"thing{number}": {"name": f"n{number}"}}
        (event,) = source("jira").parse({}, json.dumps(body).encode())
        assert event.name == f"n{number}", "it is read all the same"
    assert len(KEYS) <= type(KEYS).MOST


def test_the_first_of_several_paths_that_says_something_is_taken() -> None:
    body = Payload({"a": {"b": None, "c": " one\n two "}, "d": 3, "e": "x"})
    assert line(body, "a.b", "a.c", "d") == "one two"
    assert line(body, "e.f", "d") == "3", "what is under a text is not there"
    assert line(body, "nothing") == ""


def test_a_byte_that_is_no_utf_8_spoils_its_letter_and_not_the_alert() -> None:
    body = b'{"alerts": [{"status": "firing", "labels": {"alertname": "Bin", "host": "n\xff\xfe"}}]}'
    (event,) = source("alertmanager").parse({}, body)
    assert event.title.startswith("Bin firing")
    assert event.labels["host"] == "n\ufffd\ufffd"


@pytest.mark.parametrize("body", [b"", b" \n"])
def test_an_empty_body_is_called_empty(body: bytes) -> None:
    with pytest.raises(BadPayload, match="is empty"):
        Payload.from_json(body)


@pytest.mark.parametrize(
    ("word", "severity"),
    [("error", "high"), ("WARN", "medium"), ("critical", "critical"), ("odd", "unknown")],
)
def test_a_plain_event_may_say_in_usual_words_how_bad_it_is(word: str, severity: str) -> None:
    body = json.dumps({"text": "The backup failed", "level": word}).encode()
    (event,) = source("generic").parse({}, body)
    assert (event.severity, event.title) == (severity, "The backup failed")
