"""Where events go: the first route that fits, then the endpoint, the repository, the default of the kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.domain import hours
from sovereign.domain.events import Event, Severity
from sovereign.domain.routing import Decision, Route, Rules, decide, explain


def event(kind: str, **more: Any) -> Event:
    return Event(source="github", kind=kind, subject="s", title="t", **more)


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def decided(
    it: Event,
    rules: Rules | None = None,
    *,
    endpoint: str | None = None,
    unasked: bool = False,
    at: datetime = NOON,
) -> Decision:
    return decide(it, rules or Rules(), endpoint_channel=endpoint, home="dev-feed", unasked=unasked, at=at)


def test_a_route_may_hold_at_some_hours_only_and_says_so() -> None:
    nightly = Route(name="night", hours=hours.read("22:00-06:00 Europe/Berlin"), channel="night")
    rules = Rules(routes=[nightly])
    assert decided(event("change.created"), rules, at=NOON.replace(hour=23)).channel == "night"
    by_day = decided(event("change.created"), rules)
    assert by_day.channel == "prs"
    (step,) = explain(event("change.created"), rules, by_day, NOON)
    assert step.why == "it asks for the hours 22:00-06:00 Europe/Berlin, and it is 12:00 UTC"


def test_a_route_may_keep_what_it_takes_out_of_the_thread() -> None:
    rules = Rules(routes=[Route(name="quiet", thread=False)])
    decision = decided(event("change.created"), rules)
    assert (decision.channel, decision.thread) == ("prs", False)


@pytest.mark.parametrize(
    ("kind", "channel"),
    [
        ("change.created", "prs"),
        ("change.reviewed", "prs"),
        ("pipelinerun.finished", "ci-cd-pipeline"),
        ("taskrun.finished", "ci-cd-pipeline"),
        ("service.deployed", "deployments"),
        ("release.published", "deployments"),
        ("incident.detected", "alerts"),
        ("cluster.changed", "cluster-status"),
        ("ticket.created", "kanban-updates"),
        ("design.updated", "design-collab"),
        ("branch.updated", "dev-feed"),
        ("anything.else", "dev-feed"),
    ],
)
def test_each_kind_has_a_default_channel(kind: str, channel: str) -> None:
    assert decided(event(kind)).channel == channel


def test_pushes_to_the_default_branch_are_news_for_deployments() -> None:
    assert decided(event("branch.updated", on_default_branch=True)).channel == "deployments"


def test_a_repository_channel_replaces_the_pipeline_and_deployment_defaults_only() -> None:
    rules = Rules(repo_channels={"acme/shop": "shop"})
    for kind, channel in (
        ("pipelinerun.finished", "shop"), ("service.deployed", "shop"), ("change.created", "prs"),
        ("incident.detected", "alerts"),
    ):  # fmt: skip
        assert decided(event(kind, repo="Acme/Shop"), rules).channel == channel
    assert decided(event("service.deployed", repo="acme/other"), rules).channel == "deployments"


def test_an_explicit_route_wins_over_everything_and_the_endpoint_over_defaults() -> None:
    rules = Rules(
        routes=[Route(name="r", kind="change.*", channel="special")], repo_channels={"shop": "shop"}
    )
    assert decided(event("change.created"), rules, endpoint="hooked").channel == "special"
    assert decided(event("service.deployed", repo="acme/shop"), rules, endpoint="hooked").channel == "hooked"


def test_what_nobody_asked_for_is_posted_only_if_a_route_names_it() -> None:
    assert decided(event("repository.starred"), unasked=True).channel is None
    rules = Rules(routes=[Route(name="stars", kind="repository.starred", channel="general")])
    assert decided(event("repository.starred"), rules, unasked=True).channel == "general"


def test_a_route_may_drop_or_only_call() -> None:
    rules = Rules(
        routes=[
            Route(name="bots", label="noise", drop=True),
            Route(name="call", severity=Severity.HIGH, mention=("DevOps",)),
        ]
    )
    assert decided(event("change.created", labels={"noise": ""}), rules).channel is None
    called = decided(event("vulnerability.detected", severity=Severity.CRITICAL), rules)
    assert (called.channel, called.mention) == ("alerts", ("DevOps",))
    assert decided(event("vulnerability.detected", severity=Severity.LOW), rules).mention == ()


@pytest.mark.parametrize(
    ("route", "fits"),
    [
        (Route(name="r", repo="shop"), True),
        (Route(name="r", repo="acme/*"), True),
        (Route(name="r", repo="other"), False),
        (Route(name="r", branch="release/*"), True),
        (Route(name="r", branch="main"), False),
        (Route(name="r", label="team=payments"), True),
        (Route(name="r", label="team=search"), False),
        (Route(name="r", environment="prod", service="checkout"), True),
        (Route(name="r", environment="dev"), False),
        (Route(name="r", source="gitlab"), False),
        (Route(name="r", severity=Severity.CRITICAL), False),
    ],
)
def test_every_condition_that_is_set_must_hold(route: Route, fits: bool) -> None:
    it = event(
        "change.created",
        repo="acme/shop",
        branch="release/2",
        labels={"team": "payments"},
        environment="prod",
        service="checkout",
        severity=Severity.MEDIUM,
    )
    chosen = replace(route, channel="chosen")
    assert (decided(it, Rules(routes=[chosen])).channel == "chosen") is fits


words = st.sampled_from(["shop", "payments", "prod", "main"])
events = st.builds(
    Event,
    source=st.sampled_from(["github", "grafana"]),
    kind=st.sampled_from(["change.created", "incident.detected", "odd.kind"]),
    subject=st.just("s"),
    title=st.just("t"),
    severity=st.sampled_from(Severity),
    repo=st.none() | words.map(lambda word: f"acme/{word}"),
    service=st.none() | words,
    environment=st.none() | words,
    branch=st.none() | words,
    labels=st.dictionaries(words, words, max_size=2),
)
routes = st.builds(
    Route,
    name=st.uuids().map(str),
    source=st.none() | st.sampled_from(["github", "grafana"]),
    kind=st.none() | st.sampled_from(["change.*", "incident.*", "odd.kind"]),
    repo=st.none() | words,
    severity=st.none() | st.sampled_from(Severity),
    label=st.none() | words | words.map(lambda word: f"{word}=prod"),
    service=st.none() | words,
    branch=st.none() | words,
    hours=st.none() | st.sampled_from([hours.read("08:00-18:00"), hours.read("mon 20:00-06:00")]),
    channel=st.none() | words,
    drop=st.booleans(),
)


@given(
    it=events,
    given_routes=st.lists(routes, max_size=5, unique_by=lambda one: one.name),
    unasked=st.booleans(),
)
def test_the_explanation_is_what_happens(it: Event, given_routes: list[Route], unasked: bool) -> None:
    rules = Rules(routes=given_routes)
    decision = decided(it, rules, unasked=unasked)
    steps = explain(it, rules, decision, NOON)
    takers = [step.route for step in steps if step.took]
    assert takers == [route.name for route in given_routes if decision.rule.startswith(f"route {route.name}")]
    assert all(step.why for step in steps)
    if not takers:
        assert len(steps) == len(given_routes), "every route was asked"


def test_of_two_routes_with_one_name_the_explanation_names_the_one_that_decided() -> None:
    calls = Route(name="stars", mention=("DevOps",))
    rules = Rules(routes=[calls, Route(name="stars", channel="general")])
    it = event("repository.starred")
    first, second = explain(it, rules, decided(it, rules, unasked=True), NOON)
    assert (first.took, second.took) == (False, True)
    assert first.why == "repository.starred is posted only where a route names a channel"
