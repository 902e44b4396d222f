"""Deploys that somebody has told Honeybadger of."""

from __future__ import annotations

import re

from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, shown, when

_REPO = re.compile(r"[:/](?P<repo>[^/:\s]+/[^/:\s]+?)(?:\.git)?/?$")
LONGEST_ADDRESS = 300


def deployed(payload: Payload, project: str) -> Event:
    found = payload.at("deploy")
    who = line(found, "local_username", "user.name") or line(payload, "actor.name")
    revision, environment = line(found, "revision")[:12], line(found, "environment")
    repo = _REPO.search(line(found, "repository")[:LONGEST_ADDRESS])
    what = project or (repo["repo"] if repo else "") or "a project"
    version = f" {revision}" if revision else ""
    return Event(
        source="honeybadger",
        kind="service.deployed",
        subject=f"{what}@{revision}",
        title=f"{who or 'Somebody'} deployed {what}{version} to {environment or 'an environment'}",
        status=Status.SUCCEEDED,
        url=link(found, "url", "links.web"),
        actor=who or None,
        service=project or None,
        environment=environment or None,
        repo=repo["repo"] if repo else None,
        fields=shown({"Revision": revision}),
        occurred_at=when(found, "created_at"),
    )
