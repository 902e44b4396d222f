"""The list of open incidents: all of them, page by page, and why some have no message of their own."""

from __future__ import annotations

import pytest

from sovereign.domain.permission import Actor, Capability, Grant, Role
from sovereign.render import open_incidents as looks
from sovereign.services.incidents import Incidents, Open
from sovereign.services.permissions import Permissions
from sovereign.store.database import Database
from tests.services.conftest import Works, works_over
from tests.services.test_gathering import QUIET, WINDOW, Time, calms_down, fire, time, waiting

__all__ = ["time"]

ROLE = Role(id=1, name="DevOps")
CHEN = Actor(id=8, name="chen", roles=(ROLE,))


def listed(works: Works) -> Incidents:
    grant = Grant(
        role="DevOps", capabilities=frozenset({Capability.ALERTS_VIEW}), environments=frozenset({"all"})
    )
    permissions = Permissions((grant,))
    permissions.bind((ROLE,))
    return Incidents(works.database, permissions, lambda: None)


def words(found: Open) -> str:
    return looks.listing(found).embed.description or ""


async def test_every_open_incident_is_on_a_page_with_buttons_to_the_others(works: Works, time: Time) -> None:
    for number in range(23):
        await fire(works, f"Alert{number:02}", number)
    pages = [await listed(works).unresolved(CHEN, page) for page in range(4)]
    assert [len(page.rows) for page in pages] == [10, 10, 3, 3], "after the last page comes the last page"
    assert len({row.incident.id for page in pages for row in page.rows}) == 23
    buttons = []
    for page in pages[:3]:
        view = looks.listing(page).view
        assert view is not None
        buttons.append([(item.label, item.custom_id) for item in view.children])  # type: ignore[attr-defined]
    assert buttons == [
        [("More", "sov:alerts:n:1")],
        [("Worse", "sov:alerts:p:0"), ("More", "sov:alerts:n:2")],
        [("Worse", "sov:alerts:p:1")],
    ]


async def test_a_page_says_all_of_its_rows_whatever_they_are_called(works: Works, time: Time) -> None:
    for number in range(10):
        await fire(works, f"Alert{number}" + "_x" * 60, number)
    found = await listed(works).unresolved(CHEN)
    assert looks.listing(found).view is None, "one page needs no buttons"
    assert len(words(found)) <= 1200
    assert words(found).count("\n") == 9


@pytest.mark.parametrize(
    ("configuration", "why"),
    [
        (QUIET, "no message: quiet hours at night"),
        (WINDOW, "no message: maintenance upgrade"),
        ("event_gateway: {limits: {channel: 1}}", "no message: storm"),
        ("event_gateway: {limits: {source: 1, channel: 0}}", "no message: too much from alertmanager"),
    ],
)
async def test_an_incident_without_a_message_says_what_keeps_it_from_one(
    database: Database, time: Time, configuration: str, why: str
) -> None:
    works = works_over(database, configuration)
    await fire(works, "Seen", 0, "high" if configuration != WINDOW else "warning")
    await fire(works, "Kept", 0, "warning", team="pay")
    seen, kept = sorted(
        words(await listed(works).unresolved(CHEN)).split("\n"), key=lambda row: "Kept" in row
    )
    assert kept.endswith(why)
    if "channel: 1" not in configuration:  # a storm takes along what waits
        assert "no message" not in seen


async def test_a_summary_says_how_much_still_fires_without_a_message_and_where_it_is(
    works: Works, time: Time
) -> None:
    for number in range(45):
        await fire(works, f"Low{number}", number, "low")
    await works.deliver()
    await calms_down(works, time)
    (summary,) = await waiting(works, "digest")
    assert summary["payload"]["gathering"]["unshown"] == 35
    found = await listed(works).unresolved(CHEN, 4)
    assert (found.total, [row.has_message for row in found.rows]) == (45, [False] * 5)
