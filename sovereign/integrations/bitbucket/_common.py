"""What every event of Bitbucket Cloud has in common: who did something, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link

NAMES = ("nickname", "username", "display_name")
"""What people are called, in the order of preference; since 2019 `username` is there for teams alone."""

HASH = 12
"""Characters of a commit that every body has: pull requests give no more of it than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    type            the event key, such as `pullrequest:created`
    actor           empty where the body names nobody
    default_branch  of the repository; empty where the body does not say
    """

    body: Payload
    type: str
    actor: str
    avatar: str | None
    repo: str | None
    place: str
    default_branch: str

    @classmethod
    def read(cls, type: str, body: Payload) -> Delivery:
        """Raises BadPayload where the body is no object, or does not say in text who it was and where."""
        body.require_object()
        avatar = link(body, "actor.links.avatar.href")
        repo = line(body, "repository.full_name") or line(body, "repository.name")
        return cls(
            body=body,
            type=type,
            actor=name_of(body.get("actor")),
            avatar=avatar if avatar and avatar.startswith("https://") else None,
            repo=repo or None,
            place=repo or line(body, "project.name", "project.key", "workspace.slug") or "Bitbucket",
            default_branch=line(body, "repository.mainbranch.name"),
        )

    def event(self, kind: str, did: str) -> Event:
        """What can be said of any event; `did` is what the actor did, as in `forked acme/shop`."""
        return Event(
            source="bitbucket",
            kind=kind,
            subject=self.place,
            title=f"{self.actor} {did}" if self.actor else did[:1].upper() + did[1:],
            url=link(self.body, "repository.links.html.href"),
            actor=self.actor or None,
            avatar=self.avatar,
            repo=self.repo,
        )

    def thread(self, name: str) -> str:
        """The conversation of this name: `#42`, `/issues/7`."""
        return f"bitbucket:{self.place}{name}"

    def on_default(self, branch: str) -> bool:
        return bool(branch) and branch == self.default_branch


def name_of(person: Payload | None) -> str:
    return line(person, *NAMES)


def names_of(people: list[Payload]) -> str:
    """What people are called, with commas."""
    return ", ".join(name for person in people if (name := name_of(person)))


def commit_thread(place: str, sha: str) -> str:
    """The name under which what runs on a commit looks for the pull request that has it."""
    return f"bitbucket:{place}@{sha[:HASH]}"


Reader = Callable[[Delivery], Sequence[Event]]
"""How one type of event is read. Raises BadPayload where the body has lost what it is about."""

Readers = Mapping[str, Reader]
