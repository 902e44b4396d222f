"""Noise through the real pipeline: what is too much is gathered, and nothing of it is lost or hidden."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sovereign.core import clock
from sovereign.services import calming
from sovereign.services.calming import Calming
from sovereign.store.database import Database
from tests.services.conftest import Works, works_over
from tests.services.test_alerting import alert, body

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Time:
    """A clock that goes on when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = START
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def goes_on(self, **more: float) -> None:
        self.now += timedelta(**more)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


def calm(works: Works) -> Calming:
    return Calming(works.database, works.setup, lambda: None)


async def calms_down(works: Works, time: Time) -> None:
    """A minute without anything, as the worker sees it."""
    for seconds in (5, 56, 5):
        time.goes_on(seconds=seconds)
        await calm(works).look()


async def fire(works: Works, name: str, number: int, severity: str = "warning", **more: Any) -> None:
    """An alert of its own, and an incident of its own."""
    one = alert(name=name, severity=severity, fingerprint=f"{name}{number}")
    one["labels"] |= more
    await works.post("alertmanager", body(one, group=f"{name}{number}"))


async def waiting(works: Works, op: str = "%") -> list[dict[str, Any]]:
    return [row for row in await works.outbox(op) if row["state"] == "waiting"]


async def storm(works: Works) -> dict[str, Any]:
    """What the message of the storm would show now."""
    rows = [row for row in await works.outbox() if row["payload"]["view"] == "gathering"]
    facts: dict[str, Any] = rows[-1]["payload"]["gathering"]
    return facts


async def test_a_storm_is_one_message_that_counts_and_takes_along_what_waited(
    works: Works, time: Time
) -> None:
    for number in range(40):
        await fire(works, f"Alert{number % 4}", number)
    (post,) = await waiting(works)
    assert post["payload"]["view"] == "gathering"
    time.goes_on(seconds=5)
    await calm(works).look()
    facts = await storm(works)
    assert facts["count"] == 40
    assert sorted(map(tuple, facts["names"])) == [(f"Alert{n}", 10) for n in range(4)]


async def test_thirty_events_a_minute_are_no_storm(works: Works, time: Time) -> None:
    for number in range(60):
        await fire(works, "Alert", number)
        time.goes_on(seconds=2)
    assert len(await waiting(works, "post")) == 60


async def test_in_a_storm_each_critical_name_is_told_apart_once_and_named_at_once(
    works: Works, time: Time
) -> None:
    for number in range(35):
        await fire(works, "Noise", number)
    for number in range(4):
        await fire(works, "Burning", number, "critical")
        await fire(works, "Flooded", number, "critical")
    apart = [row for row in await waiting(works, "post") if row["payload"]["view"] == "conversation"]
    assert [row["payload"]["conversation"]["subject"] for row in apart] == ["Burning", "Flooded"]
    assert (await storm(works))["critical"] == ["Burning", "Flooded"]


async def test_a_rise_to_critical_is_told_in_the_middle_of_a_storm(works: Works, time: Time) -> None:
    await fire(works, "Growing", 0)
    await works.deliver()
    for number in range(40):
        await fire(works, "Noise", number)
    await fire(works, "Growing", 0, "critical")
    (line,) = await waiting(works, "line")
    assert "severity rose to critical" in line["payload"]["text"]


async def test_one_incident_that_says_much_is_no_storm_and_keeps_none_going(
    database: Database, time: Time
) -> None:
    works = works_over(database, EIGHT)
    resolved = alert("resolved", name="Flappy", severity="warning", fingerprint="Flappy0")
    for _ in range(12):
        time.goes_on(seconds=1.2)
        await fire(works, "Flappy", 0)
        await works.post("alertmanager", body(resolved, group="Flappy0"))
    assert await works.rows("SELECT * FROM gatherings") == []
    for number in range(8):
        await fire(works, f"Low{number}", number, "low")
    assert len(await works.rows("SELECT * FROM gatherings")) == 1, "it counts as one thing"
    for _ in range(2):
        time.goes_on(seconds=40)
        for _ in range(10):
            await fire(works, "Flappy", 0)
            await works.post("alertmanager", body(resolved, group="Flappy0"))
        time.goes_on(seconds=1)
        await calm(works).look()
    time.goes_on(seconds=5)
    await calm(works).look()
    assert (await storm(works))["ended_at"] is not None


EIGHT = "event_gateway: {limits: {channel: 8}}"


def calling(rows: list[dict[str, Any]]) -> list[str]:
    """What the messages that call on-call are about."""
    return [
        row["payload"].get("conversation", {}).get("subject", row["payload"]["view"])
        for row in rows
        if row["mention_json"] == '["On-Call"]'
    ]


async def test_the_noise_of_others_does_not_silence_what_calls(database: Database, time: Time) -> None:
    works = works_over(database, EIGHT)
    for number in range(20):
        await fire(works, f"Low{number}", number, "low")
    await works.deliver()
    await fire(works, "Latency", 0, "high")
    (page,) = await waiting(works, "post")
    assert (page["payload"]["conversation"]["subject"], page["lane"]) == ("Latency", "page:alerts")
    assert (await storm(works))["called"] == ["Latency"]
    await fire(works, "Latency", 1, "high")
    assert calling(await waiting(works)) == ["Latency"], "the first of its name has called"


