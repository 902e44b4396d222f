"""Where events go: the first route that fits, then the endpoint, the repository, the default of the kind."""

from __future__ import annotations

from typing import Any

import pytest

from sovereign.domain.events import Event, Severity
from sovereign.domain.routing import Decision, Route, Rules, decide


def event(kind: str, **more: Any) -> Event:
    return Event(source="github", kind=kind, subject="s", title="t", **more)


def decided(
    it: Event, rules: Rules | None = None, *, endpoint: str | None = None, unasked: bool = False
) -> Decision:
    return decide(it, rules or Rules(), endpoint_channel=endpoint, home="dev-feed", unasked=unasked)


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
    chosen = Route(**{name: getattr(route, name) for name in route.__slots__} | {"channel": "chosen"})
    assert (decided(it, Rules(routes=[chosen])).channel == "chosen") is fits
