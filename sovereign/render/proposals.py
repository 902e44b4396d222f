"""How proposals look: the card with its tally and what to know before voting, its buttons, its form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord

from sovereign.core.clock import from_micros
from sovereign.domain.approval import LONGEST_REASON, SHORTEST_REASON, Idle, Proposal, lacking
from sovereign.domain.handwritten import Written
from sovereign.render import notes as known
from sovereign.render.cards import FIELD_VALUE, buttons, card
from sovereign.render.text import moment, one_line, plain_line
from sovereign.render.tones import Tone
from sovereign.services.approving.steps import Standing

PRESS = r"sov:prop:(?P<deed>approve|reject|execute|cancel|glass):(?P<proposal>[0-9]{1,18})"
"""Pattern of the custom_id of the buttons under a proposal."""
FORM = r"sov:prop:form:(?P<form>why|glass):(?P<proposal>[0-9]{1,18})"
"""Pattern of the custom_id of the forms that ask why: why not, and why without quorum; WRITTEN is that of the
form for a message by hand."""
WRITTEN = "sov:prop:written"
LONGEST_COMMENT = 300

Facts = Mapping[str, Any]
_TONES = {
    "open": Tone.PROPOSAL,
    "executed": Tone.OK,
    "rejected": Tone.FAILING,
    "expired": Tone.MUTED,
    "cancelled": Tone.MUTED,
    "void": Tone.WARNING,
}


_IDLE = {
    Idle.REQUESTER: "Who asks for it is not among those who approve it here: `requester_counts` is not set.",
    Idle.ROLE: "You do not hold a role that may vote on it now.",
    Idle.FILLED: "The places that your roles could fill are filled.",
}


def head(payload: Facts, ref: str) -> tuple[discord.Embed, discord.ui.View]:
    """The message of a proposal. `payload` is what `services/approving/steps.facts` made."""
    given, notes = payload["proposal"], payload["notes"]
    title = f"Deploy {given['service']} {given['version']} to {given['environment']}"
    embed = card(
        tone=_TONES[given["state"]],
        title=title,
        url=given["change"] or notes.get("compare"),
        body=(
            _state(payload),
            f"{known.step(notes, given['version'])} · {_asked(given)}",
            *known.warnings(notes),
        ),
        fields=(
            ("Approvals", _approvals(payload)),
            ("Image and strategy", known.image(given["image"], given["digest"], given["strategy"])),
            *known.fields(notes),
        ),
        footer=("sovereign", given["environment"], f"proposal {given['id']}", ref),
        at=from_micros(given["created_at"]),
    )
    if given["state"] != "open":
        return embed, buttons()
    return embed, _buttons(given["id"], reached=bool(payload["reached"]))


def _buttons(proposal_id: int, *, reached: bool) -> discord.ui.View:
    green, grey, red = discord.ButtonStyle.success, discord.ButtonStyle.secondary, discord.ButtonStyle.danger
    return buttons(
        button("approve", proposal_id, grey if reached else green),
        button("execute", proposal_id, green if reached else grey),
        button("cancel", proposal_id, grey),
        button("reject", proposal_id, red),
        *([] if reached else [button("glass", proposal_id, red)]),  # there is no quorum to go around then
    )


def button(
    deed: str, proposal_id: int, style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> discord.ui.Button[discord.ui.View]:
    label = "Break glass" if deed == "glass" else deed.capitalize()
    return discord.ui.Button(label=label, style=style, custom_id=f"sov:prop:{deed}:{proposal_id}")


def _state(payload: Facts) -> str:
    given = payload["proposal"]
    if given["state"] == "open":
        count, quorum = len(payload["approvals"]), given["quorum"]
        missing = "Execute is open" if payload["reached"] else payload["lacking"]
        if not quorum:
            missing = "nobody has to approve it"
        expires = moment(from_micros(given["expires_at"]))
        return f"**{count} of {quorum}** approvals · {one_line(missing, 120)} · expires {expires}"
    by = f" by {one_line(given['decided_by'], 64)}" if given["decided_by"] else ""
    when = moment(from_micros(given["decided_at"])) if given["decided_at"] else ""
    why = f": {one_line(given['reason'], 200)}" if given["reason"] else ""
    return f"**{given['state'].capitalize()}**{by} {when}{why}"


def _asked(given: Facts) -> str:
    return f"asked by {one_line(given['requester'], 64)} {moment(from_micros(given['created_at']))}"


def _approvals(payload: Facts) -> str:
    lines = [_approval(each) for each in payload["approvals"]]
    if payload["idle"]:
        lines.append(f"not counted: {one_line(', '.join(payload['idle']), 200)}")
    return "\n".join(lines)[:FIELD_VALUE]


def _approval(each: Facts) -> str:
    role = f" ({one_line(each['role'], 40)})" if each["role"] else ""
    return f"{one_line(each['name'], 40)}{role} {moment(from_micros(each['at']), 't')}"


def proposed(proposal: Proposal) -> discord.Embed:
    """What who asked sees alone; the proposal itself stands in the channel."""
    return card(
        tone=Tone.PROPOSAL,
        title=f"Proposed: {proposal.subject}",
        body=("The proposal stands in this channel. It is told here when it has its quorum.",),
    )


def heard(standing: Standing, member_id: int) -> discord.Embed:
    """What who voted sees alone."""
    proposal, counted = standing.proposal, standing.tally
    idle = next((why for vote, why in counted.idle if vote.member_id == member_id), None)
    title = f"Your vote on {proposal.subject} {'does not count' if idle else 'counts'}"
    if standing.repeated:
        title = f"You had approved {proposal.subject} already"
    missing = "The quorum is there." if counted.reached else f"Now: {lacking(counted)}."
    return card(
        tone=Tone.WARNING if idle else Tone.PROPOSAL,
        title=title,
        body=(_IDLE[idle] if idle else "", one_line(missing, 200)),
    )


def ended(proposal: Proposal, words: str) -> discord.Embed:
    return card(tone=Tone.MUTED, title=f"{proposal.subject}: {words}")


def broken(proposal: Proposal) -> discord.Embed:
    """What who broke the glass sees alone; the message and its thread tell everybody why."""
    return ended(proposal, "its deployment has begun, without its quorum")


def rejection(proposal_id: int) -> discord.ui.Modal:
    """Asks why; the answer may be empty."""
    why = _text("why", "Why", LONGEST_COMMENT, required=False, style=discord.TextStyle.paragraph)
    return _form("Reject the proposal", f"sov:prop:form:why:{proposal_id}", why)


def glass(proposal: Proposal) -> discord.ui.Modal:
    """Asks why it cannot wait for its quorum; there is no breaking the glass without an answer."""
    why = _text(
        "why",
        "Why it cannot wait; everybody reads it",
        LONGEST_REASON,
        shortest=SHORTEST_REASON,
        style=discord.TextStyle.paragraph,
    )
    title = plain_line(f"Deploy {proposal.subject} without quorum", 45)
    return _form(title, f"sov:prop:form:glass:{proposal.id}", why)


def to_be_mended(written: Written) -> discord.ui.Modal:
    """What could be read of a message that somebody wrote by hand, to be completed."""
    return _form(
        "Make it a proposal",
        WRITTEN,
        _text("service", "Service", 100, default=written.service),
        _text("version", "Version", 128, default=written.version),
        _text("environment", "Environment", 60, default=written.environment),
        _text("change", "Change", 400, default=written.change, required=False),
    )


def _text(
    custom_id: str,
    label: str,
    longest: int,
    *,
    shortest: int | None = None,
    default: str = "",
    required: bool = True,
    style: discord.TextStyle = discord.TextStyle.short,
) -> discord.ui.TextInput[discord.ui.Modal]:
    return discord.ui.TextInput(
        custom_id=custom_id,
        label=label,
        min_length=shortest,
        max_length=longest,
        default=default[:longest] or None,
        required=required,
        style=style,
    )


def _form(title: str, custom_id: str, *inputs: discord.ui.TextInput[discord.ui.Modal]) -> discord.ui.Modal:
    """Stateless: all is in the custom_id, so discord.py need not remember the form, and it is stopped."""
    form = discord.ui.Modal(title=title, custom_id=custom_id, timeout=None)
    for each in inputs:
        form.add_item(each)
    form.stop()
    return form


def choice(proposal: Proposal) -> str:
    return plain_line(f"{proposal.id} · {proposal.subject} · {proposal.state}", 100)
