"""Every body of GitHub and Alertmanager that others have written, through HTTP: none is left unread.

What the events say is looked at in `tests/integrations/test_corpus*.py`, without a gateway.
"""

from __future__ import annotations

import os

import pytest

from sovereign.store.sqlite import Connection
from tests.end_to_end.world import World
from tests.integrations.corpus import CORPUS, of

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir() and os.environ.get("CI") != "true",
    reason="the corpus of other people's bodies is not here",
)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("source", ["github", "alertmanager"])
async def test_no_body_of_the_corpus_is_quarantined_and_each_gives_events(
    everything: World, source: str
) -> None:
    sent: dict[int, str] = {}
    for number, body in enumerate(of(source), start=1):
        headers = {**body.headers, "x-github-delivery": str(number)}
        assert await everything.send(source, body.raw, headers) == 202, body.name
        sent[number] = body.name
    assert sent
    assert everything.bot is not None
    await everything.bot.services.pipeline.idle()

    def kept(tx: Connection) -> tuple[list[tuple[int, str, str]], set[int]]:
        unread = tx.execute("SELECT id, state, problem FROM deliveries WHERE state <> 'ingested'").fetchall()
        events = tx.execute("SELECT delivery_id FROM events").fetchall()
        return [(row["id"], row["state"], row["problem"]) for row in unread], {row[0] for row in events}

    unread, told = await everything.bot.services.gateway._database.read(kept)
    assert [(sent[number], state, problem) for number, state, problem in unread] == []
    assert told == set(sent)
