"""What happens to an app of Heroku's: releases, builds, dynos, and all else that it has."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, shown, words

RELEASES: Mapping[str, tuple[str, Status, str]] = {
    "pending": ("deployment.started", Status.RUNNING, "{who} is releasing {what}"),
    "succeeded": ("service.deployed", Status.SUCCEEDED, "{who} released {what}"),
    "failed": ("deployment.failed", Status.FAILED, "The release of {what} by {who} failed"),
    "expired": ("deployment.failed", Status.FAILED, "The release of {what} by {who} took too long"),
}
BUILDS: Mapping[str, tuple[str, Status, str]] = {
    "pending": ("build.started", Status.RUNNING, "{who} is building {what}"),
    "succeeded": ("build.finished", Status.SUCCEEDED, "{who} built {what}"),
    "failed": ("build.finished", Status.FAILED, "The build of {what} by {who} failed"),
}
OTHER_RELEASE = (
    "deployment.updated",
    Status.UNKNOWN,
    "Heroku reported an unknown state of the release of {what}",
)
OTHER_BUILD = ("build.finished", Status.UNKNOWN, "Heroku reported an unknown state of the build of {what}")
ACTIONS: Mapping[str, str] = {"create": "added", "update": "changed", "destroy": "removed"}
_ROLLBACK = re.compile(r"Rollback to (v\d+)")


def release(payload: Payload, data: Payload, app: str) -> Event:
    kind, status, did = RELEASES.get(line(data, "status"), OTHER_RELEASE)
    number = line(data, "version")
    what, says = f"{app} v{number}" if number else app, line(data, "description")
    who, back = line(payload, "actor.email") or "Heroku", _ROLLBACK.match(says)
    title = did.format(who=who, what=what) + (f": {says}" if says else "")
    if kind == "service.deployed" and back:
        kind, title = "service.rolledback", f"{who} rolled {app} back to {back[1]}"
    fields = {"Version": f"v{number}" if number else "", "Commit": line(data, "slug.commit")[:7]}
    return Event(
        source="heroku",
        kind=kind,
        subject=what,
        title=title,
        name=says,
        text=line(data, "slug.commit_description"),
        status=status,
        severity=Severity.MEDIUM if status is Status.FAILED else Severity.INFO,
        fields=shown({**fields, "Stack": line(data, "stack.name", "slug.stack.name")}),
        conversation=f"heroku:{app}/releases/{number or line(data, 'id')}",
    )


def build(payload: Payload, data: Payload, app: str) -> Event:
    kind, status, did = BUILDS.get(line(data, "status"), OTHER_BUILD)
    version = line(data, "source_blob.version", "slug.commit")
    who = line(payload, "actor.email") or "Heroku"
    stack = data.get("stack")
    return Event(
        source="heroku",
        kind=kind,
        subject=f"{app} {version[:7]}".strip(),
        title=did.format(who=who, what=f"{app} {version[:7]}".strip()),
        text=line(data, "source_blob.version_description"),
        status=status,
        severity=Severity.MEDIUM if status is Status.FAILED else Severity.INFO,
        fields=shown(
            {
                "Commit": version[:7],
                "Stack": line(data, "stack") if stack and isinstance(stack.raw, str) else "",
            }
        ),
        conversation=f"heroku:{app}/builds/{number}" if (number := line(data, "id")) else None,
    )


def dyno(payload: Payload, data: Payload, app: str) -> Event:
    """A dyno that crashed is news; that others come and go is everyday life. Only crashes are told."""
    state, name = line(data, "state"), line(data, "name") or "a dyno"
    code = line(data, "exit_status")
    crashed = state == "crashed"
    title = f"Dyno {name} of {app} " + ("crashed" if crashed else f"is {state or 'in no known state'}")
    return Event(
        source="heroku",
        kind="incident.reported" if crashed else "dyno.changed",
        subject=f"{app} {name}",
        title=f"{title} with exit status {code}" if crashed and code else title,
        severity=Severity.MEDIUM if crashed else Severity.INFO,
        fields=shown({"Command": line(data, "command"), "Type": line(data, "type"), "Exit status": code}),
    )


def other(payload: Payload, data: Payload, app: str) -> Event:
    """Add-ons, domains, formations, collaborators and the app itself."""
    resource, action = words(line(payload, "resource").replace("-", "_")), line(payload, "action")
    name = line(data, "name", "hostname", "type", "user.email", "addon_service.name")
    did = ACTIONS.get(action, words(action) or "changed")
    who = line(payload, "actor.email") or "Heroku"
    thing = f"the app {app}" if resource == "app" else f"{resource or 'something'} {name} of {app}"
    size = " \N{MULTIPLICATION SIGN} ".join(filter(None, (line(data, "quantity"), line(data, "size"))))
    return Event(
        source="heroku",
        kind="environment.modified",
        subject=app,
        title=" ".join(f"{who} {did} {thing}".split()) + (f" to {size}" if size else ""),
        name=name,
    )


KINDS = frozenset(kind for kind, _, _ in (*RELEASES.values(), *BUILDS.values(), OTHER_RELEASE)) | {
    "service.rolledback",
    "incident.reported",
    "dyno.changed",
    "environment.modified",
}
