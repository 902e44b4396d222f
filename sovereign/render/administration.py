"""How the state of the process looks to its administrators."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from sovereign.config.differences import Difference
from sovereign.core.clock import now
from sovereign.render import audit
from sovereign.render.cards import card
from sovereign.render.text import code, duration, moment, one_line
from sovereign.render.tones import Tone
from sovereign.services.administration import Status
from sovereign.services.configuration import State
from sovereign.services.ports.extensions import CogState

SHOWN = 8
"""Problems and changes in a list; the log has all of them."""


def status(state: Status) -> discord.Embed:
    """What works, what waits and what is wrong, the worst first."""
    wrong = _wrong(state)
    worse = bool(state.report.problems or state.configuration.refused)
    return card(
        tone=Tone.FAILING if worse else Tone.WARNING if wrong else Tone.OK,
        title=f"Sovereign {state.version} " + ("needs a look" if wrong else "works as it should"),
        body=_few(wrong),
        fields=(
            ("Running since", moment(state.started_at)),
            ("Waits for Discord", _backlog(state)),
            ("Deliveries", _deliveries(state)),
            ("Configuration", _configuration(state.configuration)),
            ("Audit", audit.standing(state.audit)),
            ("Restarted workers", ", ".join(f"{name} {count}" for name, count in state.restarts.items())),
        ),
        footer=(f"Python {state.python}, SQLite {state.sqlite}",),
        at=now(),
    )


def cogs(found: Sequence[CogState]) -> discord.Embed:
    broken = [one for one in found if one.problem or one.loaded_at is None]
    return card(
        tone=Tone.WARNING if broken else Tone.OK,
        title=f"{len(found)} cogs" + (f", {len(broken)} to look at" if broken else ", all loaded"),
        body=[_cog(one) for one in found],
    )


def reloaded(cog: CogState) -> discord.Embed:
    return card(
        tone=Tone.OK,
        title=f"Reloaded {cog.name}",
        body=(f"{_commands(cog)} run the new code.",),
        at=cog.loaded_at,
    )


def configuration(state: State) -> discord.Embed:
    """Which configuration is in force, and why the file on the disk is not, if so."""
    since = moment(state.since)
    if state.refused:
        title = f"{state.file} is refused; the configuration from before goes on"
        body = _few([one_line(line, 240) for line in state.refused])
    else:
        title = (
            "Every default is in force, for there is no file"
            if state.missing
            else f"{state.file} is in force"
        )
        body = _few([one_line(line, 240) for line in (*_pending(state), *state.problems)])
    return card(
        tone=Tone.FAILING if state.refused else Tone.WARNING if body else Tone.OK,
        title=title,
        body=body or ("There is nothing to mend in it.",),
        fields=(
            ("In force since", since),
            ("Refused", moment(state.refused_at) if state.refused_at else ""),
            ("Warnings", str(len(state.problems)) if state.problems else ""),
        ),
        footer=("`sovereign config diff` shows what would change".replace("`", ""),),
    )


def taken_in(changed: Sequence[Difference], state: State) -> discord.Embed:
    body = _few([code(str(change), 240) for change in changed])
    return card(
        tone=Tone.WARNING if state.pending else Tone.OK,
        title=f"Took {state.file} in: {len(changed)} changes"
        if changed
        else f"Took {state.file} in: no change",
        body=(*body, *_pending(state)) or ("The roles are bound anew.",),
        at=state.since,
    )


def _wrong(state: Status) -> list[str]:
    configuration = state.configuration
    found = [one_line(problem, 240) for problem in state.report.problems]
    found += [f"The configuration is refused: {one_line(line, 200)}" for line in configuration.refused]
    if state.report.held_up:
        found.append(f"Waiting: {one_line(state.report.held_up, 200)}")
    found += [one_line(warning, 240) for warning in state.report.warnings]
    return found + audit.wrong(state.audit) + _pending(configuration)


def _pending(state: State) -> list[str]:
    return [f"{one_line(one.path, 80)} changes at the next start" for one in state.pending]


def _few(lines: Sequence[str]) -> list[str]:
    shown = list(lines[:SHOWN])
    return [*shown, f"and {len(lines) - SHOWN} more in the log"] if len(lines) > SHOWN else shown


def _backlog(state: Status) -> str:
    report = state.report
    return f"{report.backlog}, the oldest for {duration(report.oldest)}" if report.backlog else "nothing"


def _deliveries(state: Status) -> str:
    counts = [f"{count} {name}" for name, count in sorted(state.deliveries.items()) if count]
    return ", ".join(counts).replace("received", "waiting") or "all worked off"


def _configuration(state: State) -> str:
    return "refused, the older one runs" if state.refused else f"taken {moment(state.since)}"


def _cog(cog: CogState) -> str:
    loaded = moment(cog.loaded_at) if cog.loaded_at else "not loaded"
    problem = f"\n> {one_line(cog.problem, 200)}" if cog.problem else ""
    return f"**{one_line(cog.name, 40)}** {loaded} · {_commands(cog)}{problem}"


def _commands(cog: CogState) -> str:
    return ", ".join(code(f"/{name}", 60) for name in cog.commands) or "no commands"
