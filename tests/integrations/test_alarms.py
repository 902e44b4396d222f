"""That alerts of on-call services and error trackers open and close what they should, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.core.samples import sample
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import alarm, of_problem
from sovereign.integrations._source import source

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STORIES = (
    ("datadog", ("triggered", "recovered")),
    ("rollbar", ("new_item", "exp_repeat_item", "item_velocity", "resolved_item", "reopened_item")),
    ("bugsnag", ("first_exception", "power_ten", "comment", "fixed", "reopened")),
    ("newrelic", ("activated", "acknowledged", "closed")),
    (
        "pagerduty",
        (
            "incident.triggered",
            "incident.acknowledged",
            "incident.reassigned",
            "incident.annotated",
            "incident.unacknowledged",
            "incident.resolved",
        ),
    ),
    ("pagerduty", ("v2.trigger", "v2.resolve")),
    ("opsgenie", ("create", "acknowledge", "assign_ownership", "add_note", "add_tags", "close")),
    ("victorops", ("triggered", "acknowledged", "chat", "resolved")),
    ("elastic", ("rule.firing", "rule.resolved")),
    ("honeybadger", ("occurred", "assigned", "commented", "resolved")),
    ("honeybadger", ("down", "up")),
    ("errbit", ("problem", "problem_as_text", "resolved")),
    ("raygun", ("new_error", "follow_up", "assigned", "commented", "resolved")),
)


def events_of(slug: str, body: object) -> Sequence[Event]:
    return source(slug).parse({}, json.dumps(body).encode())


def body_of(slug: str, case: str) -> dict[str, object]:
    read: dict[str, object] = json.loads(sample(slug, case, NOW).body)
    return read


def event_of(slug: str, case: str) -> Event:
    (event,) = events_of(slug, body_of(slug, case))
    return event


@pytest.mark.parametrize(("slug", "cases"), STORIES)
def test_a_problem_has_one_thread_and_only_its_alerts_a_fingerprint(
    slug: str, cases: tuple[str, ...]
) -> None:
    events = [event_of(slug, case) for case in cases]
    alerts = [event for event in events if event.status in (Status.FIRING, Status.RESOLVED)]
    assert len({event.conversation for event in events}) == 1
    assert len({event.fingerprint for event in alerts}) == 1
    assert events[0].status is Status.FIRING
    assert alerts[1].status in (Status.FIRING, Status.RESOLVED)
    assert all(event.fingerprint is None for event in events if event not in alerts)


@pytest.mark.parametrize(
    ("slug", "case"),
    [
        ("datadog", "unknown_state"),
        ("rollbar", "unknown_event"),
        ("bugsnag", "unknown_change"),
        ("newrelic", "unknown_state"),
        ("pagerduty", "incident.unknown"),
        ("opsgenie", "own_action"),
        ("victorops", "unknown_phase"),
        ("elastic", "rule.unknown_group"),
        ("honeybadger", "unknown_event"),
        ("raygun", "unknown_status"),
    ],
)
def test_a_word_that_we_do_not_know_never_fires_and_never_resolves(slug: str, case: str) -> None:
    event = event_of(slug, case)
    assert event.kind == "incident.reported"
    assert event.status is Status.UNKNOWN
    assert event.fingerprint is None
    assert event.conversation is None


@pytest.mark.parametrize(
    ("slug", "before", "after"),
    [
        (slug, cases[0], cases[-1])
        for slug, cases in STORIES
        if slug != "pagerduty" and cases[-1] != "reopened"
    ],
)
def test_firing_resolved_and_firing_again_are_three_transmissions(slug: str, before: str, after: str) -> None:
    first, second = (source(slug).transmission({}, sample(slug, case, NOW).body) for case in (before, after))
    assert first.group
    assert first.group == second.group
    assert first.key != second.key


@pytest.mark.parametrize("slug", ["airbrake", "bugsnag", "errbit", "honeybadger", "raygun", "rollbar"])
def test_an_ordinary_exception_calls_nobody_out_of_bed(slug: str) -> None:
    case = {"airbrake": "error", "bugsnag": "first_exception", "errbit": "problem", "honeybadger": "occurred"}
    event = event_of(slug, case.get(slug, "new_error" if slug == "raygun" else "new_item"))
    assert event.status is Status.FIRING
    assert event.severity is Severity.MEDIUM


def test_many_occurrences_make_an_item_of_rollbars_worse() -> None:
    assert event_of("rollbar", "item_velocity").severity is Severity.HIGH


@given(status=st.sampled_from(Status), one=st.text(max_size=9), other=st.text(max_size=9))
def test_only_the_state_and_the_identity_decide_which_problem_an_alert_is(
    status: Status, one: str, other: str
) -> None:
    known = status in (Status.FIRING, Status.RESOLVED)
    event = of_problem(alarm("shop", status, "Disk"), one)
    assert (event.fingerprint is not None) is known
    assert (event.conversation is None) is (status is Status.UNKNOWN)
    if known:
        fired, apart = (of_problem(alarm("shop", Status.FIRING, "Disk"), name) for name in (one, other))
        assert event.fingerprint == fired.fingerprint
        assert event.conversation == fired.conversation
        assert (fired.fingerprint == apart.fingerprint) is (one == other)
