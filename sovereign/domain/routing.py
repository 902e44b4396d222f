"""Routing: which channel an event goes to, whom it calls, and by which rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sovereign.core.records import quick, replace
from sovereign.domain.conditions import Conditions
from sovereign.domain.conversations import Topic, topic_of
from sovereign.domain.events import Event, Severity
from sovereign.domain.limits import USUAL, Hold, Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Conditions):
    """A rule of the configuration, for the events that meet its conditions.

    Without `thread` the head message alone follows the event; the thread hears only what calls somebody.
    """

    name: str
    channel: str | None = None
    mention: tuple[str, ...] = ()
    thread: bool = True
    drop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`channels` gives the guild's name for each of our keys; all other channels are such names already.
    `repo_channels`, by `owner/name` or bare name in lower case, replace the pipeline and deployment
    defaults only."""

    routes: Sequence[Route] = ()
    channels: Mapping[str, str] = field(default_factory=dict)
    repo_channels: Mapping[str, str] = field(default_factory=dict)


@quick
@dataclass(frozen=True, kw_only=True)
class Decision:
    """`channel` is None where nothing is to be posted. `rule` says why, in words; `by` is the place of the
    route that decided, None where none did. What is `replayed` is told again on somebody's word, and says so.
    What has a `hold` is not told now; the `limits` gather the rest. `astray` is the channel that was asked
    for in vain."""

    channel: str | None
    rule: str
    by: int | None = None
    mention: tuple[str, ...] = ()
    thread: bool = True
    replayed: bool = False
    hold: Hold | None = None
    limits: Limits = USUAL
    astray: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A role that is called, and why."""

    role: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One route that was asked, and why it took the event or did not."""

    route: str
    took: bool
    why: str


_BY_NOUN = {
    "change": "prs",
    "pipelinerun": "ci-cd-pipeline",
    "taskrun": "ci-cd-pipeline",
    "build": "ci-cd-pipeline",
    "testsuiterun": "ci-cd-pipeline",
    "deployment": "deployments",
    "service": "deployments",
    "environment": "deployments",
    "release": "deployments",
    "artifact": "deployments",
    "incident": "alerts",
    "vulnerability": "alerts",
    "cluster": "cluster-status",
    "configuration": "cluster-status",
    "ticket": "kanban-updates",
    "design": "design-collab",
    "branch": "dev-feed",
    "tag": "dev-feed",
}
DEFAULT_CHANNELS = frozenset(_BY_NOUN.values())
"""Keys of the channels that events go to by their kind alone."""
_REPLACED_BY_REPO = frozenset({"ci-cd-pipeline", "deployments"})


def decide(
    event: Event, rules: Rules, *, endpoint_channel: str | None, home: str, unasked: bool, at: datetime
) -> Decision:
    """The first route that fits; else the endpoint's channel; else the repository's; else the kind's default.

    `unasked` marks kinds that are posted only if a route names them; `at` is the moment that routes ask for.
    """
    for place, route in enumerate(rules.routes):
        if route.unmet(event, at) is None:
            taken = _taken(route, event, rules, endpoint_channel=endpoint_channel, home=home, unasked=unasked)
            if taken is not None:
                return replace(taken, by=place)
    if unasked:
        return Decision(channel=None, rule=f"{event.kind} is kept, and posted only if a route names it")
    return _default(event, rules, endpoint_channel, home)


def explain(event: Event, rules: Rules, decision: Decision, at: datetime) -> Sequence[Step]:
    """How the routes came to a decision: each up to the one that took the event, and why it did or not."""
    steps: list[Step] = []
    for place, route in enumerate(rules.routes):
        unmet = route.unmet(event, at)
        if unmet is not None:
            steps.append(Step(route=route.name, took=False, why=unmet))
        elif place == decision.by:
            steps.append(Step(route=route.name, took=True, why="every condition holds"))
            break
        else:
            why = f"{event.kind} is posted only where a route names a channel"
            steps.append(Step(route=route.name, took=False, why=why))
    return steps


def _taken(
    route: Route, event: Event, rules: Rules, *, endpoint_channel: str | None, home: str, unasked: bool
) -> Decision | None:
    """What a route that fits decides; None where it only mentions, and nobody asked for the kind."""
    if route.drop:
        return Decision(channel=None, rule=f"route {route.name} drops it")
    if not route.channel and unasked:
        return None
    channel = route.channel or _default(event, rules, endpoint_channel, home).channel
    return Decision(channel=channel, rule=f"route {route.name}", mention=route.mention, thread=route.thread)


def _default(event: Event, rules: Rules, endpoint_channel: str | None, home: str) -> Decision:
    if endpoint_channel:
        return Decision(channel=endpoint_channel, rule="the endpoint's channel")
    if event.channel and (asked := _known(event.channel, rules)):
        return Decision(channel=asked, rule="the channel that it asks for")
    astray = event.channel.strip().removeprefix("#")[:100] if event.channel else None
    channel = _BY_NOUN.get(event.kind.partition(".")[0], home)
    if event.kind == "branch.updated" and event.on_default_branch:
        channel = "deployments"
    if channel in _REPLACED_BY_REPO and (own := _of_repo(event.repo, rules)):
        return Decision(channel=own, rule=f"the channel of {event.repo}", astray=astray)
    channel = rules.channels.get(channel, channel)
    why = f", as #{astray} is not configured" if astray else ""
    return Decision(channel=channel, rule=f"the default for {event.kind}{why}", astray=astray)


def deployments_channel(rules: Rules, repo: str | None) -> str:
    """Where what concerns deployments is told, of that repository or of all."""
    return _of_repo(repo, rules) or rules.channels.get("deployments", "deployments")


def _of_repo(repo: str | None, rules: Rules) -> str | None:
    full = (repo or "").lower()  # code hosts do not care about case
    return rules.repo_channels.get(full) or rules.repo_channels.get(full.rpartition("/")[2])


def _known(named: str, rules: Rules) -> str | None:
    """The guild's name of a channel that the configuration knows by this key or name."""
    name = named.strip().removeprefix("#").lower()
    return rules.channels.get(name.replace("_", "-")) or (name if name in rules.channels.values() else None)


def calls_of(decision: Decision) -> tuple[Call, ...]:
    """Whom a route calls, wherever its event is told."""
    return tuple(Call(role, f"{decision.rule} mentions it") for role in decision.mention)


def calls_for_help(event: Event, mention_from: Severity) -> bool:
    """Whether a firing alert is bad enough to call whoever is on call."""
    return topic_of(event.kind) is Topic.INCIDENT and event.severity.rank >= mention_from.rank
