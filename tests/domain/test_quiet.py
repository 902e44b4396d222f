"""What is kept back, and when: quiet hours spare what is urgent, maintenance holds what it names alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.domain import hours
from sovereign.domain.events import Event, Severity
from sovereign.domain.limits import Hold, Reason, bites, is_calm
from sovereign.domain.quiet import Maintenance, Noise, Quiet
from sovereign.domain.routing import Decision

NIGHT = datetime(2026, 3, 2, 23, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
POSTED = Decision(channel="alerts", rule="r")
QUIET = Quiet(name="night", hours=hours.read("22:00-06:00"))


def event(severity: Severity = Severity.LOW, kind: str = "incident.detected", **more: Any) -> Event:
    return Event(source="grafana", kind=kind, subject="s", title="t", severity=severity, **more)


@given(st.sampled_from(Severity), st.sampled_from(Severity), st.booleans(), st.booleans())
def test_quiet_hours_never_hold_what_is_urgent_and_hold_nothing_by_day(
    severity: Severity, below: Severity, called: bool, night: bool
) -> None:
    quiet = Quiet(name="q", hours=hours.read("22:00-06:00"), below=below)
    decision = Decision(channel="alerts", rule="r", mention=("DevOps",) if called else ())
    held = quiet.holds(event(severity), decision, NIGHT if night else NOON)
    assert held is (night and not called and severity.rank < below.rank)


def test_quiet_hours_of_a_channel_leave_the_others_alone() -> None:
    quiet = Quiet(name="q", hours=hours.read("22:00-06:00"), channels=frozenset({"prs"}))
    assert not quiet.holds(event(), POSTED, NIGHT)
    assert quiet.holds(event(), Decision(channel="prs", rule="r"), NIGHT)


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        ({"service": "shop"}, True),
        ({"service": "shop", "environment": "prod", "source": "grafana", "label": "team=pay"}, True),
        ({"service": "other"}, False),
        ({"environment": "dev"}, False),
        ({"source": "zabbix"}, False),
        ({"label": "team=search"}, False),
    ],
)
def test_maintenance_holds_alerts_that_meet_every_condition(conditions: dict[str, str], holds: bool) -> None:
    window = Maintenance(name="m", start=NOON, end=NIGHT, **conditions)  # type: ignore[arg-type]
    alert = event(Severity.CRITICAL, service="shop", environment="prod", labels={"team": "pay"})
    assert window.holds(alert, NOON) is holds
    assert not window.holds(event(kind="change.created", service="shop"), NOON), "alerts alone are expected"
    assert not window.holds(alert, NIGHT), "its end is no part of it"


def test_maintenance_goes_before_quiet_hours_and_a_rule_that_is_gone_holds_nothing() -> None:
    window = Maintenance(name="upgrade", service="shop", start=NOON, end=NIGHT + timedelta(hours=1))
    noise = Noise(quiet=[QUIET], maintenance=[window])
    assert noise.hold(event(service="shop"), POSTED, NIGHT) == Hold(reason=Reason.MAINTENANCE, name="upgrade")
    held = noise.hold(event(), POSTED, NIGHT)
    assert held == Hold(reason=Reason.QUIET, name="night")
    assert noise.is_on(held, NIGHT)
    assert not noise.is_on(held, NOON)
    assert not Noise().is_on(held, NIGHT)
    assert noise.hold(event(), Decision(channel=None, rule="dropped"), NIGHT) is None


@given(st.integers(0, 1000), st.integers(0, 2000))
def test_a_storm_that_began_is_not_calm_at_the_same_rate(limit: int, rate: int) -> None:
    assert not (bites(limit, rate) and is_calm(limit, rate))
    assert bites(0, rate) is False
    assert is_calm(0, rate)
