"""What is particular to single on-call services and error trackers, beside the stories of their alerts."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from sovereign.core.errors import BadPayload, BadSignature
from sovereign.core.samples import sample
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._source import Inbound, Transmission, source

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FORM = {"content-type": "application/x-www-form-urlencoded"}


def events_of(slug: str, body: object) -> Sequence[Event]:
    return source(slug).parse({}, json.dumps(body).encode())


def body_of(slug: str, case: str) -> dict[str, object]:
    read: dict[str, object] = json.loads(sample(slug, case, NOW).body)
    return read


def event_of(slug: str, case: str) -> Event:
    (event,) = events_of(slug, body_of(slug, case))
    return event


def test_pagerduty_signs_the_raw_body_once_for_each_secret() -> None:
    scheme, body = source("pagerduty").scheme, b'{"event": {"id": "1"}}'

    def signed(*keys: bytes) -> Inbound:
        marks = ",".join(f"v1={hmac.new(key, body, hashlib.sha256).hexdigest()}" for key in keys)
        headers = {"x-pagerduty-signature": marks}
        return Inbound(headers=headers, body=body, url="https://example.org/x", received_at=NOW)

    scheme.verify(signed(b"old", b"new"), ["new"])
    scheme.verify(signed(b"old", b"new"), ["old"])
    with pytest.raises(BadSignature):
        scheme.verify(signed(b"other"), ["new"])


def test_pagerdutys_signed_number_of_the_event_names_the_delivery_and_else_that_in_the_header() -> None:
    sender, body = source("pagerduty"), sample("pagerduty", "incident.triggered", NOW).body
    named = Transmission(key="event:01SHOPCHECKOUTEVENT0000001")
    assert sender.transmission({}, body) == named
    assert sender.transmission({"x-webhook-id": "abc"}, body) == named, "what anybody can change is not asked"
    older = b'{"messages": [{"id": "m1", "event": "incident.trigger"}, {"id": "m2"}]}'
    assert sender.transmission({"x-webhook-id": "abc"}, older) == Transmission(key="id:abc")
    assert sender.transmission({}, older) == Transmission(key="event:m1,m2")
    assert sender.transmission({}, b"[]").window


def test_what_pagerduty_says_of_other_things_is_kept_under_a_kind_that_nobody_declares() -> None:
    data = {"id": "PSVC001", "type": "service", "summary": "shop"}
    (event,) = events_of("pagerduty", {"event": {"event_type": "service.updated", "data": data}})
    assert event.kind == "pagerduty.service.updated"
    assert event.kind not in source("pagerduty").kinds


def test_opsgenies_nanoseconds_are_a_time() -> None:
    assert event_of("opsgenie", "close").occurred_at == datetime(2026, 3, 1, 12, 0, 0, 104000, UTC)


def test_opsgenies_numbers_past_two_to_the_53_stay_as_they_are() -> None:
    body = {"action": "Create", "alert": {"alertId": 9007199254740993, "message": "Checkout fails"}}
    near = {"action": "Create", "alert": {"alertId": 9007199254740992, "message": "Checkout fails"}}
    (event,), (other,) = events_of("opsgenie", body), events_of("opsgenie", near)
    assert event.fingerprint != other.fingerprint


def test_datadogs_own_body_tells_the_state_in_its_title() -> None:
    def alert(title: str) -> Event:
        (event,) = events_of("datadog", {"title": title, "body": "/data is at 91 %"})
        return event

    fired, again = alert("[P2] [Triggered on {host:a}] Disk"), alert("[Re-Triggered on {host:a}] Disk")
    over, other = alert("[P2] [Recovered on {host:a}] Disk"), alert("[Triggered on {host:b}] Disk")
    assert [one.status for one in (fired, again, over)] == [Status.FIRING, Status.FIRING, Status.RESOLVED]
    assert fired.fingerprint == again.fingerprint == over.fingerprint != other.fingerprint
    assert fired.title == "Disk firing on host:a"
    assert fired.text == "/data is at 91 %"


def test_a_bracket_that_is_no_state_of_datadogs_is_part_of_the_name() -> None:
    (event,) = events_of("datadog", {"title": "[checkout] Disk", "alert_transition": "Triggered"})
    assert event.title == "[checkout] Disk firing"


@pytest.mark.parametrize(("first", "second"), [("host:a", "host:b"), ("host:a", "")])
def test_the_groups_of_one_monitor_of_datadogs_are_problems_of_their_own(first: str, second: str) -> None:
    body = body_of("datadog", "triggered")
    (one,), (other,) = (events_of("datadog", body | {"scope": scope}) for scope in (first, second))
    assert one.fingerprint != other.fingerprint


def test_an_expiring_certificate_of_honeybadgers_outlives_the_outage_of_its_site() -> None:
    body = body_of("honeybadger", "down")
    (outage,) = events_of("honeybadger", body)
    (expiring,) = events_of("honeybadger", body | {"event": "cert_will_expire"})
    assert outage.fingerprint != expiring.fingerprint
    assert expiring.title.startswith("Expiring certificate of shop.example firing")


@pytest.mark.parametrize("slug", ["honeybadger", "rollbar"])
def test_tokens_that_bodies_carry_are_not_kept(slug: str) -> None:
    body = b'{"project": {"token": "d144e04c"}, "metadata": {"access_token" : "d144e04c"}}'
    kept = source(slug).stored(body)
    assert kept != body
    json.loads(kept)
    assert kept.count(b"d144e04c") == 1


@pytest.mark.parametrize("content_type", [FORM, {}])
def test_errbit_may_post_a_form(content_type: dict[str, str]) -> None:
    problem = json.dumps(body_of("errbit", "problem")["problem"])
    body = f"problem={quote(problem)}".encode() if content_type else json.dumps({"problem": problem}).encode()
    (event,) = source("errbit").parse(content_type, body)
    assert event == event_of("errbit", "problem")


def test_new_relic_posts_its_deployments_as_a_form() -> None:
    found = json.dumps(body_of("newrelic", "deployment")["deployment"])
    (event,) = source("newrelic").parse(FORM, f"deployment={quote(found)}".encode())
    assert event == event_of("newrelic", "deployment")
    with pytest.raises(BadPayload):
        source("newrelic").parse(FORM, b"another=1")


def test_what_new_relic_says_without_any_key_that_we_know_is_shown_as_it_is() -> None:
    (event,) = events_of("newrelic", {"colour": "red"})
    assert event.status is Status.UNKNOWN
    assert "colour" in event.text


def test_every_host_that_a_search_of_splunks_finds_is_an_alert_in_one_thread() -> None:
    body = body_of("splunk", "alert")
    other = json.loads(json.dumps(body).replace("shop-1", "shop-2"))
    (one,), (two,) = events_of("splunk", body), events_of("splunk", other)
    assert one.conversation == two.conversation
    assert one.fingerprint != two.fingerprint
    assert one.occurred_at == datetime(2026, 3, 1, 11, 58, tzinfo=UTC)


def test_the_whole_list_of_variables_of_splunk_on_calls_is_read() -> None:
    body = {
        "INCIDENT.INCIDENT_ID": "42",
        "INCIDENT.CURRENT_PHASE": "UNACKED",
        "INCIDENT.ENTITY_STATE": "CRITICAL",
        "INCIDENT.SERVICE": "shop",
        "INCIDENT.ENTITY_DISPLAY_NAME": "Checkout fails",
        "STATE.ACKED_BY": None,
    }
    (event,) = events_of("victorops", body)
    assert event.title == "Checkout fails firing in shop"
    assert event.severity is Severity.CRITICAL


@pytest.mark.parametrize("group", ["recovered", "Recovered"])
def test_a_rule_of_kibanas_resolves_by_its_action_group_where_no_status_is_set(group: str) -> None:
    body = {"rule": {"id": "1", "name": "Errors"}, "alert": {"id": "a", "actionGroup": group}}
    (event,) = events_of("elastic", body)
    assert event.status is Status.RESOLVED
