"""Correlation: the first rule that finds an open incident decides, and each rule says why it did not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.domain.correlation import (
    MOST_ALERTS,
    Candidate,
    Correlation,
    Traits,
    agreement,
    fitting,
    span,
    traits,
    weigh,
)
from sovereign.domain.events import Event, Severity, Status

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEN = timedelta(minutes=10)
RULE = Correlation(name="one service", same=("cluster", "service"), within=TEN)
OPEN = Candidate(conversation_id=7, incident_id=3, environment="prod", seen_at=NOON, alerts=1)


def event(**more: Any) -> Event:
    given: dict[str, Any] = {"service": "shop", "labels": {"cluster": "a"}, "environment": "prod"} | more
    return Event(
        source="alertmanager", kind="incident.detected", subject="Down", title="Down firing", fingerprint="f",
        status=Status.FIRING, severity=Severity.HIGH, **given,
    )  # fmt: skip


def why(candidate: Candidate | None, it: Event | None = None, rule: Correlation = RULE) -> str:
    (asked,) = weigh([rule], it or event(), NOON, lambda _, __: candidate)
    assert asked.conversation_id == (
        candidate.conversation_id if "within" in asked.why and candidate else None
    )
    return asked.why


def test_alerts_that_agree_in_everything_within_the_window_are_one_incident() -> None:
    assert why(OPEN) == "cluster=a and service=shop agree within 10 minutes"


@pytest.mark.parametrize(
    ("candidate", "it", "said"),
    [
        (None, event(), "no incident is open that it has seen with cluster=a and service=shop"),
        (OPEN, event(labels={}), "it asks for equal cluster, and the event has none"),
        (
            replace(OPEN, seen_at=NOON - TEN - timedelta(seconds=1)),
            event(),
            "it asks for 10 minutes, and incident 3 last took one 10 minutes apart",
        ),
        (OPEN, event(environment="dev"), "incident 3 is in prod, and the event in dev"),
        (
            replace(OPEN, alerts=MOST_ALERTS),
            event(),
            f"incident 3 holds {MOST_ALERTS} alerts and takes no more",
        ),
    ],
)
def test_what_does_not_join_says_why(candidate: Candidate | None, it: Event, said: str) -> None:
    assert why(candidate, it) == said


def test_a_rule_has_the_conditions_of_routes() -> None:
    rule = replace(RULE, severity=Severity.CRITICAL)
    assert why(OPEN, rule=rule) == "it asks for severity critical or worse, and the event has high"


def test_an_event_may_name_what_is_compared_in_a_field_or_in_a_label() -> None:
    rule = replace(RULE, same=("service", "alert", "fingerprint", "team"))
    found = traits(rule, event(service=None, labels={"service": "shop", "team": "pay"}))
    assert found == (("service", "shop"), ("alert", "Down"), ("fingerprint", "f"), ("team", "pay"))


def test_the_narrower_rule_that_finds_nothing_leaves_it_to_the_next() -> None:
    wide = Correlation(name="wide", same=("cluster",), within=TEN)

    def seen(rule: Correlation, found: Traits) -> Candidate | None:
        return OPEN if rule is wide else None

    narrow, taken = weigh([RULE, wide, RULE], event(), NOON, seen)
    assert (narrow.conversation_id, taken.conversation_id, taken.rule) == (None, 7, "wide")
    assert taken.why == "cluster=a agrees within 10 minutes"


def test_a_rule_that_compares_nothing_joins_what_meets_its_conditions() -> None:
    rule = Correlation(name="all", environment="prod", within=timedelta(seconds=90))
    assert why(OPEN, rule=rule) == "both meet its conditions within 90 seconds"


def test_long_values_are_cut_in_words_and_compared_whole() -> None:
    long = event(labels={"cluster": "c" * 200})
    found = traits(RULE, long)
    assert found is not None
    assert found[0][1] == "c" * 200
    assert len(agreement(RULE, found)) < 140


@given(st.integers(1, 86400))
def test_a_window_is_told_exactly(seconds: int) -> None:
    number, unit = span(timedelta(seconds=seconds)).split()
    assert int(number) * {"second": 1, "minute": 60, "hour": 3600}[unit.removesuffix("s")] == seconds


values = st.none() | st.sampled_from(["a", "b"])
rules = st.builds(
    Correlation,
    name=st.uuids().map(str),
    same=st.lists(st.sampled_from(["cluster", "service", "fingerprint"]), unique=True, max_size=2).map(tuple),
    within=st.sampled_from([timedelta(seconds=10), TEN]),
    service=values,
    severity=st.none() | st.sampled_from(Severity),
)


@given(st.lists(rules, max_size=5), values, values, st.integers(-700, 700), st.booleans())
def test_only_the_last_rule_that_is_asked_joins_and_it_is_the_first_that_may(
    given_rules: list[Correlation], service: str | None, cluster: str | None, apart: int, is_open: bool
) -> None:
    it = event(service=service, labels={"cluster": cluster} if cluster else {})
    candidate = replace(OPEN, seen_at=NOON + timedelta(seconds=apart)) if is_open else None
    asked = weigh(given_rules, it, NOON, lambda _, __: candidate)
    may = [
        rule.name
        for rule, _ in fitting(given_rules, it, NOON)
        if is_open and timedelta(seconds=abs(apart)) <= rule.within
    ]
    joined = [one.rule for one in asked if one.conversation_id is not None]
    assert joined == may[:1]
    assert [one.rule for one in asked] == [rule.name for rule in given_rules][: len(asked)]
    assert len(asked) == len(given_rules) or asked[-1].conversation_id is not None
    assert all(one.why for one in asked)
