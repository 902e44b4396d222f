"""The roll call: pages that have to wait are named at once, in one message that mentions the role once."""

from __future__ import annotations

import json
from typing import Any

from tests.services.conftest import Works
from tests.services.test_gathering import Time, fire, time, waiting

__all__ = ["time"]


async def calls(works: Works) -> list[dict[str, Any]]:
    return [row for row in await waiting(works) if row["payload"]["view"] == "rollcall"]


async def test_three_pages_at_once_need_no_roll_call(works: Works, time: Time) -> None:
    for number in range(3):
        await fire(works, f"Burning{number}", number, "critical")
    assert await calls(works) == []


async def test_more_pages_than_a_channel_takes_are_named_together_and_mentioned_once(
    works: Works, time: Time
) -> None:
    for number in range(7):
        await fire(works, f"Burning{number}", number, "critical")
    (call,) = await calls(works)
    assert call["payload"]["names"] == [f"Burning{number}" for number in range(7)]
    pages = [row for row in await waiting(works, "post") if row["payload"]["view"] == "conversation"]
    assert len(pages) == 7
    assert len(json.loads(call["mention_json"])) == 1
    assert [row["mention_json"] for row in pages[:4]] == ["[]"] * 4  # one that joins later calls for itself


async def test_pages_a_minute_later_are_a_call_of_their_own(works: Works, time: Time) -> None:
    for number in range(5):
        await fire(works, f"Burning{number}", number, "critical")
    time.goes_on(seconds=90)
    for number in range(5):
        await fire(works, f"Flooded{number}", number, "critical")
    assert len(await calls(works)) == 2
