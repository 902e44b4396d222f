"""How deployments look: the living message with its bar, the history, and one with all its facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord

from sovereign.core.clock import from_micros
from sovereign.domain.deployment import LONGEST_REASON, Deployment, Phase, State, Wish, brief
from sovereign.render.answers import Answer
from sovereign.render.cards import FIELD_VALUE, buttons, card
from sovereign.render.pictures import charts
from sovereign.render.pictures import delivery as drawn
from sovereign.render.progress import bar
from sovereign.render.text import code, duration, moment, one_line, plain_line
from sovereign.render.tones import Tone
from sovereign.services.releasing.figures import Delivering

WISH = r"sov:dep:(?P<wish>cancel|pause|resume|promote|roll_back|finish):(?P<deployment>[0-9]{1,18})"
"""Pattern of the custom_id of the buttons under a deployment."""
Facts = Mapping[str, Any]
PICTURE = "deployments.png"

TONES = {
    State.RUNNING: Tone.RUNNING,
    State.SUCCEEDED: Tone.OK,
    State.ROLLED_BACK: Tone.FAILING,
    State.CANCELLED: Tone.MUTED,
    State.FAILED: Tone.FAILING,
}
_STYLES = {
    Wish.PROMOTE: discord.ButtonStyle.success,
    Wish.CANCEL: discord.ButtonStyle.danger,
    Wish.ROLL_BACK: discord.ButtonStyle.danger,
}


def head(payload: Facts, ref: str) -> tuple[discord.Embed, discord.ui.View]:
    """The living message. `payload` is what `services/releasing/telling.facts` made."""
    given = payload["deployment"]
    state = State(given["state"])
    embed = card(
        tone=TONES[state],
        title=_title(given, state),
        url=given["change"],
        body=(
            _glass(given.get("glass")),
            _overridden(given),
            *_progress(payload, state),
            _outcome(given, state),
        ),
        fields=(
            ("From", code(given["from_version"], 60)),
            ("To", code(given["version"], 60)),
            ("Strategy", str(given["strategy"])),
            ("Deployed by", one_line(given["by"], 64)),
            ("Approved by", one_line(", ".join(given["approved_by"]), FIELD_VALUE)),
            _time(given),
        ),
        footer=("sovereign", given["environment"], f"deployment {given['id']}", ref),
        at=from_micros(given["started_at"]),
    )
    wishes = () if given["wish"] else tuple(Wish(each) for each in given["wishes"])
    return embed, buttons(*(button(wish, given["id"]) for wish in wishes))


def button(wish: Wish, deployment_id: int) -> discord.ui.Button[discord.ui.View]:
    style = _STYLES.get(wish, discord.ButtonStyle.secondary)
    return discord.ui.Button(label=wish.button, style=style, custom_id=f"sov:dep:{wish}:{deployment_id}")


def _title(given: Facts, state: State) -> str:
    what = f"{given['service']} {given['version']} to {given['environment']}"
    return {
        State.RUNNING: f"Deploying {what}",
        State.SUCCEEDED: f"Deployed {what}",
        State.ROLLED_BACK: f"Took back {given['service']} {given['version']} in {given['environment']}",
        State.CANCELLED: f"Cancelled {what}",
        State.FAILED: f"Failed to deploy {what}",
    }[state]


def _progress(payload: Facts, state: State) -> list[str]:
    given = payload["deployment"]
    if state is not State.RUNNING:
        return []
    lines = []
    if payload["total"]:
        whole = payload["done"] >= payload["total"]
        lines.append(bar(payload["done"], payload["total"], "pods ready", full=whole))
    since = moment(from_micros(given["phase_at"]))
    if given["phase"] == Phase.KEEPING and not given["wish"]:
        until = moment(from_micros(given["back_until"]))
        return [
            *lines,
            f"**{code(given['version'], 60)} serves** since {since} · Rollback is open until {until}",
        ]
    waits = f" · waits for {one_line(payload['waits_for'], 200)}" if payload["waits_for"] else ""
    lines.append(f"**{given['phase'].capitalize()}** since {since}{waits}")
    if payload.get("trouble"):
        lines.append(f"Trouble so far: {one_line(payload['trouble'], LONGEST_REASON)}")
    if given["wish"]:
        deed = Wish(given["wish"]).deed
        lines.append(f"{one_line(given['wished_by'], 64)} wants to {deed}")
    return lines


def _glass(why: str | None) -> str:
    return f"**Without its quorum**: {one_line(why, 300)}" if why else ""


def _overridden(given: Facts) -> str:
    """Whose freeze it went through, by whose will."""
    over = given.get("overridden")
    if not over:
        return ""
    return f"**Freeze overridden** by {one_line(given['by'], 64)}: {one_line('; '.join(over), 200)}"


def _outcome(given: Facts, state: State) -> str:
    """What runs now that it was taken back, and why."""
    back = state in (State.ROLLED_BACK, State.CANCELLED)
    runs = f"{code(given['from_version'], 60)} runs" if back else ""
    return " · ".join(filter(None, (runs, one_line(given["reason"], LONGEST_REASON))))


def _time(given: Facts) -> tuple[str, str]:
    if given["ended_at"]:
        took = from_micros(given["ended_at"]) - from_micros(given["started_at"])
        return "Took", duration(took)
    return "Started", moment(from_micros(given["started_at"]))


def begun(deployment: Deployment) -> discord.Embed:
    """What who executed it sees alone; the living message stands in the channel."""
    return card(
        tone=Tone.RUNNING,
        title=f"Deploying {deployment.subject}",
        body=("The message in the channel follows it, and its thread tells what happens.",),
    )


def wished(deployment: Deployment, wish: Wish) -> discord.Embed:
    return card(tone=Tone.RUNNING, title=f"{deployment.subject}: it is told to {wish.deed}")


def history(found: Sequence[Deployment]) -> discord.Embed:
    """Newest first."""
    if not found:
        return card(
            tone=Tone.MUTED,
            title="Nothing has been deployed yet",
            body=("`/deploy run` and `/deploy approve` begin here.",),
        )
    rows = [
        f"**{one.id}** · {one_line(one.subject, 80)} · {one.state.words}"
        f" · {one_line(one.by.name, 32)} · {moment(one.started_at)}"
        for one in found[:10]
    ]
    count = "deployment" if len(found) == 1 else f"{len(rows)} deployments"
    if len(found) > len(rows):
        rows.append(f"and {len(found) - len(rows)} more: name a service or an environment")
    return card(tone=TONES[found[0].state], title=f"Last {count}", body=rows)


def details(deployment: Deployment, link: str | None) -> discord.Embed:
    return card(
        tone=TONES[deployment.state],
        title=f"Deployment {deployment.id}: {deployment.subject}",
        url=link,
        body=(
            f"**{deployment.state.words.capitalize()}** {moment(deployment.ended_at or deployment.phase_at)}",
            _glass(deployment.glass),
            one_line(brief(deployment.reason), LONGEST_REASON),
            f"{code(deployment.from_image, 160)} → {code(deployment.image, 200)}",
        ),
        fields=(
            ("Strategy", str(deployment.strategy)),
            ("Deployed by", one_line(deployment.by.name, 64)),
            ("Approved by", one_line(", ".join(deployment.approved_by), FIELD_VALUE)),
            ("Started", moment(deployment.started_at, "f")),
            ("Took", duration(deployment.duration) if deployment.duration else ""),
            ("Change", one_line(deployment.change or "", FIELD_VALUE)),
        ),
        footer=("sovereign", deployment.place.environment, f"deployment {deployment.id}"),
    )


def figures(found: Delivering, look: str = "dark") -> Answer:
    """The four figures and their picture, in a look of `charts.LOOKS`. Not for the loop: drawing takes a
    while."""
    given, place = found.figures, _place(found)
    embed = card(
        tone=Tone.MUTED if not given.deployments else Tone.OK,
        title=f"How {place} is delivered",
        body=(
            f"{moment(found.since, 'd')} to {moment(found.until, 'd')}",
            "" if charts.can_draw() else "The picture needs the extra `pictures` (matplotlib).",
        ),
        fields=(
            (
                "Deployments that stayed",
                f"{sum(one.stayed for one in given.weeks)}, {given.per_week:.1f} a week",
            ),
            ("Lead time", duration(given.lead_time) if given.lead_time else "no merge heard of"),
            ("Failed or taken back", _rate(given.failure_rate, given.deployments)),
            ("Time to restore", duration(given.restore_time) if given.restore_time else "no incident ended"),
        ),
        footer=("sovereign", found.environment),
    )
    if not (charts.can_draw() and given.deployments):
        return Answer(embed=embed)
    embed.set_image(url=f"attachment://{PICTURE}")
    return Answer(embed=embed, files=((PICTURE, drawn.picture(given, place, charts.LOOKS[look])),))


def _place(found: Delivering) -> str:
    return f"{found.service} in {found.environment}" if found.service else found.environment


def _rate(rate: float | None, count: int) -> str:
    return "nothing was deployed" if rate is None else f"{rate:.0%} of {count}"


def choice(deployment: Deployment) -> str:
    return plain_line(f"{deployment.id} · {deployment.subject} · {deployment.state.words}", 100)
