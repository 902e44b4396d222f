"""Builds of TeamCity, as the tcWebHooks plugin and as its own webhooks tell them."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.domain.events import Status
from sovereign.integrations._builds import Build, without_origin
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import between, line, link, when, words

BEFORE_THE_END: Mapping[str, Status] = {
    "buildAddedToQueue": Status.QUEUED,
    "BUILD_TYPE_ADDED_TO_QUEUE": Status.QUEUED,
    "buildStarted": Status.RUNNING,
    "BUILD_STARTED": Status.RUNNING,
    "changesLoaded": Status.RUNNING,
    "beforeBuildFinish": Status.RUNNING,
    "buildInterrupted": Status.CANCELLED,
    "BUILD_INTERRUPTED": Status.CANCELLED,
    "buildRemovedFromQueue": Status.CANCELLED,
    "BUILD_TYPE_REMOVED_FROM_QUEUE": Status.CANCELLED,
}
"""Events whose result is that of the build so far, or of none."""
RESULTS: Mapping[str, Status] = {
    "success": Status.SUCCEEDED,
    "failure": Status.FAILED,
    "error": Status.FAILED,
    "running": Status.RUNNING,
    "unknown": Status.CANCELLED,
}
"""TeamCity calls the result of a build that was cancelled unknown."""
DELTAS: Mapping[str, str] = {"fixed": "passed again", "broken": "broke"}


def of_plugin(build: Payload) -> Build:
    event, result = line(build, "notifyType"), line(build, "buildResult").lower()
    status = BEFORE_THE_END.get(event) or RESULTS.get(result, Status.UNKNOWN)
    delta = line(build, "buildResultDelta") if status in (Status.SUCCEEDED, Status.FAILED) else ""
    start, end = when(build, "buildStartTime"), when(build, "buildFinishTime")
    properties = {line(one, "name"): line(one, "value") for one in _properties(build)}
    personal = properties.get("env.BUILD_IS_PERSONAL") == "true"
    who = properties.get("teamcity.build.triggeredBy.username", "") or line(build, "triggeredBy")
    return Build(
        source="teamcity",
        name=line(build, "buildFullName", "buildName"),
        number=line(build, "buildNumber"),
        id=line(build, "buildId"),
        status=status,
        verb=DELTAS.get(delta, ""),
        address=properties.get("vcsroot.url", ""),
        project=line(build, "projectName", "projectId"),
        branch=without_origin(line(build, "branchDisplayName", "branchName", "branch.displayName")),
        sha=properties.get("build.vcs.number", ""),
        default=False if personal else _default(line(build, "branchIsDefault", "branch.isDefault")),
        actor=who,
        text=line(build, "buildStatus") if status is Status.FAILED else "",
        url=link(build, "buildStatusUrl"),
        length=between(start, end),
        at=end or start or when(build, "currentTime"),
        more={"Agent": line(build, "agentName"), "Personal build": "yes" if personal else ""},
    )


def _default(word: str) -> bool | None:
    return {"true": True, "false": False}.get(word)


def _properties(build: Payload) -> list[Payload]:
    """A list in one of the plugin's formats, an object in the other, which has nothing that we need."""
    found = build.get("teamcityProperties")
    return list(found.each()) if found and isinstance(found.raw, list) else []


def of_rest(payload: Payload, event: str) -> Build:
    build = payload.at("payload")
    kind, result = build.get("buildType"), line(build, "status").lower()
    status = BEFORE_THE_END.get(event) or RESULTS.get(result, Status.UNKNOWN)
    names = (line(kind, "projectName"), line(kind, "name"))
    start, end = when(build, "startDate"), when(build, "finishDate")
    return Build(
        source="teamcity",
        name=" :: ".join(filter(None, names)) or line(build, "buildTypeId"),
        number=line(build, "number"),
        id=line(build, "id"),
        status=status,
        verb=""
        if event in BEFORE_THE_END or event == "BUILD_FINISHED"
        else f"reported {words(event).lower()}",
        project=line(kind, "projectName", "projectId") or line(build, "buildTypeId"),
        branch=without_origin(line(build, "branchName")),
        default=_default(line(build, "defaultBranch")),
        actor=line(build, "triggered.user.username", "triggered.user.name"),
        text=line(build, "statusText") if status is Status.FAILED else "",
        url=link(build, "webUrl"),
        length=between(start, end),
        at=end or start or when(build, "queuedDate"),
        more={"Agent": line(build, "agent.name")},
    )
