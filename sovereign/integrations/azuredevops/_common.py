"""What every event of Azure DevOps has in common: what it is about, and where."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from urllib.parse import unquote

from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, when

PROJECTS = (
    "repository.project.name",
    "pullRequest.repository.project.name",
    "project.name",
    "definition.project.name",
)
REPOSITORIES = ("repository.name", "pullRequest.repository.name")
_USER = re.compile(r"^(https?://)[^/@]+@")
_GIT = re.compile(r"https?://[^?#]*?/([^/?#]+)/_git/([^/?#]+)")
_BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_ADDRESS = re.compile(r"\s*<[^<>]*>$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    type     `eventType`
    thing    `resource`, which all types have
    project  its name; empty where the body has no more than its number
    repo     `project/repository`
    place    the repository; without one the project, or Azure DevOps itself
    said     what Azure DevOps itself says happened, without addresses
    """

    body: Payload
    thing: Payload
    type: str
    project: str
    repo: str | None
    place: str
    said: str
    at: datetime | None

    @classmethod
    def read(cls, type: str, body: Payload) -> Delivery:
        """Raises BadPayload where the body has no resource, or does not say in text where it was."""
        thing = body.at("resource")
        thing.require_object()
        project, name = line(thing, *PROJECTS), line(thing, *REPOSITORIES)
        found = None if name else _git_of(thing)
        if found:
            project, name = project or found[0], found[1]
        repo = f"{project}/{name}" if project and name else name
        said = prose(body, "message.text").partition("\n")[0]
        return cls(
            body=body,
            thing=thing,
            type=type,
            project=project,
            repo=repo or None,
            place=repo or project or "Azure DevOps",
            said=" ".join(said.split()),
            at=when(body, "createdDate"),
        )

    def event(self, kind: str, did: str, who: Payload | None = None) -> Event:
        """What can be said of any event; `did` is what `who` did, as in `pushed to acme/shop main`."""
        actor = name_of(who)
        avatar = link(who, "imageUrl", "_links.avatar.href")
        return Event(
            source="azuredevops",
            kind=kind,
            subject=self.place,
            title=f"{actor} {did}" if actor else did[:1].upper() + did[1:],
            url=link(self.thing, "_links.web.href", "_links.html.href"),
            actor=actor or None,
            avatar=avatar if avatar and avatar.startswith("https://") else None,
            repo=self.repo,
            occurred_at=self.at,
        )

    def thread(self, name: str) -> str:
        """The conversation of this name: `#42`, `@<sha>`, `/runs/7`."""
        return f"azuredevops:{self.place}{name}"

    def in_project(self, name: str) -> str:
        """A name that holds in the whole project, of which runs often give no more than the number."""
        number = line(self.body, "resourceContainers.project.id")
        return f"azuredevops:{number or self.project}{name}"


def name_of(person: Payload | None) -> str:
    """`Ada` of an identity; older bodies write it as `Ada <ada@example.com>`."""
    if person is None:
        return ""
    if isinstance(person.raw, str):
        return _ADDRESS.sub("", " ".join(person.text().split()))
    return line(person, "displayName", "name", "uniqueName")


def names_of(people: list[Payload]) -> str:
    return ", ".join(name for person in people if (name := name_of(person)))


def page_of(repository: Payload | None) -> str | None:
    """The page of a repository, without the user name that its address for git may have."""
    found = link(repository, "webUrl", "remoteUrl")
    return _USER.sub(r"\1", found).rstrip("/") if found else None


def plain(text: str) -> str:
    """Work items are written in HTML; nobody sees its tags."""
    lines = unescape(_TAG.sub("", _BREAK.sub("\n", text))).split("\n")
    return "\n".join(found for one in lines if (found := " ".join(one.split())))


def branch_of(ref: str) -> str:
    return ref.removeprefix("refs/heads/")


def _git_of(thing: Payload) -> tuple[str, str] | None:
    """Project and repository out of the address of the first repository that a run names."""
    repositories = thing.get("repositories")
    for one in repositories.each() if repositories else ():
        if found := _GIT.match(line(one, "url")):
            return unquote(found[1]), unquote(found[2])
    return None


Reader = Callable[[Delivery], Sequence[Event]]
"""How one type of event is read. Raises BadPayload where the body has lost what it is about."""

Readers = Mapping[str, Reader]
