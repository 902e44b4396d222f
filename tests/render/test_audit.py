"""Pages of the audit are turned by what stands in their buttons, however long what is sought is."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import cast

import discord
import pytest

from sovereign.domain.audit import Entry, Record, Result
from sovereign.render import audit as looks
from sovereign.store.audit import Sought

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = [
    Record(
        seq=seq,
        entry=Entry(at=NOON, actor=None, action="deploy.break_glass", subject="shop"),
        text="{}",
        hash="",
    )
    for seq in range(4_000_000_000, 3_999_999_989, -1)
]


@pytest.mark.parametrize(
    "sought",
    [
        Sought(),
        Sought(action="deploy.break_glass", subject="/deploy break-glass"),
        Sought(
            actor_id=2**64 - 1, since=NOON, result=Result.REFUSED,
            action="deploy.break_glass", subject="/deploy break-glass",
        ),
    ],
)  # fmt: skip
def test_the_button_remembers_what_was_sought(sought: Sought) -> None:
    view = looks.listing(PAGE, sought).view
    assert view is not None
    [button] = cast(list[discord.ui.Button[discord.ui.View]], view.children)
    match = re.fullmatch(looks.OLDER, button.custom_id or "")
    assert match is not None
    again = looks.sought_in(match)
    assert again.before == PAGE[looks.PAGE - 1].seq
    assert (again.actor_id, again.since, again.result, again.action, again.subject) == (
        sought.actor_id, sought.since, sought.result, sought.action, sought.subject,
    )  # fmt: skip


@pytest.mark.parametrize("sought", [Sought(subject="x" * looks.LONGEST_SOUGHT), Sought(action="a:b")])
def test_what_finds_no_room_in_a_button_is_found_all_the_same(sought: Sought) -> None:
    made = looks.listing(PAGE, sought)
    assert made.view is None
    assert made.embed.fields[0].name == "No button for older ones"
