"""Alerts and incidents as state machines: whatever is said in whatever order, the picture stays true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.core.errors import InvalidTransition
from sovereign.domain.alerts import Alert, Change, heard
from sovereign.domain.events import Event, Severity, Status
from sovereign.domain.incidents import REOPEN_WITHIN, Incident, State, Tally, Turn, follow, is_over

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
GRADED = [Severity.LOW, Severity.MEDIUM, Severity.CRITICAL]


def event(status: Status, severity: Severity = Severity.CRITICAL, at: datetime | None = None) -> Event:
    return Event(
        source="alertmanager",
        kind="incident.detected",
        subject="Down",
        title="Down firing",
        status=status,
        severity=severity,
        fingerprint="f",
        occurred_at=at,
    )


said = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from([Status.FIRING, Status.RESOLVED, Status.UNKNOWN]),
        st.sampled_from(GRADED),
        st.integers(-120, 120),
    ),
    max_size=40,
)


@given(said)
def test_an_incident_is_resolved_exactly_when_nothing_of_it_fires(
    story: list[tuple[str, Status, Severity, int]],
) -> None:
    alerts: dict[str, Alert] = {}
    incident: Incident | None = None
    for number, (name, status, severity, shift) in enumerate(story):
        at = NOON + timedelta(seconds=number)
        one = event(status, severity, at + timedelta(seconds=shift))
        after, change = heard(alerts.get(name), one, at)
        if after is not None:
            alerts[name] = after
        if change is Change.REPEATED:
            continue
        assert after is not None
        firing = [alert for alert in alerts.values() if alert.status is Status.FIRING]
        worst = max((alert.severity for alert in firing), key=lambda graded: graded.rank, default=None)
        tally = Tally(firing=len(firing), total=len(alerts), worst=worst)
        moment = after.resolved_at or after.started_at
        before, (incident, turn) = incident, follow(incident, tally, one, 1, moment)
        assert (incident.state is State.RESOLVED) == (not firing)
        assert (incident.duration is not None) == (not firing)
        assert incident.duration is None or incident.duration >= timedelta()
        if firing:
            assert incident.severity is worst
        rose = before is not None and worst is not None and worst.rank > before.severity.rank
        if rose and before is not None and before.state is not State.RESOLVED:
            assert turn is Turn.WORSENED, "a rise in severity is never hidden"


@given(said)
def test_a_change_of_state_is_never_taken_for_a_repeat(
    story: list[tuple[str, Status, Severity, int]],
) -> None:
    alert: Alert | None = None
    for number, (_, status, severity, shift) in enumerate(story):
        at = NOON + timedelta(seconds=number)
        after, change = heard(alert, event(status, severity, at + timedelta(seconds=shift)), at)
        was = alert.status if alert else Status.RESOLVED
        now = after.status if after else Status.RESOLVED
        assert (change in (Change.FIRED, Change.REFIRED, Change.RESOLVED)) == (was is not now)
        if after is not None and after.resolved_at is not None:
            assert after.resolved_at >= after.started_at
        alert = after


def test_a_sender_that_writes_the_year_one_is_given_the_time_of_arrival() -> None:
    alert, _ = heard(None, event(Status.FIRING, at=datetime(1, 1, 1, tzinfo=UTC)), NOON)
    assert alert is not None
    assert alert.started_at == NOON


def opened() -> Incident:
    tally = Tally(firing=1, total=1, worst=Severity.CRITICAL)
    return follow(None, tally, event(Status.FIRING), 1, NOON)[0]


def test_the_first_to_acknowledge_has_it() -> None:
    taken = opened().acknowledge(7, "Chen", NOON)
    assert (taken.state, taken.acknowledged_name) == (State.ACKNOWLEDGED, "Chen")
    with pytest.raises(InvalidTransition, match="already acknowledged by Chen"):
        taken.acknowledge(8, "Hana", NOON)


def test_a_resolved_incident_cannot_be_acknowledged_and_is_over_after_the_window() -> None:
    tally = Tally(firing=0, total=1, worst=None)
    resolved, _ = follow(opened(), tally, event(Status.RESOLVED), 1, NOON + timedelta(minutes=3))
    assert resolved.duration == timedelta(minutes=3)
    with pytest.raises(InvalidTransition):
        resolved.acknowledge(7, "Chen", NOON)
    assert not is_over(resolved, NOON + timedelta(minutes=3) + REOPEN_WITHIN)
    assert is_over(resolved, NOON + timedelta(minutes=4) + REOPEN_WITHIN)


def test_what_fires_again_after_the_resolve_is_nobodys_any_more() -> None:
    taken = opened().acknowledge(7, "Chen", NOON)
    resolved, _ = follow(taken, Tally(firing=0, total=1, worst=None), event(Status.RESOLVED), 1, NOON)
    tally = Tally(firing=1, total=1, worst=Severity.LOW)
    again, turn = follow(resolved, tally, event(Status.FIRING), 1, NOON)
    assert (turn, again.state, again.acknowledged_by) == (Turn.REOPENED, State.OPEN, None)
