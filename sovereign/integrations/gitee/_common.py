"""What every event of Gitee has in common: who did something, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, when, words

ACTORS = ("sender.login", "sender.username", "updated_by.login", "user.username", "user_name", "author.login")
REPOSITORIES = ("repository", "project")
"""Where the repository is described; newer bodies have it twice."""
PATHS = tuple(f"{key}.{name}" for name in ("path_with_namespace", "full_name") for key in REPOSITORIES)
"""The full name may be one for people, `Acme Ltd/The Shop`; the path is what addresses have."""

Actions = Mapping[str, tuple[str, str]]
"""Action → last word of the kind, and what the actor did; `{it}` stands for `PR #42 in acme/shop`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    type            `push`, `tag_push`, `issue`, `merge_request` or `note`, or what was added since
    action          what happened to it; empty for the types that have none
    actor           user name; empty where the body names nobody
    default_branch  of the repository; empty where the body does not say
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
        avatar = link(body, "sender.avatar_url")
        repo = line(body, *PATHS)
        return cls(
            body=body,
            type=type,
            action=line(body, "action").lower(),
            actor=line(body, *ACTORS),
            avatar=avatar if avatar and avatar.startswith("https://") else None,
            repo=repo or None,
            place=repo or line(body, "enterprise.name") or "Gitee",
            default_branch=line(body, *(f"{key}.default_branch" for key in REPOSITORIES)),
        )

    def event(self, kind: str, did: str) -> Event:
        """What can be said of any event; `did` is what the actor did, as in `pushed to acme/shop main`."""
        return Event(
            source="gitee",
            kind=kind,
            subject=self.place,
            title=f"{self.actor} {did}" if self.actor else did[:1].upper() + did[1:],
            url=link(self.body, *(f"{key}.html_url" for key in REPOSITORIES)),
            actor=self.actor or None,
            avatar=self.avatar,
            repo=self.repo,
        )

    def thread(self, name: str) -> str:
        """The conversation of this name: `#42`, `/issues/I5AB2C`, `@<sha>`."""
        return f"gitee:{self.place}{name}"

    def on_default(self, branch: str) -> bool:
        return bool(branch) and branch == self.default_branch


def number_of(thing: Payload) -> str:
    """What names a pull request or an issue, whose numbers have letters; BadPayload without one."""
    number = line(thing, "number", "iid")
    if not number.isalnum():
        raise BadPayload(f"{thing.path}.number", "names nothing")
    return number


def told(delivery: Delivery, template: str, it: str) -> str:
    """What the actor did to `it`, with the one whom it was given to filled in."""
    whom = line(delivery.body, "target_user.login", "target_user.username", "issue.assignee.login")
    return template.format(
        it=it,
        whom=whom or "somebody",
        to=f" to {whom}" if whom else "",
        did=words(delivery.action) or "changed",
    )


def about(delivery: Delivery, thing: Payload, kind: str, did: str) -> Event:
    """What every event about a pull request or an issue says; names of its own are for the caller to set."""
    event = delivery.event(kind, did)
    return replace(
        event,
        name=line(thing, "title"),
        url=link(thing, "html_url") or event.url,
        labels={name: "" for label in thing.list_at("labels") if (name := line(label, "name"))},
        occurred_at=when(thing, "updated_at", "created_at") or when(delivery.body, "timestamp"),
    )


def names_of(people: list[Payload]) -> str:
    """User names, with commas."""
    return ", ".join(name for person in people if (name := line(person, "login", "username", "name")))


Reader = Callable[[Delivery], Event]
"""How one type of event is read. Raises BadPayload where the body has lost what it is about."""

Readers = Mapping[str, Reader]
