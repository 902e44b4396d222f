"""How playbooks look: which there are, what a run would do, and how far one is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

import discord

from sovereign.core.clock import from_micros
from sovereign.domain.playbook import Approval, Playbook, usage
from sovereign.domain.playbook_run import Run, RunState
from sovereign.render.answers import Answer
from sovereign.render.cards import Card, buttons, card
from sovereign.render.progress import bar
from sovereign.render.text import code, duration, moment, one_line, plain_line, sentence
from sovereign.render.tones import Tone
from sovereign.services.operations.playbook_previews import Preview
from sovereign.services.operations.playbooks import DryRun

DEED = r"sov:playbook:(?P<deed>approve|cancel|continue|stop):(?P<run>[0-9]{1,18})"
"""Pattern of the custom_id of the buttons under a run."""
CONFIRM = r"sov:playbook:run:(?P<key>[a-z0-9]{16})"
"""Pattern of the custom_id of the button that begins what was previewed."""
SHOWN = 10
"""Steps in a message."""

_TONES = {
    RunState.PROPOSED: Tone.PROPOSAL,
    RunState.RUNNING: Tone.RUNNING,
    RunState.ASKING: Tone.WARNING,
    RunState.DONE: Tone.OK,
    RunState.FAILED: Tone.FAILING,
    RunState.STOPPED: Tone.MUTED,
}
LONGEST_WHY = 500
"""Characters: what a freeze refuses names the command that goes through it."""
_LABELS = {
    "approve": ("Approve", discord.ButtonStyle.success),
    "cancel": ("Cancel", discord.ButtonStyle.danger),
    "continue": ("Continue", discord.ButtonStyle.primary),
    "stop": ("Stop", discord.ButtonStyle.danger),
}
_OF_STATE = {RunState.PROPOSED: ("approve", "cancel"), RunState.ASKING: ("continue", "stop")}


def listing(found: Sequence[tuple[Playbook, Sequence[str]]]) -> Card:
    if not found:
        return card(
            tone=Tone.MUTED,
            title="No playbooks that you may run",
            body=("They are declared under `playbooks` in discovery.yml.",),
        )
    rows = []
    for one, where in found[:SHOWN]:
        needs = " · a second member approves" if one.approval is Approval.SECOND else ""
        given = f" · {code(usage(one), 80)}" if one.inputs else ""
        rows.append(
            f"**{one_line(one.name, 40)}** {one_line(one.description, 80)} · {one_line(', '.join(where), 60)}"
            f"{given}{needs}"
        )
    more = len(found) - SHOWN
    return card(
        tone=Tone.MUTED,
        title="Playbooks that you may run",
        body=(*rows, f"and {more} more" if more > 0 else ""),
        footer=("/playbook run dry_run:True shows what one would do",),
    )


def dry_run(found: DryRun) -> Card:
    run = found.run
    return card(
        tone=Tone.MUTED,
        title=f"{run.playbook} in {run.environment} would do",
        body=_planned(found),
        footer=("nothing was done", run.environment),
    )


def preview(shown: Preview) -> Answer:
    """What each step would change, before the button."""
    run = shown.found.run
    embed = card(
        tone=Tone.WARNING,
        title=f"Run {run.playbook} in {run.environment}?",
        body=(*_planned(shown.found), "A freeze does not stop it." if run.override else ""),
        footer=("nothing was done yet", run.environment),
    )
    return Answer(
        embed=embed, view=buttons(confirm_button(shown.key, f"{run.playbook} in {run.environment}"))
    )


def confirm_button(key: str, what: str) -> discord.ui.Button[discord.ui.View]:
    """It names its deed."""
    return discord.ui.Button(
        label=plain_line(f"Run {what}", 80),
        style=discord.ButtonStyle.danger,
        custom_id=f"sov:playbook:run:{key}",
    )


def begun(run: Run) -> Card:
    """For whoever began it; how far it is stands in the channel."""
    waits = run.state is RunState.PROPOSED
    return card(
        tone=Tone.PROPOSAL if waits else Tone.RUNNING,
        title=f"Playbook {run.playbook} in {run.environment}",
        body=(
            "A second member has to approve it: its message in this channel has the button."
            if waits
            else "How far it is stands in this channel.",
        ),
        footer=(f"run {run.id}",),
    )


def moved(run: Run) -> Card:
    words = {
        RunState.RUNNING: "It goes on.",
        RunState.DONE: "That was the last step.",
        RunState.STOPPED: "Stopped.",
    }
    return card(
        tone=_TONES[run.state], title=f"Run {run.id} of {run.playbook}", body=(words.get(run.state, ""),)
    )


def progress(facts: Mapping[str, object], at: datetime, ref: str) -> Answer:
    """The message of a run, from facts of the outbox."""
    state, number = RunState(str(facts["state"])), cast(int, facts["id"])
    titles, said = cast(Sequence[str], facts["steps"]), cast(Sequence[str], facts["said"])
    started, ended = from_micros(cast(int, facts["started_at"])), cast("int | None", facts["ended_at"])
    undos, question = cast(Sequence[str], facts["undos"]), facts["question"]
    embed = card(
        tone=_TONES[state],
        title=f"Playbook {facts['playbook']} in {facts['environment']}: {_word(state)}",
        body=(
            bar(len(said), len(titles), "steps", full=state is RunState.DONE),
            *_steps(titles, said, state),
            f"**{one_line(str(question), 200)}**" if question else "",
            _why(str(facts["why"]), LONGEST_WHY),
            "A freeze does not stop it." if facts.get("override") else "",
            *(f"To undo: {one_line(undo, 120)}" for undo in undos[:3]),
        ),
        fields=(
            ("By", one_line(str(facts["actor"]), 60)),
            ("Approved by", one_line(str(facts["approved_by"] or ""), 60)),
            ("Begun", moment(started)),
            ("Took", duration(from_micros(ended) - started) if ended else ""),
            ("Inputs", _inputs(cast(Mapping[str, str], facts["inputs"]))),
        ),
        footer=(f"run {number}", str(facts["environment"]), ref),
        at=at,
    )
    deeds = _OF_STATE.get(state, ())
    return Answer(
        embed=embed, view=buttons(*(deed_button(deed, number) for deed in deeds)) if deeds else None
    )


def said(payload: Mapping[str, object], at: datetime, ref: str) -> Card:
    """What a playbook tells a channel, in the words of the configuration."""
    return card(
        tone=Tone.MUTED,
        title=str(payload["text"]),
        footer=(f"playbook {payload['of']}", f"by {payload['by']}", ref),
        at=at,
    )


def deed_button(deed: str, run_id: int) -> discord.ui.Button[discord.ui.View]:
    label, style = _LABELS[deed]
    return discord.ui.Button(label=label, style=style, custom_id=f"sov:playbook:{deed}:{run_id}")


def _planned(found: DryRun) -> Sequence[str]:
    rows = [
        f"{number}. **{one_line(title, 80)}**{': ' + _why(words, LONGEST_WHY) if words else ''}"
        for number, (title, words) in enumerate(found.steps[:SHOWN], 1)
    ]
    more = len(found.steps) - SHOWN
    return [*rows, f"and {more} more"] if more > 0 else rows


def _why(words: str, limit: int) -> str:
    """Words of ours, such as a refusal: its moments and commands are to be read as such."""
    return sentence(" ".join(words.split())[:limit])


def _word(state: RunState) -> str:
    words = {RunState.PROPOSED: "waits for approval", RunState.ASKING: "asks", RunState.RUNNING: "running"}
    return words.get(state, state.value)


def _steps(titles: Sequence[str], said: Sequence[str], state: RunState) -> list[str]:
    """The newest that fit: those that were done with what came of them, and the one that is next. Whoever
    is to approve them sees all."""
    if state is RunState.PROPOSED:
        rows = [f"{number}. {one_line(title, 60)}" for number, title in enumerate(titles[:SHOWN], 1)]
        return [*rows, f"and {len(titles) - SHOWN} more"] if len(titles) > SHOWN else rows
    rows = []
    for number, title in enumerate(titles):
        if number < len(said):
            rows.append(f"{number + 1}. {one_line(title, 60)}: {one_line(said[number], 70)}")
        elif number == len(said) and state is RunState.FAILED:
            rows.append(f"{number + 1}. **{one_line(title, 60)}: failed**")
        elif number == len(said) and not state.is_over:
            rows.append(f"{number + 1}. **{one_line(title, 60)}**")
    return rows[-4:]


def _inputs(given: Mapping[str, str]) -> str:
    return code(" ".join(f"{name}={value}" for name, value in given.items()), 200)
