"""How services look: the status of one, and the board of all."""

from __future__ import annotations

import re
from dataclasses import replace

import discord

from sovereign.core.clock import from_micros
from sovereign.domain.cluster import brief_image
from sovereign.domain.health import Health
from sovereign.domain.images import shown_version
from sovereign.render import holds
from sovereign.render.answers import Answer
from sovereign.render.cards import BODY, Card, buttons, card
from sovereign.render.progress import bar
from sovereign.render.text import code, link, moment, one_line
from sovereign.render.tones import Tone
from sovereign.services.operations.facts import BoardFacts, Row, StatusFacts, worst

STATUS = r"sov:status:(?P<environment>[^:\s]{1,40}):(?P<service>[^\n]{1,45})"
"""Pattern of the custom_id of Refresh under the status of a service."""
BOARD = r"sov:board:(?P<button>[a-z]):(?P<page>[0-9]{1,4}):(?P<environment>\S{0,60})"
"""Pattern of the custom_id of the buttons under a board; `button` only tells them apart."""
SHOWN_SICK = 2

TONES = {
    Health.DOWN: Tone.FAILING,
    Health.FAILING: Tone.FAILING,
    Health.MISSING: Tone.FAILING,
    Health.SILENT: Tone.MUTED,
    Health.DEGRADED: Tone.WARNING,
    Health.ROLLING: Tone.RUNNING,
    Health.PAUSED: Tone.WARNING,
    Health.STOPPED: Tone.MUTED,
    Health.OK: Tone.OK,
}


def status(facts: StatusFacts, guild_id: int | None = None, ref: str | None = None) -> Answer:
    """`ref` is the reference of a message of the outbox."""
    row, health = facts.row, Health(facts.row.health)
    known = health not in (Health.MISSING, Health.SILENT)
    at = from_micros(facts.at)
    embed = card(
        tone=TONES[health],
        title=f"{row.service} in {row.environment}: {health}",
        url=facts.repo_url,
        body=(
            bar(row.ready, row.desired, "pods ready", full=health is Health.OK) if known else "",
            holds.under_way(facts, guild_id),
            holds.frozen(facts),
            *_sick(facts),
            one_line(facts.row.why, 300) if not known else "",
            _living(facts.until),
        ),
        fields=(
            ("Image", code(brief_image(row.image), 120)),
            ("Rollout", _rollout(facts) if known else ""),
            ("Restarts", str(facts.restarts) if known else ""),
            ("Pods since", moment(from_micros(facts.since)) if facts.since else ""),
            ("Last deployments", _deployments(facts)),
            ("Open incidents", _incidents(facts, guild_id)),
        ),
        footer=(f"{facts.cluster}/{facts.namespace}/{facts.deployment}", row.environment, ref),
        at=at,
    )
    return Answer(embed=embed, view=_under_status(row, living=facts.until is not None))


def board(facts: BoardFacts, ref: str | None = None) -> Answer:
    where = f" in {facts.environment}" if facts.environment else ""
    found = worst(facts)
    if found is None:
        return Answer(embed=_nothing(where))
    counted = ", ".join(f"{count} {health}" for health, count in facts.counts)
    embed = card(
        tone=TONES[found],
        title=f"Services{where}: {counted}",
        body=_lines(facts),
        fields=(("Frozen", holds.all_frozen(facts.freezes)),),
        footer=(
            f"page {facts.page + 1} of {facts.pages}" if facts.pages > 1 else None,
            "/status service: tells more of one",
            ref,
        ),
        at=from_micros(facts.at),
    )
    return Answer(embed=embed, view=None if facts.until is not None else _under_board(facts))


def living(words: str) -> Card:
    """The answer to whoever began a message that is kept up to date."""
    return card(
        tone=Tone.RUNNING,
        title=f"{words} is posted here and kept up to date for 10 minutes",
        body=("Everybody in the channel sees it.",),
    )


def refresh_button(service: str, environment: str) -> discord.ui.Button[discord.ui.View]:
    return _button("Refresh", f"sov:status:{environment}:{service}")


def board_button(label: str, kind: str, page: int, environment: str) -> discord.ui.Button[discord.ui.View]:
    return _button(label, f"sov:board:{kind}:{page}:{environment}")


def _lines(facts: BoardFacts) -> list[str]:
    """Whole lines: where there is no room for all they leave out why; `/status service:` tells it."""
    made = [*(_row(one) for one in facts.rows), _living(facts.until)]
    if len("\n".join(made)) <= BODY:
        return made
    return [*(_row(replace(one, why="")) for one in facts.rows), _living(facts.until)]


def _row(one: Row) -> str:
    health = Health(one.health)
    pods = "" if health in (Health.MISSING, Health.SILENT) else f"{one.ready}/{one.desired} ready"
    parts = (
        f"**{one_line(one.service, 40)}** {one_line(one.environment, 20)}",
        health.value,
        pods,
        code(shown_version(one.image), 24),
        holds.brief(one),
        one_line(one.why, 60),
    )
    return " · ".join(part for part in parts if part)


def _sick(facts: StatusFacts) -> list[str]:
    """The worst pods; the newest event is said of the first of them."""
    rows = [f"{code(pod, 60)} {one_line(words, 180)}" for pod, words in facts.sick[:SHOWN_SICK]]
    more = len(facts.sick) - len(rows) + facts.more_sick
    if more:
        rows.append(f"and {more} more")
    elif facts.event:
        rows.append(f"-# {one_line(facts.event, 180)}")
    return rows


def _rollout(facts: StatusFacts) -> str:
    updated = f"{facts.updated}/{facts.row.desired} updated"
    return f"revision {facts.revision}, {updated}" if facts.revision is not None else updated


def _deployments(facts: StatusFacts) -> str:
    rows = [
        f"{moment(from_micros(at))} {link(one_line(title, 45), url if url and len(url) < 90 else None)}"
        for at, title, url in facts.deployments
    ]
    return _within(rows)


def _incidents(facts: StatusFacts, guild_id: int | None) -> str:
    rows = []
    for number, title, channel, message in facts.incidents:
        there = guild_id and channel and message
        url = f"https://discord.com/channels/{guild_id}/{channel}/{message}" if there else None
        rows.append(f"{link(str(number), url)} {one_line(title, 60)}")
    return _within(rows)


def _within(rows: list[str], limit: int = 250) -> str:
    """Whole rows only: a link that is cut is none."""
    kept: list[str] = []
    for row in rows:
        if len("\n".join((*kept, row))) <= limit:
            kept.append(row)
    return "\n".join(kept)


def _living(until: int | None) -> str:
    return f"-# Kept up to date until {moment(from_micros(until), 't')}." if until is not None else ""


def _nothing(where: str) -> Card:
    return card(
        tone=Tone.MUTED,
        title=f"No services{where}",
        body=("Name them under `services`, and their cluster under `infra.clusters`, in discovery.yml.",),
    )


def _under_status(row: Row, *, living: bool) -> discord.ui.View | None:
    button = refresh_button(row.service, row.environment)
    fits = re.fullmatch(STATUS, button.custom_id or "")
    return buttons(button) if fits and not living else None


def _under_board(facts: BoardFacts) -> discord.ui.View | None:
    environment = facts.environment or ""
    made = [board_button("Refresh", "r", facts.page, environment)]
    if facts.page > 0:
        made.append(board_button("Worse", "p", facts.page - 1, environment))
    if facts.page + 1 < facts.pages:
        made.append(board_button("More", "n", facts.page + 1, environment))
    return buttons(*made) if re.fullmatch(BOARD, made[0].custom_id or "") else None


def _button(label: str, custom_id: str) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=custom_id[:100])
