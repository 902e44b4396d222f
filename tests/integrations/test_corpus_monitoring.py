"""Bodies of monitoring services that others have gathered, where they are at hand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from sovereign.domain.events import Event, Status
from sovereign.integrations._source import source

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
SLUGS = (
    "azuremonitor",
    "coralogix",
    "freshping",
    "freshstatus",
    "gcpmonitoring",
    "graylog",
    "homeassistant",
    "librato",
    "papertrail",
    "pingdom",
    "site24x7",
    "statuspage",
    "thousandeyes",
    "updown",
    "uptimerobot",
    "wazuh",
)
"""There are none of nagios, netdata, prtg, solarwinds, uptime_kuma and zabbix."""
BODIES = [
    (slug, path)
    for slug in SLUGS
    for path in sorted((CORPUS / slug).glob("*.json"))
    if ".headers." not in path.name
]
needed = pytest.mark.skipif(not BODIES, reason="the corpus of sample bodies is not beside the repository")
each = pytest.mark.parametrize(("slug", "body"), BODIES, ids=[f"{slug}-{path.stem}" for slug, path in BODIES])

NAMES = (
    "MONITORNAME",
    "alertRule",
    "check_name",
    "condition_name",
    "event_definition_title",
    "message",
    "monitor_url",
    "name",
    "policy_name",
    "ruleName",
    "title",
    "topic",
    "url",
)
"""What bodies call their alerts."""
PLACES = (
    "MONITORURL",
    "account",
    "account_name",
    "affected_services",
    "agentName",
    "application_name",
    "configurationItems",
    "hostname",
    "monitor_url",
    "name",
    "request_url",
    "resource_display_name",
    "resource_name",
    "source",
    "url",
    "value",
)
"""What bodies call the project, service or host."""


def headers_of(body: Path) -> dict[str, str]:
    named = json.loads(body.with_suffix(".headers.json").read_text(encoding="utf-8"))
    return {name.lower(): value for name, value in named.items()}


def events_of(slug: str, body: Path) -> list[Event]:
    return list(source(slug).parse(headers_of(body), body.read_bytes()))


def texts_in(node: object, keys: tuple[str, ...], key: str = "") -> list[str]:
    """The texts under these keys, however deep."""
    if isinstance(node, dict):
        return [text for name, value in node.items() for text in texts_in(value, keys, name)]
    if isinstance(node, list):
        return [text for value in node for text in texts_in(value, keys, key)]
    return [" ".join(str(node).split())] if key in keys and node not in (None, "") else []


@needed
@each
def test_a_body_is_read_and_only_what_fires_or_resolves_is_an_alert(slug: str, body: Path) -> None:
    events = events_of(slug, body)
    assert events
    for event in events:
        assert event.kind in source(slug).kinds
        assert len(event.title.splitlines()) == 1
        assert len(event.fields) <= 6
        assert (event.fingerprint is None) == (event.status not in (Status.FIRING, Status.RESOLVED))


@needed
@each
def test_the_title_names_the_alert(slug: str, body: Path) -> None:
    whole = json.loads(body.read_bytes())
    names = texts_in(whole, NAMES) if "title" in whole or slug != "freshstatus" else ["Incident"]
    for event in events_of(slug, body):
        assert any(name.rstrip(".") in event.title for name in names), event.title


@needed
@each
def test_the_event_says_which_service_or_host(slug: str, body: Path) -> None:
    if slug in ("homeassistant", "papertrail"):
        pytest.skip("the body names no place")
    places = texts_in(json.loads(body.read_bytes()), PLACES)
    places += re.findall(r"Agent Name (\w+)", body.read_text(encoding="utf-8"))  # Wazuh tells it in prose
    for event in events_of(slug, body):
        said = [event.title, event.service or "", *(value for _, value in event.fields)]
        assert any(place in text for place in places for text in said), event.title


@needed
@each
def test_a_body_that_comes_again_at_once_is_one_transmission(slug: str, body: Path) -> None:
    taken = source(slug).transmission
    again = taken(headers_of(body), body.read_bytes())
    assert again == taken(headers_of(body), body.read_bytes())
    assert again.key


@needed
@pytest.mark.parametrize("slug", ["librato", "papertrail"])
def test_a_body_in_a_form_is_read_as_the_body_alone(slug: str) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    for name, body in BODIES:
        if name == slug:
            wrapped = urlencode({"payload": body.read_text(encoding="utf-8")}).encode()
            assert list(source(slug).parse(form, wrapped)) == events_of(slug, body)
