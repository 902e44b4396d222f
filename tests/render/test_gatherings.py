"""Gathered events within Discord's limits, however many names there are and whatever they hold."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sovereign.core.clock import EPOCH
from sovereign.domain.limits import Reason
from sovereign.render import gatherings

names = st.lists(st.text(min_size=1, max_size=80), max_size=50)


def facts(reason: Reason, called: list[str], *, over: bool) -> dict[str, Any]:
    return {
        "reason": reason,
        "name": "alerts",
        "limit": 30,
        "began_at": 0,
        "ended_at": 90_000_000 if over else None,
        "count": 1234,
        "critical": called,
        "called": called[1:],
        "calling": called[2:],
        "names": [[name, 1000] for name in called],
        "different": len(called) + 3,
    }


@given(st.sampled_from(Reason), names, st.booleans())
def test_a_message_stays_within_the_limits_of_an_embed(reason: Reason, called: list[str], over: bool) -> None:
    shown = [gatherings.running(facts(reason, called, over=over), EPOCH, "ref")]
    shown += [gatherings.summary(facts(reason, called, over=True), EPOCH, "ref")]
    for embed in shown:
        assert len(embed) <= 6000
        assert len(embed.description or "") <= 4096
        assert all(len(field.value or "") <= 1024 for field in embed.fields)


def test_a_storm_says_how_much_since_when_and_what_is_critical() -> None:
    embed = gatherings.running(facts(Reason.STORM, ["DiskFull", "Down"], over=False), EPOCH, "ref")
    assert embed.title == "🔴 Storm in #alerts: 1,234 events of 5 names"
    assert "**Critical**, each told apart: DiskFull, Down" in (embed.description or "")
    assert "More than 30 events a minute" in (embed.description or "")
    ended = gatherings.running(facts(Reason.STORM, [], over=True), EPOCH, "ref")
    assert "a minute in one channel · <t:0:f>, for 1m 30s" in (ended.description or "")
    left = gatherings.summary(facts(Reason.STORM, [], over=True) | {"unshown": 32}, EPOCH, "ref")
    assert "**32** more still fire without a message of their own: `/alerts list`" in str(left.description)
    over = gatherings.summary(facts(Reason.MAINTENANCE, [], over=True), EPOCH, "ref")
    assert over.title == "⚪ Maintenance alerts over: 1,234 events of 3 names in 1m 30s"
