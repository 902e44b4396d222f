"""Runs of CodePipeline and CodeBuild."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.domain.events import Event, Status
from sovereign.integrations import _builds
from sovereign.integrations._eventbridge.bus import Bus, Readers
from sovereign.integrations._reading import line, link, prose

RUNS: Mapping[str, Status] = {
    "STARTED": Status.RUNNING,
    "RESUMED": Status.RUNNING,
    "IN_PROGRESS": Status.RUNNING,
    "STOPPING": Status.RUNNING,
    "SUCCEEDED": Status.SUCCEEDED,
    "FAILED": Status.FAILED,
    "FAULT": Status.FAILED,
    "TIMED_OUT": Status.FAILED,
    "CANCELED": Status.CANCELLED,
    "STOPPED": Status.CANCELLED,
    "SUPERSEDED": Status.CANCELLED,
    "ABANDONED": Status.CANCELLED,
}


def _pipeline(bus: Bus) -> Event:
    """A run of CodePipeline, or a stage or an action of one."""
    detail = bus.detail
    names = [name for name in (line(detail, "stage"), line(detail, "action")) if name]
    return _builds.event_of(
        _builds.Build(
            source=bus.source,
            family=_builds.TASK if names else _builds.RUN,
            name=" / ".join(names) or "CodePipeline",
            id=line(detail, "execution-id"),
            status=RUNS.get(line(detail, "state"), Status.UNKNOWN),
            project=line(detail, "pipeline"),
            text=prose(detail, "execution-result.external-execution-summary"),
            url=link(detail, "execution-result.external-execution-url"),
            at=bus.at,
            more={"Pipeline": line(detail, "pipeline"), "Region": bus.region, "Account": bus.account},
        )
    )


def _build(bus: Bus) -> Event:
    """A run of CodeBuild."""
    detail, more = bus.detail, bus.detail.get("additional-information")
    version = line(more, "source-version")
    number = line(more, "build-number").removesuffix(".0")
    return _builds.event_of(
        _builds.Build(
            source=bus.source,
            name="CodeBuild",
            number=f"#{number}" if number else "",
            id=line(detail, "build-id"),
            status=RUNS.get(line(detail, "build-status"), Status.UNKNOWN),
            address=line(more, "source.location"),
            project=line(detail, "project-name"),
            sha=version if len(version) == 40 else "",
            actor=line(more, "initiator"),
            url=link(more, "logs.deep-link"),
            at=bus.at,
            more={"Region": bus.region},
        )
    )


READERS: Readers = {
    "CodePipeline Pipeline Execution State Change": _pipeline,
    "CodePipeline Stage Execution State Change": _pipeline,
    "CodePipeline Action Execution State Change": _pipeline,
    "CodeBuild Build State Change": _build,
}
KINDS = _builds.kinds(_builds.RUN, "started", "finished") | _builds.kinds(_builds.TASK, "started", "finished")
