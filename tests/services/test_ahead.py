"""What goes before its turn: the first critical alert of each name, and never before its own conversation."""

from __future__ import annotations

import json
from functools import partial

import pytest

from sovereign.core import clock
from sovereign.integrations._source import all_sources
from sovereign.services import pipeline as pipeline_module
from sovereign.services.ahead import Ahead
from sovereign.store import deliveries
from sovereign.store.database import Database
from sovereign.store.deliveries import NewDelivery
from tests.services.conftest import Works
from tests.services.test_alerting import alert, body


async def kept(works: Works, name: str, severity: str, group: str) -> None:
    """A delivery that nobody has worked off."""
    one = alert(name=name, severity=severity, fingerprint=f"{name}{group}")
    drain, works.pipeline.drain = works.pipeline.drain, _nothing  # type: ignore[method-assign]
    await works.post("alertmanager", body(one, group=group))
    works.pipeline.drain = drain  # type: ignore[method-assign]


async def _nothing() -> None: ...


async def ahead_of(database: Database, ahead: Ahead, limit: int = 8) -> list[str]:
    """`name/group` of what would go first."""
    found = await database.read(lambda tx: ahead.of(tx, limit))
    bodies = [json.loads(one.body) for one in found]
    return [f"{one['alerts'][0]['labels']['alertname']}/{one['groupKey']}" for one in bodies]


@pytest.fixture
def ahead() -> Ahead:
    return Ahead(lambda delivery: all_sources()[delivery.source])


async def test_the_first_critical_alert_of_each_name_goes_first_and_the_others_have_their_turn(
    works: Works, ahead: Ahead
) -> None:
    for number in range(5):
        await kept(works, "Noise", "warning", f"n{number}")
        await kept(works, "Burning", "critical", f"b{number}")
    await kept(works, "Flooded", "page", "f")
    assert await ahead_of(works.database, ahead) == ["Burning/b0", "Flooded/f"]
    await kept(works, "Burning", "critical", "b9")
    assert await ahead_of(works.database, ahead) == []


async def test_what_belongs_to_no_group_is_looked_past_and_not_looked_at_again(
    works: Works, ahead: Ahead
) -> None:
    await kept(works, "Burning", "critical", "b")
    for number in range(3):
        new = NewDelivery(
            endpoint="git",
            source="github",
            idempotency=f"id:{number}",
            group=None,
            window=None,
            verdict="verified",
            headers={},
            body=b"{}",
            received_at=clock.now(),
        )
        await works.database.write(partial(deliveries.add, new=new))
    assert await ahead_of(works.database, ahead) == ["Burning/b"]
    assert ahead._looked == await works.database.read(deliveries.newest) == 4


async def test_what_waits_of_the_same_group_goes_along_and_before_it(works: Works, ahead: Ahead) -> None:
    await kept(works, "Slow", "warning", "shop")
    await kept(works, "Other", "warning", "elsewhere")
    await kept(works, "Dead", "critical", "shop")
    assert await ahead_of(works.database, ahead) == ["Slow/shop", "Dead/shop"]


async def test_a_critical_alert_behind_a_backlog_is_shown_before_what_came_earlier(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline_module, "BATCH", 4)
    for number in range(12):
        await kept(works, "Noise", "warning", f"n{number}")
    await kept(works, "Burning", "critical", "b")
    await works.pipeline.drain()
    heads = [row["payload"]["conversation"]["subject"] for row in await works.outbox("post")]
    assert heads[0] == "Burning"
    assert len(heads) == 13
