"""That the alerts of Grafana and Sentry open and close what they should, and that no change is swallowed."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from sovereign.core.samples import sample
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._source import Transmission, source

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAIRS = {
    "an alert of Grafana's": ("grafana", ("firing", "resolved")),
    "an old alert of Grafana's": ("grafana", ("old_alerting", "old_ok")),
    "an issue of Sentry's": (
        "sentry",
        (
            "issue.created",
            "event_alert.triggered",
            "plugin",
            "issue.resolved",
            "issue.unresolved",
            "issue.archived",
        ),
    ),
    "a measure of Sentry's": (
        "sentry",
        ("metric_alert.warning", "metric_alert.critical", "metric_alert.resolved"),
    ),
}


def event_of(slug: str, case: str) -> Event:
    taken = sample(slug, case, NOW)
    (event,) = source(slug).parse(taken.headers, taken.body)
    return event


def transmission_of(slug: str, case: str) -> Transmission:
    taken = sample(slug, case, NOW)
    return source(slug).transmission({}, taken.body)


@pytest.mark.parametrize("pair", PAIRS)
def test_what_fires_and_what_resolves_are_one_problem_in_one_conversation(pair: str) -> None:
    slug, cases = PAIRS[pair]
    events = [event_of(slug, case) for case in cases]
    assert len({event.fingerprint for event in events}) == 1
    assert len({event.conversation for event in events}) == 1
    assert events[0].status is Status.FIRING
    assert events[-1].status is Status.RESOLVED


@pytest.mark.parametrize(
    ("slug", "case"),
    [("grafana", "unknown_status"), ("grafana", "old_paused"), ("sentry", "issue.unknown_action")],
)
def test_a_word_that_we_do_not_know_neither_fires_nor_resolves_and_is_told_all_the_same(
    slug: str, case: str
) -> None:
    event = event_of(slug, case)
    assert event.status is Status.UNKNOWN
    assert event.fingerprint is None
    assert event.conversation is None


def test_an_ordinary_error_of_sentrys_is_nothing_to_call_anybody_for() -> None:
    assert event_of("sentry", "issue.created").severity is Severity.MEDIUM
    assert event_of("sentry", "event_alert.without_header").severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("slug", "cases"),
    [
        ("grafana", ("firing", "resolved")),
        ("grafana", ("old_alerting", "old_ok")),
        ("sentry", ("issue.created", "issue.resolved")),
        ("sentry", ("metric_alert.critical", "metric_alert.resolved")),
    ],
)
def test_the_same_body_is_news_once_something_else_was_said_between(
    slug: str, cases: tuple[str, str]
) -> None:
    before, after = (transmission_of(slug, case) for case in cases)
    assert before.group
    assert before.group == after.group
    assert before.key != after.key


def test_sentrys_own_number_names_the_delivery() -> None:
    taken = sample("sentry", "issue.created", NOW)
    assert source("sentry").transmission({"request-id": "abc"}, taken.body) == Transmission(key="id:abc")


def test_alerts_of_one_group_are_told_apart_without_fingerprints() -> None:
    taken = sample("grafana", "firing_group", NOW)
    body = json.loads(taken.body)
    for alert in body["alerts"]:
        del alert["fingerprint"]
    events = source("grafana").parse(taken.headers, json.dumps(body).encode())
    assert len({event.fingerprint for event in events}) == len(events) == 2


@pytest.mark.parametrize(
    ("labels", "summary", "title"),
    [
        ({"service": "shop"}, "7 % fail", "Errors firing in shop: 7 % fail"),
        ({"service": "shop", "pod": "web-1"}, "7 % fail", "Errors firing in shop: 7 % fail (web-1)"),
        ({"service": "shop", "pod": "shop-1"}, "7 % fail", "Errors firing: 7 % fail (shop-1)"),
        ({"app": "shop"}, "The shop is down", "Errors firing: The shop is down"),
        ({"namespace": "shop"}, "", "Errors firing (shop)"),
        (
            {"service": "prometheus-kube-state-metrics", "namespace": "shop", "pod": "web-1"},
            "7 % fail",
            "Errors firing in shop: 7 % fail (web-1)",
        ),
        ({}, "7 % fail", "Errors firing: 7 % fail (from prometheus.example)"),
    ],
)
def test_an_alert_of_alertmanagers_says_once_where_it_is(
    labels: dict[str, str], summary: str, title: str
) -> None:
    body = {
        "externalURL": "http://prometheus.example:9093",
        "alerts": [
            {
                "status": "firing",
                "labels": {"alertname": "Errors", **labels},
                "annotations": {"summary": summary},
            }
        ],
    }
    (event,) = source("alertmanager").parse({}, json.dumps(body).encode())
    assert event.title == title


@pytest.mark.parametrize(
    ("labels", "title"),
    [
        ({"instance": "web-1", "grafana_folder": "Shop"}, "Errors firing on web-1"),
        ({"grafana_folder": "Shop"}, "Errors firing in Shop"),
        ({}, "Errors firing (from grafana.example)"),
    ],
)
def test_an_alert_of_grafanas_says_where_it_is_or_else_which_grafana_says_so(
    labels: dict[str, str], title: str
) -> None:
    alert = {"status": "firing", "labels": {"alertname": "Errors", **labels}}
    body = {"externalURL": "https://ada@grafana.example/", "alerts": [alert]}
    (event,) = source("grafana").parse({}, json.dumps(body).encode())
    assert event.title == title
