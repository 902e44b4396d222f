"""Alerts through the real pipeline: incidents open, worsen, close, reopen, and call whom they must."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from sovereign.core import clock
from sovereign.domain.alerts import OVERTAKEN_WITHIN
from sovereign.domain.incidents import REOPEN_WITHIN
from sovereign.store.database import Database
from tests.services.conftest import Works, works_over


def alert(
    status: str = "firing", *, name: str = "Down", severity: str | None = "critical", fingerprint: str = "aa"
) -> dict[str, Any]:
    labels = {"alertname": name} | ({"severity": severity} if severity else {})
    now = clock.now().isoformat()
    ends = now if status == "resolved" else "0001-01-01T00:00:00Z"
    return {"status": status, "labels": labels, "annotations": {"summary": "It is down"}, "startsAt": now,
            "endsAt": ends, "fingerprint": fingerprint}  # fmt: skip


def body(*alerts: Mapping[str, Any], group: str = "g") -> dict[str, Any]:
    return {"version": "4", "groupKey": group, "status": "firing", "alerts": list(alerts)}


async def incidents(works: Works) -> list[dict[str, Any]]:
    return await works.rows("SELECT * FROM incidents ORDER BY id")


async def test_a_firing_alert_opens_one_incident_that_calls_on_call_and_starts_a_thread(works: Works) -> None:
    await works.post("alertmanager", body(alert()))
    post, line = await works.outbox()
    assert (post["op"], post["channel"], json.loads(post["mention_json"])) == ("post", "alerts", ["On-Call"])
    assert line["op"] == "line"
    assert [incident["state"] for incident in await incidents(works)] == ["open"]


async def test_a_resolve_closes_it_with_its_duration_and_takes_the_edit_path(works: Works) -> None:
    await works.post("alertmanager", body(alert()))
    await works.deliver()
    await works.post("alertmanager", body(alert("resolved")))
    (incident,) = await incidents(works)
    assert incident["state"] == "resolved"
    assert incident["resolved_at"] >= incident["opened_at"]
    (edit,) = await works.outbox("edit")
    assert edit["payload"]["incident"]["state"] == "resolved"


async def test_the_alerts_of_a_group_share_an_incident_that_ends_with_the_last_of_them(works: Works) -> None:
    await works.post("alertmanager", body(alert(), alert(fingerprint="bb")))
    await works.post("alertmanager", body(alert("resolved"), alert(fingerprint="bb")))
    (incident,) = await incidents(works)
    assert incident["state"] == "open"
    await works.post("alertmanager", body(alert("resolved", fingerprint="bb")))
    (incident,) = await incidents(works)
    assert incident["state"] == "resolved"


@pytest.mark.parametrize(
    ("severity", "called"),
    [("critical", True), ("error", True), (None, True), ("odd", True), ("warning", False), ("info", False)],
)
async def test_who_is_called_depends_on_the_severity_and_an_unknown_one_calls(
    works: Works, severity: str | None, called: bool
) -> None:
    await works.post("alertmanager", body(alert(severity=severity)))
    post = (await works.outbox("post"))[0]
    assert bool(json.loads(post["mention_json"])) is called


async def test_a_repeat_says_nothing_and_a_rise_in_severity_calls(works: Works) -> None:
    await works.post("alertmanager", body(alert(severity="warning")))
    await works.deliver()
    before = len(await works.outbox())
    await works.post("alertmanager", body(alert(severity="warning")))
    assert len(await works.outbox()) == before
    await works.post("alertmanager", body(alert(severity="critical")))
    line = (await works.outbox("line"))[-1]
    assert "severity rose to critical" in line["payload"]["text"]
    assert json.loads(line["mention_json"]) == ["On-Call"]


async def test_a_refire_soon_after_the_resolve_reopens_and_calls_again_after_five_minutes(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    await works.post("alertmanager", body(alert()))
    await works.deliver()
    for minutes, calls in ((1, []), (6, ["On-Call"]), (7, [])):
        later = clock.now() + timedelta(minutes=minutes)
        with monkeypatch.context() as patched:
            patched.setattr(clock, "now", lambda later=later: later)
            await works.post("alertmanager", body(alert("resolved")))
            await works.post("alertmanager", body(alert()))
            await works.deliver()
        assert json.loads((await works.outbox("line"))[-1]["mention_json"]) == calls
    (incident,) = await incidents(works)
    assert (incident["state"], incident["resolved_at"]) == ("open", None)


async def test_an_incident_that_flaps_says_so_and_stops_calling_but_for_what_is_critical(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    for severity, fingerprint in (("error", "aa"), ("critical", "bb")):
        for _ in range(6):
            now += timedelta(minutes=5)
            monkeypatch.setattr(clock, "now", lambda now=now: now)
            firing = alert(severity=severity, fingerprint=fingerprint)
            await works.post("alertmanager", body(firing, group=fingerprint))
            await works.deliver()
            resolved = alert("resolved", severity=severity, fingerprint=fingerprint)
            await works.post("alertmanager", body(resolved, group=fingerprint))
    lines = [row for row in await works.outbox("line") if "firing again" in row["payload"]["text"]]
    said = [("it flaps" in row["payload"]["text"], bool(json.loads(row["mention_json"]))) for row in lines]
    assert said == [
        (False, True), (False, True), (True, True), (True, False), (True, False),
        (False, True), (False, True), (True, True), (True, True), (True, True),
    ]  # fmt: skip
    assert (await works.outbox("edit"))[0]["payload"]["incident"]["reopened"] == 5


@pytest.mark.parametrize("severity", ["error", "critical"])
async def test_what_flaps_within_seconds_calls_once_and_again_where_it_is_worse(
    works: Works, severity: str
) -> None:
    for _ in range(6):
        await works.post("alertmanager", body(alert(severity=severity)))
        await works.deliver()
        await works.post("alertmanager", body(alert("resolved", severity=severity)))
    await works.deliver()
    called = [row for row in await works.outbox() if row["mention_json"] != "[]"]
    assert [row["op"] for row in called] == ["post"]
    await works.post("alertmanager", body(alert(severity="critical")))
    worse = json.loads((await works.outbox("line"))[-1]["mention_json"])
    assert worse == (["On-Call"] if severity == "error" else [])


async def test_a_refire_much_later_opens_another_incident_with_a_message_of_its_own(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    await works.post("alertmanager", body(alert()))
    await works.deliver()
    await works.post("alertmanager", body(alert("resolved")))
    later = clock.now() + REOPEN_WITHIN + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    await works.post("alertmanager", body(alert()))
    assert [incident["state"] for incident in await incidents(works)] == ["resolved", "open"]
    assert len(await works.outbox("post")) == 2


async def test_a_resolve_of_what_never_fired_is_kept_and_says_nothing(works: Works) -> None:
    await works.post("alertmanager", body(alert("resolved")))
    assert await works.outbox() == []
    assert len(await works.rows("SELECT * FROM events")) == 1


async def test_an_alert_from_before_its_words_were_kept_leaves_its_incident_as_it_was(works: Works) -> None:
    await works.post("alertmanager", body(alert(), alert(fingerprint="bb")))
    await works.deliver()
    await works.database.write(lambda tx: tx.execute("UPDATE alerts SET name = '', said_json = NULL"))
    await works.post("alertmanager", body(alert("resolved")))
    (incident,) = await incidents(works)
    assert (incident["state"], incident["title"]) == ("open", "Down firing: It is down")


def spell(status: str, began: datetime, ended: datetime | None = None) -> dict[str, Any]:
    """An alert that fires from then on, or did."""
    ends = ended.isoformat() if ended else "0001-01-01T00:00:00Z"
    return body(alert(status) | {"startsAt": began.isoformat(), "endsAt": ends})


async def test_a_firing_that_comes_after_its_own_end_pages_nobody(works: Works) -> None:
    began = clock.now() - timedelta(minutes=2)
    await works.post("alertmanager", spell("resolved", began, clock.now()))
    await works.post("alertmanager", spell("firing", began))
    assert (await works.outbox(), await incidents(works)) == ([], [])
    whys = [row["joined"] for row in await works.rows("SELECT joined FROM events ORDER BY sequence")]
    assert "the end of an alert that has not fired here" in whys[0]
    assert "its own end came before it" in whys[1]
    await works.post("alertmanager", spell("firing", clock.now()))
    assert [incident["state"] for incident in await incidents(works)] == ["open"]


async def test_the_second_time_too_a_firing_may_come_after_its_own_end(works: Works) -> None:
    first = clock.now() - timedelta(hours=1)
    await works.post("alertmanager", spell("firing", first))
    await works.post("alertmanager", spell("resolved", first, first + timedelta(minutes=5)))
    second = clock.now() - timedelta(minutes=1)
    await works.post("alertmanager", spell("resolved", second, clock.now()))
    before = len(await works.outbox())
    await works.post("alertmanager", spell("firing", second))
    assert len(await works.outbox()) == before
    assert [incident["state"] for incident in await incidents(works)] == ["resolved"]


async def test_what_fired_and_was_resolved_twice_over_still_fires_again_with_its_old_start(
    works: Works,
) -> None:
    began = clock.now() - timedelta(minutes=9)
    await works.post("alertmanager", spell("firing", began))
    await works.post("alertmanager", spell("resolved", began, clock.now()))
    await works.post("alertmanager", spell("resolved", began, clock.now()))
    await works.post("alertmanager", spell("firing", began))
    assert [incident["state"] for incident in await incidents(works)] == ["open"]


async def test_a_firing_that_is_repeated_long_after_its_end_counts(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = clock.now() - timedelta(minutes=2)
    await works.post("alertmanager", spell("resolved", began, clock.now()))
    later = clock.now() + OVERTAKEN_WITHIN + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    await works.post("alertmanager", spell("firing", began))
    assert [incident["state"] for incident in await incidents(works)] == ["open"]


async def test_ends_without_a_beginning_are_forgotten(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        one = alert("resolved", fingerprint=f"f{number}")
        await works.post("alertmanager", body(one, group=f"g{number}"))
    assert len(await works.rows("SELECT * FROM endings")) == 5
    later = clock.now() + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    await works.post("alertmanager", body(alert("resolved", fingerprint="new")))
    assert len(await works.rows("SELECT * FROM endings")) == 1


async def test_a_word_that_we_do_not_know_never_fires_and_never_resolves(works: Works) -> None:
    await works.post("alertmanager", body(alert()))
    await works.post("alertmanager", body(alert("suppressed")))
    (incident,) = await incidents(works)
    assert incident["state"] == "open"
    await works.post("alertmanager", body(alert("suppressed", fingerprint="zz"), group="other"))
    assert len(await incidents(works)) == 1


async def test_a_mapped_sender_opens_and_closes_incidents_too(works: Works) -> None:
    for state in ("down", "up", "down"):
        assert await works.post("backup", {"job": "nightly", "state": state, "level": "critical"})
    (incident,) = await incidents(works)
    assert (incident["state"], incident["title"]) == ("open", "nightly is down")


async def test_firing_resolved_firing_with_the_same_bytes_is_no_repeat_even_without_a_group(
    works: Works,
) -> None:
    fire, resolve = body(alert()), body(alert("resolved"))
    for said in (fire, resolve):
        del said["groupKey"]
    assert [await works.post("alertmanager", said) for said in (fire, fire, resolve, fire)] == [
        True,
        False,
        True,
        True,
    ]
    assert [incident["state"] for incident in await incidents(works)] == ["open"]


DROP = "event_gateway: {routes: [{name: noise, label: noisy, drop: true}]}"


async def test_a_dropped_alert_stays_dropped_in_a_group_that_is_shown(database: Database) -> None:
    works = works_over(database, DROP)
    await works.post("alertmanager", body(alert(severity="warning")))
    loud = alert(fingerprint="bb")
    loud["labels"]["noisy"] = "yes"
    before = len(await works.outbox())
    await works.post("alertmanager", body(loud))
    await works.post("alertmanager", body(loud | {"status": "resolved"}))
    assert len(await works.outbox()) == before


async def test_without_a_thread_an_alert_still_calls_when_it_worsens(database: Database) -> None:
    works = works_over(database, "event_gateway: {routes: [{name: calm, kind: incident.*, thread: false}]}")
    await works.post("alertmanager", body(alert(severity="warning")))
    await works.deliver()
    assert await works.outbox("line") == []
    await works.post("alertmanager", body(alert(severity="critical")))
    (line,) = await works.outbox("line")
    assert json.loads(line["mention_json"]) == ["On-Call"]


async def test_an_alert_that_begins_anew_after_a_lost_resolve_calls_again(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    await works.post("alertmanager", body(alert()))
    await works.deliver()
    later = clock.now() + timedelta(days=30)
    monkeypatch.setattr(clock, "now", lambda: later)
    await works.post("alertmanager", body(alert()))
    assert json.loads((await works.outbox("line"))[-1]["mention_json"]) == ["On-Call"]


async def test_a_time_in_the_future_is_the_time_of_arrival(works: Works) -> None:
    await works.post("alertmanager", body(alert()))
    await works.post("alertmanager", body(alert("resolved") | {"endsAt": "9000-01-01T00:00:00Z"}))
    (incident,) = await incidents(works)
    assert incident["resolved_at"] <= clock.micros(clock.now())


async def test_a_large_group_changes_its_incident_once_and_is_summed_up(works: Works) -> None:
    many = [alert(fingerprint=f"f{number}") for number in range(2000)]
    began = time.process_time()
    await works.post("alertmanager", body(*many))
    assert time.process_time() - began < 5
    post, line = await works.outbox()
    assert post["payload"]["incident"]["firing"] == 2000
    assert "2000 alerts fire" in line["payload"]["text"]


def hosts(count: int, *, resolved: int) -> dict[str, Any]:
    """A group of one alert on many hosts, of which the first so many are resolved."""
    made = [alert("resolved" if n < resolved else "firing", fingerprint=f"f{n:03}") for n in range(count)]
    for number, one in enumerate(made):
        one["annotations"] = {"summary": f"host {number}"}
        one["labels"]["instance"] = f"n{number}"
    return body(*made)


async def test_a_group_is_named_by_what_fires_now_and_not_by_what_is_over(works: Works) -> None:
    await works.post("alertmanager", hosts(40, resolved=0))
    await works.deliver()
    await works.post("alertmanager", hosts(40, resolved=39))
    (edit,) = await works.outbox("edit")
    assert edit["payload"]["conversation"]["title"] == "Down firing: host 39 (n39)"
    assert [incident["title"] for incident in await incidents(works)] == ["Down firing: host 39 (n39)"]
    line = (await works.outbox("line"))[-1]["payload"]["text"]
    assert line == "39 resolved, 1 of 40 firing now: host 39"
    assert (await works.outbox("line"))[-1]["payload"]["thread"] == "Down", "a thread is not of one host"
    await works.post("alertmanager", hosts(40, resolved=40))
    head = (await works.outbox("edit"))[-1]["payload"]
    assert head["conversation"]["status"] == "resolved"


async def test_of_many_that_fire_the_line_names_the_first_and_counts_the_others(works: Works) -> None:
    await works.post("alertmanager", hosts(40, resolved=0))
    await works.post("alertmanager", hosts(40, resolved=20))
    line = (await works.outbox("line"))[-1]["payload"]["text"]
    names = "host 20, host 21, host 22, host 23, host 24 and 15 more"
    assert line == f"20 resolved, 20 of 40 firing now: {names}"
    await works.post("alertmanager", hosts(40, resolved=40))
    line = (await works.outbox("line"))[-1]["payload"]["text"]
    assert line == "20 resolved: nothing fires any more"


async def test_how_many_the_sender_left_out_is_said_on_the_message_and_in_the_thread(works: Works) -> None:
    await works.post("alertmanager", hosts(6, resolved=0) | {"truncatedAlerts": 7})
    await works.deliver()
    post, line = await works.outbox()
    assert post["payload"]["conversation"]["left_out"] == "7 alerts"
    assert line["payload"]["text"].endswith(", 7 alerts left out by the sender")
    await works.post("alertmanager", hosts(6, resolved=0) | {"truncatedAlerts": 1})
    (edit,) = await works.outbox("edit")
    assert edit["payload"]["conversation"]["left_out"] == "1 alert", "although nothing else has changed"
    await works.post("alertmanager", hosts(6, resolved=1) | {"truncatedAlerts": 1})
    text = (await works.outbox("line"))[-1]["payload"]["text"]
    assert text == "Down resolved: host 0 (n0), 5 of 6 still firing", "what has been said is not said again"
    await works.post("alertmanager", hosts(6, resolved=6))
    (edit,) = await works.outbox("edit")
    assert edit["payload"]["conversation"]["left_out"] == ""


async def test_one_alert_that_cannot_be_read_does_not_hide_the_others(works: Works) -> None:
    await works.post("alertmanager", body({"status": "firing", "labels": ["x"]}, alert()))
    assert len(await incidents(works)) == 1
    told = [
        row["payload"]["event"]["title"] for row in await works.outbox() if row["payload"]["view"] == "notice"
    ]
    assert len(told) == 1
    assert "cannot be read" in told[0]


async def test_an_alert_says_the_host_that_its_labels_name(works: Works) -> None:
    one = alert()
    one["labels"] |= {"host": "andromeda"}
    await works.post("alertmanager", body(one))
    (incident,) = await incidents(works)
    assert incident["title"] == "Down firing: It is down (andromeda)"


async def test_an_alert_whose_time_cannot_be_read_counts_from_its_arrival_under_its_name(
    works: Works,
) -> None:
    before = clock.micros(clock.now())
    await works.post("alertmanager", body(alert() | {"startsAt": "half past nine"}))
    (incident,) = await incidents(works)
    assert incident["title"] == "Down firing: It is down"
    assert before <= incident["opened_at"] <= clock.micros(clock.now())


async def test_an_alert_that_cannot_be_read_is_told_by_its_name_where_it_has_one(works: Works) -> None:
    await works.post("alertmanager", body(alert() | {"annotations": "odd"}))
    (told,) = [row["payload"]["event"]["title"] for row in await works.outbox()]
    assert told.startswith("Down cannot be read: $.alerts[0].annotations")


async def test_an_alert_in_an_unknown_state_is_told_and_opens_nothing(works: Works) -> None:
    await works.post("alertmanager", body(alert("exploded")))
    (post,) = await works.outbox()
    assert post["payload"]["event"]["title"].startswith("Down in an unknown state")
    assert await incidents(works) == []


async def test_an_incident_shows_what_was_deployed_shortly_before(works: Works) -> None:
    deployed = {"kind": "service.deployed", "service": "shop", "environment": "prod", "version": "v2.0"}
    now = clock.now().isoformat()
    await works.post("sovereign", {**deployed, "actor": "Ada", "at": now})
    await works.post("sovereign", {**deployed, "service": "cart", "actor": "Ada", "at": now})
    await works.post("sovereign", {**deployed, "version": "v1", "actor": "Ada", "at": "2020-01-01T00:00:00Z"})
    firing = alert()
    firing["labels"] |= {"service": "shop", "environment": "prod"}
    await works.post("alertmanager", body(firing))
    post, *_ = await works.outbox("post")
    changed = json.loads(post["payload_json"])["incident"]["changed"]
    assert [one["title"] for one in changed] == ["Ada deployed shop v2.0 to prod"]
