"""How incidents look: the name that they have everywhere, and what their fields say of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import discord

from sovereign.core.clock import micros
from sovereign.domain.conversations import Conversation, Topic
from sovereign.domain.events import Severity, Status
from sovereign.domain.incidents import Incident, State, Tally
from sovereign.render import incidents
from sovereign.services.incidents import Details
from sovereign.store.alerts import Names
from sovereign.store.conversations import Stored

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def conversation(**more: Any) -> Conversation:
    facts = {"topic": Topic.INCIDENT, "source": "alertmanager", "subject": "Corr1", "name": "",
             "title": "Corr1 firing in search", "text": "", "status": Status.FIRING,
             "severity": Severity.HIGH, "url": None, "actor": None, "avatar": None, "repo": None,
             "service": "search", "environment": None}  # fmt: skip
    return Conversation(**facts | more)


def incident(**more: Any) -> dict[str, Any]:
    return {"id": 7, "state": "open", "severity": "high", "opened_at": micros(NOON), "firing": 3, "total": 3,
            "acknowledged_name": None, "acknowledged_at": None, "resolved_at": None, **more}  # fmt: skip


def fields(embed: discord.Embed) -> dict[str | None, str | None]:
    return {field.name: field.value for field in embed.fields}


def test_the_names_of_several_alerts_are_listed_with_how_many_there_are_of_each() -> None:
    kinds = [["Corr1", 1], ["Corr2", 4], ["Corr3", 1]]
    given = incident(firing=6, total=9, kinds=kinds, different=5)
    embed, _ = incidents.head(conversation(), given, "ref")
    assert fields(embed)["Alerts"] == "6 of 9 firing\nCorr1, Corr2 (4), Corr3 and 2 more"
    one, _ = incidents.head(conversation(), incident(kinds=[["Down", 3]], different=1), "ref")
    assert fields(one)["Alerts"] == "3 firing"


def test_what_the_sender_left_out_is_said_once_beside_the_count() -> None:
    facts = conversation(left_out="7 alerts", fields=(("Left out by the sender", "7 alerts"), ("Pod", "x")))
    embed, _ = incidents.head(facts, incident(firing=1, total=1), "ref")
    assert fields(embed)["Alerts"] == "1 firing, 7 alerts left out by the sender"
    assert "Pod" in fields(embed)
    assert "Left out by the sender" not in fields(embed)


def test_long_names_are_cut_to_what_a_field_takes() -> None:
    kinds = [["x" * 60, 1]] * 6
    embed, _ = incidents.head(conversation(), incident(kinds=kinds, different=6), "ref")
    shown = fields(embed)["Alerts"] or ""
    assert len(shown) <= 256
    assert shown.endswith(" more")


def test_the_details_of_what_is_over_do_not_say_that_it_fires() -> None:
    over = Incident(
        id=7, conversation_id=1, title="Corr1 firing in search", state=State.RESOLVED, service="search",
        severity=Severity.HIGH, environment=None, opened_at=NOON, acknowledged_by=1, acknowledged_name="Ada",
        acknowledged_at=NOON, resolved_at=NOON + timedelta(minutes=5),
    )  # fmt: skip
    stored = Stored(
        id=1, key="k", channel="alerts", facts=conversation(status=Status.RESOLVED), head_id=None,
        channel_id=None, message_id=None, thread_id=None,
    )  # fmt: skip
    names = Names(first=[("Corr1", 1), ("Corr2", 1)], different=2)
    tally = Tally(firing=0, total=2, worst=None)
    found = Details(incident=over, tally=tally, kinds=names, timeline=(), conversation=stored, reasons=())
    embed = incidents.details(found, None)
    assert embed.title == "🟢 Incident 7: Corr1 resolved"
    said = fields(embed)
    assert (said["State"], said["Alerts"]) == ("Resolved after 5m", "2 resolved\nCorr1, Corr2")
    assert (said["Acknowledged by"], said["Service"]) == ("Ada", "search")