async def test_a_page_that_waits_when_a_storm_begins_is_not_taken_out_of_its_queue(
    database: Database, time: Time
) -> None:
    works = works_over(database, EIGHT)
    await fire(works, "Latency", 0, "high")
    await fire(works, "Grows", 0, "low")
    await fire(works, "Grows", 0, "high")
    for number in range(20):
        await fire(works, f"Low{number}", number, "low")
    shown = [row["payload"]["conversation"]["subject"] for row in (await waiting(works, "post"))[:2]]
    assert shown == ["Latency", "Grows"]
    assert calling(await waiting(works)) == ["gathering"], "the storm's message calls once for both"


async def test_what_called_in_a_storm_calls_again_only_where_it_grows_worse(
    database: Database, time: Time
) -> None:
    works = works_over(database, EIGHT)
    for number in range(20):
        await fire(works, f"Low{number}", number, "low")
    for number, severity in enumerate(("high", "high", "critical", "critical", "high")):
        await fire(works, "Disk", number, severity)
    pages = [row for row in await waiting(works, "post") if row["payload"]["view"] == "conversation"]
    assert [row["payload"]["conversation"]["severity"] for row in pages] == ["high", "critical"]


async def test_what_finds_no_room_to_call_in_a_storm_calls_when_it_is_over(
    database: Database, time: Time
) -> None:
    works = works_over(database, EIGHT)
    for number in range(20):
        await fire(works, f"Low{number}", number, "low")
    for number in range(25):
        await fire(works, f"High{number:02}", number, "high")
    await works.deliver()
    before = len(await works.outbox("post"))
    resolved = alert("resolved", name="High11", severity="high", fingerprint="High1111")
    await works.post("alertmanager", body(resolved, group="High1111"))
    await calms_down(works, time)
    late = (await works.outbox("post"))[before:]
    pages = [row for row in late if row["payload"]["view"] == "conversation"]
    names = [row["payload"]["conversation"]["subject"] for row in pages]
    assert names == [f"High{number:02}" for number in (10, *range(12, 21))]
    assert calling(late)[0] == "rollcall", "one message calls for those that have to wait"
    assert {row["lane"] for row in pages} == {"page:alerts"}
    (summary,) = await waiting(works, "digest")
    assert (summary["payload"]["gathering"]["calling"], summary["lane"]) == (
        ["High21", "High22", "High23", "High24"],
        "page:alerts",
    )


async def test_whom_a_route_calls_is_called_in_a_storm_too(database: Database, time: Time) -> None:
    works = works_over(
        database,
        "event_gateway: {limits: {source: 5, channel: 8},"
        " routes: [{name: data, source: generic, mention: Data}]}",
    )
    for number in range(7):
        await works.post("generic", {"title": f"n{number}", "service": "shop"})
    notices = [
        row["payload"]["event"]["title"]
        for row in await works.outbox("post")
        if row["conversation_id"] is None
    ]
    assert notices == [f"n{number}" for number in range(6)], "five, and the first of its name above the limit"


async def test_what_names_no_thing_is_counted_by_its_words(works: Works, time: Time) -> None:
    for number in range(40):
        title = "Nightly backup finished" if number % 4 else "Import stopped"
        await works.post("generic", {"title": title, "text": f"run {number}"})
    time.goes_on(seconds=5)
    await calm(works).look()
    assert (await storm(works))["names"] == [["Nightly backup finished", 30], ["Import stopped", 10]]


async def test_bodies_that_cannot_be_read_are_counted_by_their_endpoint(works: Works, time: Time) -> None:
    for number in range(40):
        await works.post("generic", {"title": f"Import {number}"})
    await works.post("github", {"zen": 1}, {})
    time.goes_on(seconds=5)
    await calm(works).look()
    gathered = await works.rows("SELECT name FROM tellings WHERE source = 'github'")
    assert [row["name"] for row in gathered] == ["Unreadable at github"]


async def test_a_calm_minute_ends_the_storm_with_a_file_of_everything(works: Works, time: Time) -> None:
    for number in range(40):
        await fire(works, "Noise", number)
    await works.deliver()
    await calms_down(works, time)
    (summary,) = await waiting(works, "digest")
    assert len(summary["payload"]["items"]) == 40
    assert (await storm(works))["ended_at"] is not None
    shown = [row for row in await waiting(works, "post") if row["payload"]["view"] == "conversation"]
    assert len(shown) == calming.MOST_SHOWN, "what still fires is shown, as far as people can follow"
    await fire(works, "After", 0)
    assert "After" in str((await waiting(works, "post"))[-1]["payload"])


async def test_a_resolved_alert_of_a_storm_is_not_shown_afterwards(works: Works, time: Time) -> None:
    for number in range(31):
        await fire(works, "Noise", number)
    for number in range(31):
        resolved = alert("resolved", name="Noise", severity="warning", fingerprint=f"Noise{number}")
        await works.post("alertmanager", body(resolved, group=f"Noise{number}"))
    await works.deliver()
    await calms_down(works, time)
    assert [row["op"] for row in await waiting(works)] == ["edit", "digest"]
    assert len((await waiting(works, "digest"))[0]["payload"]["items"]) == 62


