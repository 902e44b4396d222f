"""Correlation through the real pipeline: alerts of several senders are one incident, none is hidden."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sovereign.core import clock
from sovereign.domain.incidents import REOPEN_WITHIN
from sovereign.store.database import Database
from tests.services.conftest import Works, works_over
from tests.services.test_alerting import body, incidents

CONFIGURATION = """
event_gateway:
  routes:
    - {name: databases, label: "team=db", channel: databases, mention: DBA}
    - {name: noise, label: noisy, drop: true}
  correlate:
    - {name: one service, same: [cluster, service], within: 10m}
    - {name: blackout, severity: critical, same: cluster, within: 60s}
"""


class Time:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = datetime(2026, 3, 2, 12, tzinfo=UTC)
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def goes_on(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


@pytest.fixture
def works(database: Database, time: Time) -> Works:
    return works_over(database, CONFIGURATION)


def prometheus(name: str, status: str = "firing", severity: str = "warning", **labels: str) -> dict[str, Any]:
    """One alert in a group of its own, as Alertmanager sends it without grouping."""
    labels = {"alertname": name, "severity": severity, "cluster": "a", "service": "shop"} | labels
    now = clock.now().isoformat()
    ends = now if status == "resolved" else "0001-01-01T00:00:00Z"
    alert = {"status": status, "labels": labels, "annotations": {"summary": f"{name} it is"},
             "startsAt": now, "endsAt": ends, "fingerprint": f"{name}{labels['cluster']}"}  # fmt: skip
    return body(alert, group=f"{name}{labels['cluster']}")


def grafana(name: str, status: str = "firing", severity: str = "warning", **labels: str) -> dict[str, Any]:
    alert = prometheus(name, status, severity, **labels)["alerts"][0]
    return {"status": status, "groupKey": f"grafana{name}", "alerts": [alert | {"fingerprint": f"g{name}"}]}


async def fire(
    works: Works, name: str, status: str = "firing", severity: str = "warning", **labels: str
) -> None:
    await works.post("alertmanager", prometheus(name, status, severity, **labels))


async def reasons(works: Works) -> list[str | None]:
    return [row["joined"] for row in await works.rows("SELECT joined FROM events ORDER BY sequence")]


async def test_alerts_of_two_senders_are_one_incident_that_ends_with_the_last_of_them(
    works: Works, time: Time
) -> None:
    await fire(works, "Down")
    await works.deliver()
    time.goes_on(minutes=9)
    await works.post("grafana", grafana("Slow"))
    assert len(await incidents(works)) == 1
    shown = (await works.outbox("edit"))[-1]["payload"]
    assert (shown["incident"]["firing"], shown["incident"]["total"]) == (2, 2)
    assert shown["conversation"]["sources"] == ["alertmanager", "grafana"]
    assert shown["conversation"]["joined_by"] == ["one service"]
    await fire(works, "Down", "resolved")
    assert (await incidents(works))[0]["state"] == "open"
    await works.post("grafana", grafana("Slow", "resolved"))
    assert (await incidents(works))[0]["state"] == "resolved"
    assert len(await works.outbox("post")) == 1


async def test_each_event_says_why_it_is_there(works: Works) -> None:
    await fire(works, "Down")
    await works.post("grafana", grafana("Slow"))
    second = grafana("Slow")
    second["alerts"][0] |= {"fingerprint": "other", "labels": {"alertname": "Slow", "cluster": "b"}}
    await works.post("grafana", second)
    await fire(works, "Down", "resolved")
    rule = "correlation rule one service: cluster=a and service=shop agree within 10 minutes"
    assert await reasons(works) == [
        "the conversation began with it",
        rule,
        f"its sender's key, with an alert that joined by {rule}",
        "it is about an alert that belongs here, by its fingerprint",
    ]
    line = (await works.outbox("line"))[1]["payload"]["text"]
    assert line.endswith("(joined by rule one service)")


async def test_a_correlated_incident_has_one_name_and_lists_the_names_of_its_alerts(works: Works) -> None:
    for name in ("Corr1", "Corr2", "Corr3"):
        await fire(works, name)
        await works.deliver()
    await works.post("grafana", grafana("Corr3"))
    shown = (await works.outbox("edit"))[-1]["payload"]
    title = "Corr1 firing in shop: Corr1 it is"
    assert (shown["conversation"]["title"], shown["conversation"]["subject"]) == (title, "Corr1")
    assert [row["title"] for row in await incidents(works)] == [title]
    assert shown["incident"]["kinds"] == [["Corr1", 1], ["Corr2", 1], ["Corr3", 2]]


async def test_its_name_is_that_of_the_worst_that_fires_with_the_words_of_that_alert(works: Works) -> None:
    for name, severity in (("Corr1", "warning"), ("Corr2", "critical"), ("Corr3", "critical")):
        await fire(works, name, severity=severity)
        await works.deliver()
    assert [row["title"] for row in await incidents(works)] == ["Corr2 firing in shop: Corr2 it is"]
    await fire(works, "Corr2", "resolved", severity="critical")
    shown = (await works.outbox("edit"))[-1]["payload"]
    assert shown["conversation"]["title"] == "Corr3 firing in shop: Corr3 it is"
    assert shown["incident"]["kinds"] == [["Corr3", 1], ["Corr1", 1]]
    for name in ("Corr1", "Corr3"):
        await fire(works, name, "resolved")
    shown = (await works.outbox("edit"))[-1]["payload"]
    assert shown["conversation"]["subject"] == "Corr2"
    assert len(shown["incident"]["kinds"]) == 3


async def test_what_joins_with_a_worse_severity_calls_and_one_that_is_not_worse_does_not(
    works: Works,
) -> None:
    await fire(works, "Down")
    await works.deliver()
    await fire(works, "Slow")
    assert json.loads((await works.outbox("line"))[-1]["mention_json"]) == []
    await fire(works, "Lost", severity="critical")
    assert json.loads((await works.outbox("line"))[-1]["mention_json"]) == ["On-Call"]
    assert [row["severity"] for row in await incidents(works)] == ["critical"]


async def test_whom_a_route_calls_is_called_for_what_joins_elsewhere(works: Works) -> None:
    await fire(works, "Down", severity="critical")
    await works.deliver()
    await fire(works, "Replica", team="db")
    line = (await works.outbox("line"))[-1]
    assert (line["channel"], json.loads(line["mention_json"])) == ("alerts", ["DBA"])


@pytest.mark.parametrize(
    ("minutes", "labels"),
    [(11, {}), (0, {"service": "cart"}), (0, {"cluster": "b"}), (0, {"environment": "dev"})],
)
async def test_too_late_or_too_different_is_an_incident_of_its_own(
    works: Works, time: Time, minutes: int, labels: dict[str, str]
) -> None:
    await fire(works, "Down", environment="prod")
    time.goes_on(minutes=minutes)
    await fire(works, "Slow", **labels)
    assert len(await incidents(works)) == 2


async def test_the_window_moves_with_each_that_begins_and_not_with_repeats(works: Works, time: Time) -> None:
    await fire(works, "One")
    for name in ("Two", "Three"):
        time.goes_on(minutes=8)
        await fire(works, name)
    assert len(await incidents(works)) == 1
    time.goes_on(minutes=8)
    await fire(works, "Three")
    time.goes_on(minutes=8)
    await fire(works, "Four")
    assert len(await incidents(works)) == 2


async def test_a_second_rule_is_asked_where_the_first_finds_nothing(works: Works) -> None:
    await fire(works, "Down", severity="critical")
    await fire(works, "Lost", severity="critical", service="cart")
    await fire(works, "Slow", service="mail")
    assert [row["severity"] for row in await incidents(works)] == ["critical", "medium"]
    assert (await reasons(works))[1] == "correlation rule blackout: cluster=a agrees within 1 minute"


async def test_a_resolved_incident_takes_nothing_more(works: Works) -> None:
    await fire(works, "Down")
    await fire(works, "Down", "resolved")
    await fire(works, "Slow")
    assert [row["state"] for row in await incidents(works)] == ["resolved", "open"]


async def test_what_joined_reopens_the_incident_when_it_fires_again_soon_and_opens_one_later(
    works: Works, time: Time
) -> None:
    await fire(works, "Down")
    await fire(works, "Slow")
    for name in ("Down", "Slow"):
        await fire(works, name, "resolved")
    time.goes_on(minutes=5)
    await fire(works, "Slow")
    assert [row["state"] for row in await incidents(works)] == ["open"]
    await fire(works, "Slow", "resolved")
    time.goes_on(seconds=REOPEN_WITHIN.total_seconds() + 60)
    await fire(works, "Slow")
    await fire(works, "Down")
    assert [row["state"] for row in await incidents(works)] == ["resolved", "open"]


async def test_alerts_of_one_delivery_find_each_other(works: Works) -> None:
    together = prometheus("Down")
    together["alerts"] += prometheus("Slow")["alerts"]
    del together["groupKey"]
    await works.post("alertmanager", together)
    assert len(await incidents(works)) == 1
    (post,) = await works.outbox("post")
    assert post["payload"]["incident"]["firing"] == 2


async def test_what_a_route_drops_joins_nothing(works: Works) -> None:
    await fire(works, "Down")
    await fire(works, "Noise", noisy="yes")
    assert await reasons(works) == ["the conversation began with it", None]
    (incident,) = await incidents(works)
    assert (await works.rows("SELECT COUNT(*) AS n FROM alerts"))[0]["n"] == 1
    assert incident["state"] == "open"


async def test_a_restart_and_a_replay_change_nothing(database: Database, works: Works, time: Time) -> None:
    await fire(works, "Down")
    again = works_over(database, CONFIGURATION)
    await fire(again, "Slow")
    await again.deliver()
    before = await works.rows("SELECT id, conversation_id, joined FROM events ORDER BY id")
    outbox = len(await works.outbox())
    time.goes_on(minutes=1)
    await database.write(
        lambda tx: tx.execute(
            "UPDATE deliveries SET state = 'received', replayed_by = 'ada', replayed_at = 1"
        )
    )
    await again.pipeline.drain()
    assert await works.rows("SELECT id, conversation_id, joined FROM events ORDER BY id") == before
    assert len(await works.outbox()) == outbox
    assert len(await incidents(works)) == 1


async def test_what_no_rule_looks_back_to_is_forgotten(works: Works, time: Time) -> None:
    for number in range(5):
        await fire(works, f"Alert{number}", service=f"s{number}")
    time.goes_on(days=3)
    await fire(works, "New")
    assert len(await works.rows("SELECT * FROM correlations")) == 1


async def test_without_rules_nothing_is_joined_and_nothing_kept(database: Database, time: Time) -> None:
    works = works_over(database, "{}")
    await fire(works, "Down")
    await works.post("grafana", grafana("Slow"))
    assert len(await incidents(works)) == 2
    assert await works.rows("SELECT * FROM correlations") == []
