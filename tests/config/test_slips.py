"""A slip that switches a rule off, or lets it take everything, is told: never is "all is well" said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sovereign.config.check import problems
from sovereign.config.secrets import SecretSource
from sovereign.services.setup import declared_kinds, default_secrets

ROUTE = "event_gateway: {routes: [{%s, channel: alpha}]}"
MAINTAINED = "event_gateway: {maintenance: [{name: upgrade, hours: '02:00-04:00', %s}]}"
READER = "outwards: {readers: [{name: board, secret: env://KEY, %s}]}"
HOOK = "outwards: {webhooks: [{name: audit, url: 'https://a.example', secret: env://KEY, %s}]}"
JOIN = "event_gateway: {correlate: [{%s}]}"
LAB = "event_gateway: {endpoints: [{path: /hooks/lab, source: gitlab}], %s}"
ORDERS = "{path: /hooks/x, source: generic, mapping: {kind: order.placed}}"
MAPPED = f"event_gateway: {{endpoints: [{ORDERS}], %s}}"
SERVICES = "services: [{name: payments, repo: acme/payments}]\n"
PLACES = "infra: {environments: [prod]}\n"


def said(folder: Path, text: str) -> list[str]:
    path = folder / "discovery.yml"
    path.write_text(text)
    secrets = SecretSource(environment={}, sandbox=True)
    return [
        f"{one.severity}: {one}" for one in problems(path, default_secrets(), secrets, (), declared_kinds())
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            ROUTE % "kind: vulnerabilty.*",
            "warning: ... which no source declares ... did you mean 'vulnerability.",
        ),
        (ROUTE % "kind: change.*, source: alertmanager", "warning: ... no kind of alertmanager fits"),
        (ROUTE % "source: hub", "error: "),
        (JOIN % "kind: incidnt.*, same: service", "warning: ... did you mean 'incident."),
        (
            READER % "kinds: [incidnt.*]",
            "warning: ... outwards.readers[0].kinds[0] ... did you mean 'incident.",
        ),
        (HOOK % "kinds: incidnt.*", "warning: ... did you mean 'incident."),
        (READER % "sources: [genric]", "error: ... outwards ... 'genric' ... did you mean 'generic'?"),
        (HOOK % "sources: genric", "error: ... outwards ... did you mean 'generic'?"),
        (HOOK % "sources: [git*, alertmanger]", "error: ... sources[1] is 'alertmanger'"),
        (SERVICES + MAINTAINED % "service: paymnts", "warning: ... not among services ... 'payments'"),
        (SERVICES + ROUTE % "service: paymnts", "warning: ... not among services ... 'payments'"),
        (SERVICES + READER % "services: [paymnts]", "warning: ... not among services"),
        (PLACES + MAINTAINED % "environment: prdo", "warning: ... prdo is not among infra.environments"),
        (MAINTAINED % "source: genric", "error: ... did you mean 'generic'?"),
        (JOIN % "label: team=web", "warning: ... makes one incident of all alerts that meet its conditions"),
        (JOIN % "label: team=web, same: []", "warning: ... makes one incident of all alerts"),
        ("event_gateway: {routes: [{drop: true}]}", "error: ... would drop every event"),
        ("event_gateway: {quiet_hours: [{hours: '22:00-22:00 UTC'}]}", "warning: ... which is a whole day"),
        (ROUTE % "hours: 'mon 22:00-22:00'", "warning: ... routes[0].hours ... which is a whole day"),
        (
            LAB % "routes: [{source: lab, drop: true}]",
            "warning: ... is the name of an endpoint ... gitlab",
        ),
    ],
)
def test_a_slip_in_a_rule_is_told_with_what_was_probably_meant(
    tmp_path: Path, text: str, expected: str
) -> None:
    begins, *parts = expected.split(" ... ")
    (found,) = said(tmp_path, text)
    assert found.startswith(begins)
    assert all(part in found for part in parts), found


@pytest.mark.parametrize(
    "text",
    [
        ROUTE % "kind: vulnerability.*",
        ROUTE % "kind: generic.event",
        ROUTE % "kind: delivery.*",
        ROUTE % "kind: '*'",
        ROUTE % "kind: order.placed, source: generic",
        MAPPED % "routes: [{kind: order.*, channel: alpha}]",
        READER % "kinds: [change.*], sources: [git*, sovereign]",
        SERVICES + ROUTE % "service: node-exporter",
        SERVICES + READER % "services: [pay*]",
        JOIN % "service: payments",
        "event_gateway: {routes: [{drop: true, kind: taskrun.*}]}",
        "event_gateway: {quiet_hours: [{hours: 'sat,sun 00:00-00:00'}]}",
    ],
)
def test_what_may_be_meant_so_is_no_slip(tmp_path: Path, text: str) -> None:
    assert [one for one in said(tmp_path, text) if "refuses every delivery" not in one] == []
