"""Routing: which channel an event goes to, whom it calls, and by which rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from sovereign.domain.conversations import Topic, topic_of
from sovereign.domain.events import Event, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A rule of the configuration. All conditions that are set must hold; `severity` means this or worse."""

    name: str
    source: str | None = None
    kind: str | None = None
    repo: str | None = None
    severity: Severity | None = None
    label: str | None = None
    service: str | None = None
    environment: str | None = None
    branch: str | None = None
    channel: str | None = None
    mention: tuple[str, ...] = ()
    drop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`channels` gives the guild's name for each of our keys; all other channels are such names already.
    `repo_channels`, by `owner/name` or bare name in lower case, replace the pipeline and deployment
    defaults only."""

    routes: Sequence[Route] = ()
    channels: Mapping[str, str] = field(default_factory=dict)
    repo_channels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`channel` is None where nothing is to be posted. `rule` says why, in words. What is `replayed` is told
    again on somebody's word, and says so."""

    channel: str | None
    rule: str
    mention: tuple[str, ...] = ()
    replayed: bool = False


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
    "ticket": "kanban-updates",
    "design": "design-collab",
    "branch": "dev-feed",
    "tag": "dev-feed",
}
DEFAULT_CHANNELS = frozenset(_BY_NOUN.values())
"""Keys of the channels that events go to by their kind alone."""
_REPLACED_BY_REPO = frozenset({"ci-cd-pipeline", "deployments"})


def decide(event: Event, rules: Rules, *, endpoint_channel: str | None, home: str, unasked: bool) -> Decision:
    """The first route that fits; else the endpoint's channel; else the repository's; else the kind's default.

    `unasked` marks kinds that are posted only if a route names them.
    """
    for route in rules.routes:
        if _fits(route, event):
            if route.drop:
                return Decision(channel=None, rule=f"route {route.name} drops it")
            if route.channel or not unasked:
                fallback = _default(event, rules, endpoint_channel, home)
                channel = route.channel or fallback.channel
                return Decision(channel=channel, rule=f"route {route.name}", mention=route.mention)
    if unasked:
        return Decision(channel=None, rule=f"{event.kind} is kept, and posted only if a route names it")
    return _default(event, rules, endpoint_channel, home)


def _default(event: Event, rules: Rules, endpoint_channel: str | None, home: str) -> Decision:
    if endpoint_channel:
        return Decision(channel=endpoint_channel, rule="the endpoint's channel")
    channel = _BY_NOUN.get(event.kind.partition(".")[0], home)
    if event.kind == "branch.updated" and event.on_default_branch:
        channel = "deployments"
    if channel in _REPLACED_BY_REPO and event.repo:
        full = event.repo.lower()  # code hosts do not care about case
        own = rules.repo_channels.get(full) or rules.repo_channels.get(full.rpartition("/")[2])
        if own:
            return Decision(channel=own, rule=f"the channel of {event.repo}")
    channel = rules.channels.get(channel, channel)
    return Decision(channel=channel, rule=f"the default for {event.kind}")


def calls_for_help(event: Event, mention_from: Severity) -> bool:
    """Whether a firing alert is bad enough to call whoever is on call."""
    return topic_of(event.kind) is Topic.INCIDENT and event.severity.rank >= mention_from.rank


def _fits(route: Route, event: Event) -> bool:
    exact = (
        (route.source, event.source),
        (route.service, event.service),
        (route.environment, event.environment),
    )
    return (
        all(wanted is None or wanted == given for wanted, given in exact)
        and (route.kind is None or fnmatchcase(event.kind, route.kind))
        and (route.branch is None or fnmatchcase(event.branch or "", route.branch))
        and (route.repo is None or _same_repo(route.repo, event.repo))
        and (route.severity is None or event.severity.rank >= route.severity.rank)
        and (route.label is None or _has_label(event, route.label))
    )


def _same_repo(wanted: str, given: str | None) -> bool:
    return given is not None and (fnmatchcase(given, wanted) or given.rpartition("/")[2] == wanted)


def _has_label(event: Event, wanted: str) -> bool:
    """`name` asks for the label, `name=value` for its value too."""
    name, equals, value = wanted.partition("=")
    return name in event.labels and (not equals or event.labels[name] == value)
