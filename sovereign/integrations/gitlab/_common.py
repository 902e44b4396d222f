"""What every GitLab event has in common: who did something, and where."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link

NO_COMMIT = "0" * 40
"""What GitLab writes for "there is no commit": the side before a creation, and after a deletion."""

ACTORS = ("user.username", "user_username", "user.name", "user_name")
PROJECTS = (
    "project.path_with_namespace",
    "project_path_with_namespace",
    "path_with_namespace",
    "object_attributes.target.path_with_namespace",
)
ADDRESSES = ("project.web_url", "project.homepage", "repository.homepage", "object_attributes.url")
GROUPS = ("group.full_path", "group.group_path", "full_path", "group_path", "path")
_PATH = re.compile(r"https?://[^/]+/(.+?)(?:/-/|/merge_requests/|/issues/|/commit/|\.git$|/?$)")
_NUMBER = re.compile(r"/(?:merge_requests|issues|work_items)/(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    type            `object_kind`, or `event_name` where that is missing
    action          what happened to it, on one line; empty for the types that have none
    actor           user name, or the name of one who has none here; empty where the body names nobody
    place           the project's full path; without one the group's, or GitLab itself
    default_branch  of the project; empty where the body does not say
    """

    body: Payload
    type: str
    action: str
    actor: str
    avatar: str | None
    repo: str | None
    place: str
    default_branch: str

    @classmethod
    def read(cls, type: str, body: Payload) -> Delivery:
        """Raises BadPayload where the body is no object, or does not say in text who it was and where."""
        body.require_object()
        avatar = link(body, "user.avatar_url", "user_avatar")
        repo = line(body, *PROJECTS) or path_of(line(body, *ADDRESSES)) or line(body, "project_name")
        return cls(
            body=body,
            type=type,
            action=line(body, "object_attributes.action", "action"),
            actor=line(body, *ACTORS),
            avatar=avatar if avatar and avatar.startswith("https://") else None,
            repo=repo or None,
            place=repo or line(body, *GROUPS) or "GitLab",
            default_branch=line(body, "project.default_branch"),
        )

    @property
    def attributes(self) -> Payload:
        """The thing that most types are about. Raises BadPayload where it is missing."""
        return self.body.at("object_attributes")

    def event(self, kind: str, did: str) -> Event:
        """What can be said of any event; `did` is what the actor did, as in `pushed to acme/shop main`."""
        return Event(
            source="gitlab",
            kind=kind,
            subject=self.place,
            title=f"{self.actor} {did}" if self.actor else did[:1].upper() + did[1:],
            url=link(self.body, "project.web_url", "project.homepage", "repository.homepage"),
            actor=self.actor or None,
            avatar=self.avatar,
            repo=self.repo,
        )

    def thread(self, name: str) -> str:
        """The conversation of this name: `!42`, `#7`, `@<sha>`, `/deployments/7`."""
        return f"gitlab:{self.place}{name}"

    def on_default(self, branch: str) -> bool:
        return bool(branch) and branch == self.default_branch


def path_of(url: str) -> str:
    """The path of the project that an address belongs to; empty for what is no address."""
    found = _PATH.match(url)
    return found[1] if found else ""


def number_of(thing: Payload) -> str:
    """The number within the project that names a merge request or an issue; BadPayload without one."""
    found = _NUMBER.search(line(thing, "url"))
    number = line(thing, "iid") or (found[1] if found else "")
    if not number.isalnum():
        raise BadPayload("$.iid", "names nothing")
    return number


def labels_of(labels: list[Payload]) -> dict[str, str]:
    """The labels by name; GitLab's labels have no values."""
    return {name: "" for label in labels if (name := line(label, "title", "name"))}


def names_of(people: list[Payload]) -> str:
    """User names, with commas."""
    return ", ".join(name for person in people if (name := line(person, "username", "name")))


Reader = Callable[[Delivery], Event]
"""How one type of event is read. Raises BadPayload where the body has lost what it is about."""

Readers = Mapping[str, Reader]
