"""The six tones: each a colour for the side, an emoji for the title, and a word that says the same."""

from __future__ import annotations

from enum import Enum

from sovereign.domain.events import Severity, Status


class Tone(Enum):
    OK = (0x2E9E5B, "🟢")
    RUNNING = (0x3B82F6, "🔵")
    WARNING = (0xD99A1C, "🟡")
    FAILING = (0xD64545, "🔴")
    MUTED = (0x7A7F87, "⚪")
    PROPOSAL = (0x7C5CD6, "🗳️")

    @property
    def colour(self) -> int:
        return self.value[0]

    @property
    def emoji(self) -> str:
        return self.value[1]


_OF_STATUS = {
    Status.FIRING: Tone.FAILING,
    Status.RESOLVED: Tone.OK,
    Status.OPEN: Tone.RUNNING,
    Status.DRAFT: Tone.MUTED,
    Status.MERGED: Tone.OK,
    Status.CLOSED: Tone.MUTED,
    Status.APPROVED: Tone.OK,
    Status.CHANGES_REQUESTED: Tone.WARNING,
    Status.QUEUED: Tone.RUNNING,
    Status.RUNNING: Tone.RUNNING,
    Status.SUCCEEDED: Tone.OK,
    Status.FAILED: Tone.FAILING,
    Status.CANCELLED: Tone.MUTED,
    Status.SKIPPED: Tone.MUTED,
}

WORDS = {
    Status.FIRING: "Firing",
    Status.RESOLVED: "Resolved",
    Status.OPEN: "Open",
    Status.DRAFT: "Draft",
    Status.MERGED: "Merged",
    Status.CLOSED: "Closed",
    Status.APPROVED: "Approved",
    Status.CHANGES_REQUESTED: "Changes requested",
    Status.QUEUED: "Queued",
    Status.RUNNING: "Running",
    Status.SUCCEEDED: "Succeeded",
    Status.FAILED: "Failed",
    Status.CANCELLED: "Cancelled",
    Status.SKIPPED: "Skipped",
}
"""What each state is called; states that say nothing have no word."""


def of(status: Status, severity: Severity = Severity.INFO) -> Tone:
    """The tone of a state; where the state says too little, that of the severity."""
    if status is Status.OPEN and severity.rank > Severity.LOW.rank:  # a finding, such as a vulnerability
        return Tone.FAILING if severity.rank >= Severity.HIGH.rank else Tone.WARNING
    if status in _OF_STATUS:
        return _OF_STATUS[status]
    if severity in (Severity.CRITICAL, Severity.HIGH):
        return Tone.FAILING
    return Tone.WARNING if severity is Severity.MEDIUM else Tone.MUTED