async def test_a_storm_outlives_a_restart_and_a_rate_around_the_limit(works: Works, time: Time) -> None:
    for number in range(31):
        await fire(works, "Noise", number)
    for number in range(31, 71):
        time.goes_on(seconds=3)
        await fire(works, "Noise", number)
        await calm(works).look()
    assert (await storm(works))["ended_at"] is None
    assert len(await works.rows("SELECT * FROM gatherings")) == 1


LIMITED = "event_gateway: {limits: {source: 5, channel: 0}}"


async def test_a_source_above_its_limit_gets_one_notice_and_the_others_none(
    database: Database, time: Time
) -> None:
    works = works_over(database, LIMITED)
    for number in range(20):
        await works.post("generic", {"title": f"n{number}"})
    await works.sample("github", "pull_request.opened", delivery="1")
    views = [row["payload"]["view"] for row in await works.outbox("post")]
    assert views == ["notice"] * 5 + ["gathering", "conversation"]
    await calms_down(works, time)
    (summary,) = await works.outbox("digest")
    assert [item["title"] for item in summary["payload"]["items"]] == [f"n{n}" for n in range(5, 20)]


async def test_a_limit_slides_and_is_no_budget_of_a_calendar_minute(database: Database, time: Time) -> None:
    works = works_over(database, LIMITED)
    for number in range(30):
        await works.post("generic", {"title": f"n{number}"})
        time.goes_on(seconds=13)
    assert len(await works.outbox("post")) == 30


async def test_what_was_gathered_is_not_told_again_by_a_replay(database: Database, time: Time) -> None:
    works = works_over(database, LIMITED)
    for number in range(8):
        await works.post("generic", {"title": f"n{number}"})
    before = len(await works.outbox())
    await database.write(
        lambda tx: tx.execute(
            "UPDATE deliveries SET state = 'received', replayed_by = 'ada', replayed_at = received_at"
        )
    )
    await works.pipeline.drain()
    assert len(await works.outbox()) == before


QUIET = "event_gateway: {quiet_hours: [{name: at night, hours: '11:00-13:00', below: high}]}"


async def test_quiet_hours_keep_what_is_not_urgent_for_a_summary(database: Database, time: Time) -> None:
    works = works_over(database, QUIET)
    await works.post("generic", {"title": "a backup ended"})
    await fire(works, "Slow", 0)
    await fire(works, "Burning", 0, "critical")
    assert [row["channel"] for row in await waiting(works, "post")] == ["alerts"]
    await works.deliver()
    await calm(works).look()
    assert await waiting(works) == []
    time.goes_on(hours=1)
    await calm(works).look()
    summaries = await waiting(works, "digest")
    assert sorted(row["channel"] for row in summaries) == ["alerts", "cluster-status"]
    (shown,) = await waiting(works, "post")
    assert shown["payload"]["conversation"]["subject"] == "Slow"


WINDOW = """
event_gateway:
  maintenance:
    - {name: upgrade, label: team=pay, start: "2026-03-02T11:00:00Z", end: "2026-03-02T13:00:00Z"}
"""


async def test_maintenance_hides_alerts_and_shows_what_still_fires_when_it_ends(
    database: Database, time: Time
) -> None:
    works = works_over(database, WINDOW)
    await fire(works, "Gone", 0, "critical", team="pay")
    await fire(works, "Stays", 0, "critical", team="pay")
    gone = alert("resolved", name="Gone", fingerprint="Gone0")
    gone["labels"]["team"] = "pay"
    await works.post("alertmanager", body(gone, group="Gone0"))
    assert await waiting(works) == []
    assert len(await works.rows("SELECT * FROM incidents")) == 2, "they are incidents all the same"
    await fire(works, "Other", 0, "critical")
    assert len(await waiting(works, "post")) == 1
    await works.deliver()
    time.goes_on(hours=1)
    await calm(works).look()
    (page,) = await waiting(works, "post")
    assert page["payload"]["conversation"]["subject"] == "Stays"
    assert page["lane"] == "page:alerts"
    (summary,) = await waiting(works, "digest")
    assert len(summary["payload"]["items"]) == 3


async def test_what_no_longer_counts_is_forgotten_and_what_was_gathered_is_not(
    database: Database, time: Time
) -> None:
    works = works_over(database, LIMITED)
    for number in range(8):
        await works.post("generic", {"title": f"n{number}"})
    time.goes_on(hours=2)
    await calm(works).look()
    assert len(await works.rows("SELECT * FROM tellings")) == 3


async def test_a_message_taken_out_of_the_queue_is_not_sent_by_who_saw_it_there(
    works: Works, time: Time
) -> None:
    for number in range(40):
        await fire(works, "Noise", number)
    states = {row["op"]: row["state"] for row in await works.outbox()}
    assert states["line"] == "digested"
    heads = await works.rows("SELECT head_id FROM conversations WHERE topic = 'incident'")
    assert {row["head_id"] for row in heads} == {None}
