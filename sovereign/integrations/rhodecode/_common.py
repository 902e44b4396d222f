"""What every event of RhodeCode has in common: who did something, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, when

NOBODY = "__SYSTEM__"
"""Whom RhodeCode names where no person did it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    body   the event within what was sent
    type   its name, such as `pullrequest-create`
    actor  empty where nobody did it
    repo   with the groups that it is in: `acme/web/shop`
    """

    body: Payload
    type: str
    actor: str
    repo: str | None
    place: str

    @classmethod
    def read(cls, type: str, body: Payload) -> Delivery:
        """Raises BadPayload where the body does not say in text who it was and where."""
        actor, repo = line(body, "actor.username"), line(body, "repo.repo_name")
        return cls(
            body=body,
            type=type,
            actor="" if actor == NOBODY else actor,
            repo=repo or None,
            place=repo or "RhodeCode",
        )

    def event(self, kind: str, did: str) -> Event:
        """What can be said of any event; `did` is what the actor did, as in `created the repository it`."""
        return Event(
            source="rhodecode",
            kind=kind,
            subject=self.place,
            title=f"{self.actor} {did}" if self.actor else did[:1].upper() + did[1:],
            url=link(self.body, "repo.url", "repo.permalink_url"),
            actor=self.actor or None,
            repo=self.repo,
            occurred_at=when(self.body, "utc_timestamp"),
        )

    def thread(self, name: str) -> str:
        """The conversation of this name: `#42`."""
        return f"rhodecode:{self.place}{name}"

    def on_default(self, branch: str) -> bool:
        """Mercurial's main line has one name everywhere; what Git's is called in a repository is not said."""
        return branch == "default" and line(self.body, "repo.repo_type") == "hg"


def place_in_file(comment: Payload, file: str, row: str) -> str:
    """`checkout.py:12`; RhodeCode puts `n` or `o` before the number, for the new or the old side."""
    path, number = line(comment, file), line(comment, row).lstrip("no")
    return f"{path}:{number}" if path and number else path


Reader = Callable[[Delivery], Sequence[Event]]
"""How one type of event is read. Raises BadPayload where the body has lost what it is about."""

Readers = Mapping[str, Reader]
