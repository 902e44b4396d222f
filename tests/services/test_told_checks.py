"""The checks of a commit are found by its whole name, whatever stands in that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sovereign.core import clock
from sovereign.domain.events import Event, Status
from sovereign.services import own_events
from sovereign.store import checks, events
from sovereign.store.database import Database
from sovereign.store.events import NewEvent
from sovereign.store.sqlite import Connection

COMMIT = "github:acme/sh_p@5e1f"


NEARLY = ("github:acme/shop@5e1f", "github:acme/sh_p@5e1f0", "x github:acme/sh_p@5e1f")


@pytest.mark.parametrize("other", NEARLY)
async def test_checks_of_a_commit_that_is_called_nearly_so_are_not_among_them(
    database: Database, other: str
) -> None:
    at = clock.now()

    def keep(tx: Connection) -> None:
        own_events.deliver(tx, "one", {}, at)
        for check, commit in (("ours", COMMIT), ("theirs", other)):
            event = Event(
                source="github",
                kind="taskrun.finished",
                subject="acme",
                title=check,
                status=Status.SUCCEEDED,
                check=check,
                aliases=(commit,),
            )
            new = NewEvent(id=check, delivery_id=1, event=event, occurred_at=at, route="")
            events.add(tx, [new])

    async def told(commit: str) -> list[str | None]:
        since = at - timedelta(hours=1)
        return [one.check for one in await database.read(lambda tx: checks.told(tx, commit, since, 200))]

    await database.write(keep)
    assert (await told(COMMIT), await told(other), await told("%")) == (["ours"], ["theirs"], [])
