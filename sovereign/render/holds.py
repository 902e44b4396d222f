"""What holds a service, as lines of its status and of the board: a freeze, a deployment that is under way."""

from __future__ import annotations

from collections.abc import Sequence

from sovereign.core.clock import from_micros
from sovereign.domain.deployment import Phase
from sovereign.render.text import code, link, moment, one_line
from sovereign.services.operations.facts import Frozen, Row, StatusFacts

SHOWN = 2
"""Freezes that a board has room for."""


def frozen(facts: StatusFacts) -> str:
    """`Frozen by chen: inventory count · ends in 2 hours`."""
    held = facts.row.frozen
    if held is None:
        return ""
    more = f" · and {facts.more_freezes} more: `/freeze list`" if facts.more_freezes else ""
    return f"**Frozen** by {one_line(held.by, 32)}: {one_line(held.reason, 120)} · {_ends(held)}{more}"


def all_frozen(found: Sequence[Frozen]) -> str:
    """A line for each freeze, with what it covers; the last says how many more there are."""
    rows = [f"{one_line(one.scope, 40)}: {one_line(one.reason, 40)} · {_ends(one)}" for one in found[:SHOWN]]
    more = len(found) - len(rows)
    return "\n".join([*rows, f"and {more} more: `/freeze list`"] if more else rows)


def under_way(facts: StatusFacts, guild_id: int | None) -> str:
    """`Deploying v1 → v2 · blue-green, promotable since 2 minutes ago · by bela`."""
    going = facts.row.deploying
    if going is None:
        return ""
    there = guild_id and facts.followed_at
    url = f"https://discord.com/channels/{guild_id}/{'/'.join(map(str, facts.followed_at or ()))}"
    serves = going.phase == Phase.KEEPING
    begun = link("Deployed" if serves else "Deploying", url if there else None)
    since = f"{going.phase} since {moment(from_micros(going.since))}"
    if serves:
        since = f"the old set is kept until {moment(from_micros(going.back_until), 't')}"
    versions = f"{code(going.from_version, 24)} → {code(going.version, 24)}"
    return f"**{begun}** {versions} · {going.strategy}, {since} · by {one_line(going.by, 32)}"


def brief(row: Row) -> str:
    """What there is to say of both in a line of the board, whose freezes are told below."""
    going, parts = row.deploying, []
    if going is not None:
        deed = "deployed" if going.phase == Phase.KEEPING else "deploying"
        parts.append(f"{deed} {code(going.version, 24)} ({going.strategy}, {going.phase})")
    if row.frozen is not None:
        parts.append("frozen")
    return " · ".join(parts)


def _ends(held: Frozen) -> str:
    """`ends in 2 hours`: a phone has no room for dates."""
    return f"ends {moment(from_micros(held.until))}" if held.until else "until somebody lifts it"
