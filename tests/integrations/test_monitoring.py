"""Senders of monitoring: templates with blanks, forms, and what names a transmission."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.core.errors import BadPayload, BadSignature
from sovereign.core.samples import sample
from sovereign.domain.events import Event, Status
from sovereign.integrations import _forms
from sovereign.integrations._source import Inbound, Transmission, source

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FORM = {"content-type": "application/x-www-form-urlencoded"}
LIVES = {
    "azuremonitor": ("fired", "resolved"),
    "coralogix": ("triggered", "resolved"),
    "freshping": ("error", "available"),
    "freshstatus": ("incident.open", "incident.note", "incident.closed"),
    "gcpmonitoring": ("open", "closed"),
    "homeassistant": ("firing", "resolved"),
    "librato": ("violated", "cleared"),
    "nagios": ("service.problem", "service.acknowledged", "service.recovery"),
    "netdata": ("critical", "clear"),
    "pingdom": ("down", "up"),
    "prtg": ("down", "acknowledged", "warning", "up"),
    "site24x7": ("down", "trouble", "up"),
    "solarwinds": ("triggered", "acknowledged", "reset"),
    "statuspage": ("incident.investigating", "incident.monitoring", "incident.resolved"),
    "thousandeyes": ("triggered", "cleared"),
    "updown": ("down", "up"),
    "uptime_kuma": ("down", "maintenance", "up"),
    "uptimerobot": ("down", "default_variables", "up"),
    "zabbix": ("problem", "acknowledged", "severity_changed", "resolved"),
}
"""What becomes of one alert, from the first word of it to the last."""


def events(slug: str, case: str) -> list[Event]:
    taken = sample(slug, case, NOW)
    return list(source(slug).parse(taken.headers, taken.body))


def read(slug: str, body: Mapping[str, object]) -> Event:
    (event,) = source(slug).parse({}, json.dumps(body).encode())
    return event


def named(slug: str, body: Mapping[str, object]) -> Transmission:
    return source(slug).transmission({}, json.dumps(body).encode())


def whole(slug: str, case: str) -> dict[str, object]:
    body: dict[str, object] = json.loads(sample(slug, case, NOW).body)
    return body


@pytest.mark.parametrize("slug", LIVES)
def test_all_that_is_said_of_an_alert_is_one_conversation_and_one_fingerprint(slug: str) -> None:
    said = [event for case in LIVES[slug] for event in events(slug, case)]
    assert len({event.conversation for event in said}) == 1
    assert len({event.fingerprint for event in said if event.fingerprint}) == 1
    assert said[0].status is Status.FIRING
    assert said[-1].status is Status.RESOLVED


@pytest.mark.parametrize("slug", LIVES)
def test_firing_resolved_firing_are_three_transmissions(slug: str) -> None:
    first, *_, last = (source(slug).transmission({}, sample(slug, case, NOW).body) for case in LIVES[slug])
    assert first.key != last.key
    assert first.group == last.group


@pytest.mark.parametrize(
    ("slug", "case"),
    [
        ("nagios", "service.problem"),
        ("prtg", "down"),
        ("solarwinds", "triggered"),
        ("uptimerobot", "default_variables"),
        ("site24x7", "down"),
        ("zabbix", "problem"),
        ("netdata", "agent"),
    ],
)
def test_a_template_sent_as_a_form_says_what_it_says_as_json(slug: str, case: str) -> None:
    form = urlencode({name: str(value) for name, value in whole(slug, case).items()}).encode()
    assert list(source(slug).parse(FORM, form)) == events(slug, case)


@given(fields=st.dictionaries(st.text(min_size=1, max_size=8), st.text(min_size=1, max_size=20), max_size=5))
def test_a_form_gives_back_what_was_put_into_it(fields: dict[str, str]) -> None:
    body = urlencode(fields).encode()
    if body.lstrip()[:1] not in (b"{", b"[") and body:
        assert _forms.read(FORM, body).texts() == fields


def test_a_form_of_too_many_fields_is_refused() -> None:
    with pytest.raises(BadPayload):
        _forms.read(FORM, b"&".join(b"a%d=1" % i for i in range(_forms.MOST_FIELDS + 1)))


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Down", Status.FIRING),
        ("Down ended (now: Up)", Status.RESOLVED),
        ("Down ended (now: Warning)", Status.FIRING),
        ("Warning ended", Status.RESOLVED),
        ("Down (Acknowledged)", Status.INFO),
        ("Paused", Status.INFO),
        ("Unknown", Status.UNKNOWN),
        ("Down ended (now: Unknown)", Status.UNKNOWN),
    ],
)
def test_what_counts_of_a_prtg_sensor_is_the_state_that_it_is_in(word: str, status: Status) -> None:
    assert read("prtg", whole("prtg", "down") | {"status": word}).status is status


def test_a_zabbix_severity_counts_by_number_whatever_people_call_it() -> None:
    grades = [
        read("zabbix", whole("zabbix", "problem") | {"event_nseverity": number}).severity.value
        for number in ("5", "4", "3", "2", "1", "0")
    ]
    assert grades == ["critical", "high", "medium", "low", "info", "unknown"]


def test_a_statuspage_repeat_that_is_generated_anew_is_a_repeat() -> None:
    body = whole("statuspage", "incident.monitoring")
    later = body | {"meta": {"generated_at": "2026-03-01T12:09:00Z"}}
    assert named("statuspage", body) == named("statuspage", later)
    changed = json.loads(json.dumps(body))
    changed["incident"]["updated_at"] = "2026-03-01T12:10:00Z"
    assert named("statuspage", body) != named("statuspage", changed)


def test_a_worse_statuspage_incident_still_fires_beside_its_update() -> None:
    fired, update = events("statuspage", "incident.monitoring")
    assert (fired.status, update.status) == (Status.FIRING, Status.INFO)
    assert update.kind == "incident.updated"
    assert update.fingerprint is None


def test_the_order_of_updown_events_does_not_change_what_they_are_about() -> None:
    many = json.loads(sample("updown", "two_events", NOW).body)
    taken = source("updown").transmission
    one, other = (taken({}, json.dumps(body).encode()) for body in (many, many[::-1]))
    assert one.group == other.group
    assert one.key != other.key


def test_a_papertrail_search_that_finds_the_same_lines_again_is_a_repeat() -> None:
    body = whole("papertrail", "lines")
    assert named("papertrail", body) == named("papertrail", body | {"frequency": "5 minutes"})
    assert named("papertrail", body) != named("papertrail", body | {"max_id": 9711561783320009})


def test_large_numbers_tell_thousandeyes_alerts_apart() -> None:
    body = whole("thousandeyes", "triggered")
    first, second = (
        read("thousandeyes", body | {"alert": {"alertId": number, "ruleName": "Slow"}})
        for number in (2**60, 2**60 + 1)
    )
    assert first.fingerprint != second.fingerprint


@pytest.mark.parametrize("slug", [*LIVES, "graylog", "papertrail", "wazuh"])
def test_a_sender_that_signs_nothing_may_bring_the_secret_in_three_ways(slug: str) -> None:
    scheme = source(slug).scheme
    basic = base64.b64encode(b"any:correct horse").decode()
    for headers, url in (
        ({"authorization": "Bearer correct horse"}, ""),
        ({"authorization": f"Basic {basic}"}, ""),
        ({}, "?token=correct%20horse"),
    ):
        request = Inbound(headers=headers, body=b"{}", url=f"https://example.org/{url}", received_at=NOW)
        scheme.verify(request, ["correct horse"])
        with pytest.raises(BadSignature):
            scheme.verify(request, ["another"])
