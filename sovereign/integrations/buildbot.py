"""Buildbot: builds, as its HttpStatusPush reporter sends them, or as a short body that one writes for
it.

https://docs.buildbot.net/latest/manual/configuration/reporters/http_status.html

Buildbot signs nothing; the reporter's `auth` gives HTTP basic, with any name and the secret. It
sends a build of its data API as it is (`buildid`, `builder`, `complete`, `results`, `properties`,
`url`), and no more than that. The short body has `event` (new or finished), `buildid`,
`buildername`, `project`, `results`, `url`, `timestamp`. The numbers of `results` are those of
Buildbot's own documentation.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.domain.events import Event, Status
from sovereign.integrations._builds import Build, by_run, event_of, kinds, without_origin
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import between, line, link, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

RESULTS: Mapping[str, tuple[Status, str]] = {
    "0": (Status.SUCCEEDED, ""),
    "1": (Status.SUCCEEDED, "passed with warnings"),
    "2": (Status.FAILED, ""),
    "3": (Status.SKIPPED, ""),
    "4": (Status.FAILED, "broke off with an exception"),
    "5": (Status.RUNNING, "is tried again"),
    "6": (Status.CANCELLED, ""),
}


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_body(headers, body)
    payload.require_object()
    ended = _ended(payload)
    status, verb = (
        RESULTS.get(line(payload, "results"), (Status.UNKNOWN, "")) if ended else (Status.RUNNING, "")
    )
    start, end = when(payload, "started_at"), when(payload, "complete_at")
    builder = line(payload, "buildername", "builder.name", "properties.buildername") or _property(
        payload, "buildername"
    )
    stamps = payload.list_at("buildset", "sourcestamps")
    stamp = stamps[0] if len(stamps) == 1 else None
    repository = _property(payload, "repository") or line(stamp, "repository")
    branch = _property(payload, "branch") or line(stamp, "branch")
    build = Build(
        source="buildbot",
        name=builder,
        number=line(payload, "number") or line(payload, "buildid"),
        id=line(payload, "url", "buildid"),
        status=status,
        verb=verb,
        phase="finished" if ended else "",
        address=repository,
        project=line(payload, "project")
        or _property(payload, "project")
        or line(stamp, "project")
        or builder,
        branch=without_origin(branch),
        sha=_property(payload, "got_revision") or _property(payload, "revision") or line(stamp, "revision"),
        actor=_property(payload, "owner"),
        text=line(payload, "state_string") if status is Status.FAILED else "",
        url=link(payload, "url"),
        length=between(start, end),
        at=end or start or when(payload, "timestamp"),
        more={"Worker": _property(payload, "workername")},
    )
    return [event_of(build)]


def _ended(payload: Payload) -> bool:
    return line(payload, "event") == "finished" or line(payload, "complete") == "true"


def _property(payload: Payload, name: str) -> str:
    """Buildbot writes a property as its value and where it comes from; a hand may leave that out."""
    found = payload.get("properties", name)
    if found is None:
        return ""
    values = list(found.each()) if isinstance(found.raw, list) else [found]
    first = values[0] if values else None
    return " ".join(first.scalar().split()) if first and isinstance(first.raw, str | int) else ""


def _said(headers: Headers, body: bytes) -> tuple[str, ...]:
    payload = Payload.from_body(headers, body)
    event = "end" if _ended(payload) else "start"
    return (line(payload, "url"), line(payload, "buildid"), event, line(payload, "timestamp", "started_at"))


SOURCE = Source(
    slug="buildbot",
    title="Buildbot",
    docs="https://docs.buildbot.net/latest/manual/configuration/reporters/http_status.html",
    home="ci-cd-pipeline",
    secret="env://BUILDBOT_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=kinds("pipelinerun", "started", "finished"),
    quiet=kinds("pipelinerun", "started"),
    transmission=by_run(_said),
)
