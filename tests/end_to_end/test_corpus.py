"""Every body of GitHub and Alertmanager that others have written, through HTTP: none is left unread."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from sovereign.integrations._source import all_sources
from sovereign.store.sqlite import Connection
from tests.end_to_end.world import ROOT, World

CORPUS = ROOT.parent / "shared" / "corpus"

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir() and os.environ.get("CI") != "true",
    reason="the corpus of other people's bodies is not here",
)


def bodies(source: str) -> list[tuple[Path, dict[str, str]]]:
    found = [path for path in sorted((CORPUS / source).iterdir()) if not path.name.endswith(".headers.json")]
    return [(path, json.loads((path.parent / f"{path.stem}.headers.json").read_text())) for path in found]


@pytest.mark.parametrize("source", ["github", "alertmanager"])
async def test_no_body_of_the_corpus_is_quarantined_and_every_title_says_who_and_where(
    everything: World, source: str
) -> None:
    sent: dict[int, Path] = {}
    for number, (path, headers) in enumerate(bodies(source), start=1):
        lower = {name.lower(): value for name, value in headers.items()} | {"x-github-delivery": str(number)}
        assert await everything.send(source, path.read_bytes(), lower) == 202, path.name
        sent[number] = path
    assert everything.bot is not None
    await everything.bot.services.pipeline.idle()

    def kept(tx: Connection) -> tuple[list[Any], list[Any]]:
        deliveries = tx.execute(
            "SELECT id, state, problem FROM deliveries WHERE state <> 'ingested'"
        ).fetchall()
        events = tx.execute("SELECT delivery_id, kind, title, event_json FROM events").fetchall()
        return deliveries, events

    unread, events = await everything.bot.services.gateway._database.read(kept)
    assert [(sent[row["id"]].name, row["state"], row["problem"]) for row in unread] == []
    assert len({row["delivery_id"] for row in events}) == len(sent)
    declared = [row for row in events if row["kind"] in all_sources()[source].kinds]
    assert len(declared) == len(events)
    wanting = [
        (sent[row["delivery_id"]].name, row["title"])
        for row in declared
        if not _says(source, row["event_json"])
    ]
    assert wanting == []


def _says(source: str, event_json: str) -> bool:
    event = json.loads(event_json)
    title = event["title"]
    if source == "alertmanager":
        return event["subject"] in title
    place = event.get("repo") or event["subject"]
    return (event.get("actor") or "") in title and re.split(r"[/ ]", place)[0] in title
