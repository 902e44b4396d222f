"""What both of Harbor's payload formats say of every event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload, one_line
from sovereign.integrations._reading import line, shown, when

ENDS: Mapping[str, tuple[str, Status]] = {
    "success": ("succeeded", Status.SUCCEEDED),
    "failed": ("failed", Status.FAILED),
    "error": ("failed", Status.FAILED),
    "stopped": ("was stopped", Status.CANCELLED),
}
"""What Harbor writes for how a job ended, in lower case."""
MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """`facts` are what both formats have; `what` names the images, `digest` the first of them."""

    type: str
    facts: Payload
    actor: str
    at: datetime | None
    repo: str
    what: str
    digest: str

    @classmethod
    def read(cls, payload: Payload) -> Delivery:
        facts, actor = payload.get("event_data") or payload.at("data"), line(payload, "operator")
        resources = facts.list_at("resources")
        repo = line(facts, "repository.repo_full_name", "repository.name")
        names = [name for one in resources if (name := _image(one, repo))]
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        return cls(
            type=one_line(payload.at("type").text()),
            facts=facts,
            # A job is started by `auto`, or for a reason such as `MANUAL`; neither is anybody.
            actor="" if actor == "auto" or actor.isupper() else actor,
            at=when(payload, "occur_at", "time"),
            repo=repo,
            what=", ".join(names[:MOST_NAMED]) + more or repo,
            digest=line(resources[0], "digest") if resources else "",
        )

    def event(self, kind: str, title: str, subject: str, status: Status = Status.INFO) -> Event:
        """With the conversation of the image, if it is about one."""
        return Event(
            source="harbor",
            kind=kind,
            subject=subject,
            title=title,
            status=status,
            actor=self.actor or None,
            service=self.repo.rpartition("/")[2] or None,
            fields=shown({"Repository": self.repo, "Digest": self.digest[:19]}),
            occurred_at=self.at,
            conversation=f"harbor:{self.repo}@{self.digest}" if self.repo and self.digest else None,
        )


def ended(word: str) -> tuple[str, Status]:
    return ENDS.get(word.lower(), (f"reported {word or 'no state'}", Status.UNKNOWN))


def _image(resource: Payload, repo: str) -> str:
    tag, digest = line(resource, "tag"), line(resource, "digest")
    if tag and ":" not in tag:
        return f"{repo}:{tag}"
    return f"{repo}@{digest[:19]}" if digest else repo
