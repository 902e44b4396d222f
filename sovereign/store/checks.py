"""What was told of the checks of a commit, whatever it belonged to when that came in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sovereign.core.clock import micros
from sovereign.domain.events import Event, Status
from sovereign.store.sqlite import Connection

_NOUNS = ("taskrun", "pipelinerun", "build")
_PHASES = ("finished", "queued", "started")
_TOLD = (
    "SELECT sequence, event_json FROM (SELECT sequence, event_json FROM events"
    " WHERE kind = ? ORDER BY occurred_at DESC LIMIT ?) WHERE sequence >= ? AND instr(event_json, ?)"
)
_FURTHEST = "SELECT sequence FROM events WHERE kind = ? ORDER BY occurred_at DESC LIMIT 1 OFFSET ?"


def told(tx: Connection, commit: str, since: datetime, looked_at: int) -> Sequence[Event]:
    """The events of checks of that commit since then, in order, with what a check is made of. Of each kind
    only the `looked_at` newest are looked through, and nothing that is older than the results among these."""
    furthest = micros(since)
    for noun in _NOUNS:
        row = tx.execute(_FURTHEST, (f"{noun}.finished", looked_at - 1)).fetchone()
        furthest = max(furthest, row["sequence"] if row else 0)
    wanted = json.dumps(commit)  # with its quotes: the whole name, and no part of another
    rows = [
        row
        for noun in _NOUNS
        for phase in _PHASES
        for row in tx.execute(_TOLD, (f"{noun}.{phase}", looked_at, furthest, wanted)).fetchall()
    ]
    found = [json.loads(row["event_json"]) for row in sorted(rows, key=lambda row: int(row["sequence"]))]
    return [_event(facts) for facts in found if facts.get("check")]


def _event(facts: dict[str, object]) -> Event:
    at = facts.get("occurred_at")
    runs = facts.get("runs")
    return Event(
        source=str(facts["source"]),
        kind=str(facts["kind"]),
        subject=str(facts["subject"]),
        title=str(facts["title"]),
        status=Status(str(facts["status"])),
        url=str(facts["url"]) if facts.get("url") else None,
        check=str(facts["check"]),
        runs=tuple(map(str, runs)) if isinstance(runs, list) else (),
        occurred_at=datetime.fromisoformat(at) if isinstance(at, str) else None,
    )
