"""An event: one normalised fact that one source reported. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sovereign.core.records import quick


class Severity(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"
    UNKNOWN = "unknown"

    @property
    def rank(self) -> int:
        """Higher is worse. Unknown ranks with high: what nobody graded must not pass unseen."""
        return _RANK[self]


_RANK = {
    Severity.INFO: 0,
    Severity.LOW: 1,
    Severity.MEDIUM: 2,
    Severity.HIGH: 3,
    Severity.UNKNOWN: 3,
    Severity.CRITICAL: 4,
}


class Status(StrEnum):
    """What state the event says its subject is in. A sender's word that we do not know is `unknown`."""

    # alerts
    FIRING = "firing"
    RESOLVED = "resolved"
    # changes and tickets
    OPEN = "open"
    DRAFT = "draft"
    MERGED = "merged"
    CLOSED = "closed"
    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"
    # runs, checks and deployments
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    # everything else
    INFO = "info"
    UNKNOWN = "unknown"


OUR_KINDS = frozenset({"delivery.unparsed", "delivery.quarantined"})
"""Kinds of the events that we make ourselves where a delivery cannot be read."""
FINISHED = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED, Status.SKIPPED})
"""A run, check or deployment in one of these will not move again."""


@quick
@dataclass(frozen=True, kw_only=True)
class Event:
    """What a source's `parse` returns. Texts are as the sender wrote them: `render/` escapes and cuts.

    kind          CDEvents vocabulary where it has a word (`change.merged`, `incident.detected`), else ours
    subject       short name of the thing: `acme/shop#42`, `PodCrashLooping`
    name          the thing's own title, where it has one: the title of the pull request
    title         one line: who did what where
    text          longer words of the sender, markdown or plain
    repo          `owner/name`
    branch        without `refs/heads/`
    reviewer      whose verdict a review is about, where that is not the actor's own
    check         name of the check that this event reports on; one line is kept for each
    runs          names of the run that the check is a part of, or is: checks of one run share one of them
    fields        (name, value) pairs worth showing on the head message, most important first
    occurred_at   aware; None where the sender does not say, then the arrival counts
    began_at      when what the event says is over began, where the sender tells that along with the end
    fingerprint   the same problem: equal for an alert's firing and its resolve
    conversation  the same thread, in the words of the source: `github:acme/shop#42`
    channel       where the sender asks for it to be told; only channels of the configuration count
    aliases       other names under which later events may look for this conversation (a head SHA)
    """

    source: str
    kind: str
    subject: str
    title: str
    status: Status = Status.INFO
    severity: Severity = Severity.INFO
    name: str = ""
    text: str = ""
    url: str | None = None
    actor: str | None = None
    avatar: str | None = None
    service: str | None = None
    environment: str | None = None
    repo: str | None = None
    branch: str | None = None
    on_default_branch: bool = False
    reviewer: str | None = None
    check: str | None = None
    runs: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[tuple[str, str], ...] = ()
    occurred_at: datetime | None = None
    began_at: datetime | None = None
    fingerprint: str | None = None
    conversation: str | None = None
    channel: str | None = None
    aliases: tuple[str, ...] = ()
