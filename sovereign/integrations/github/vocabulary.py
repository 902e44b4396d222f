"""Every type of event that GitHub sends, every kind that comes of it, and which kinds are noise to a team."""

from __future__ import annotations

from sovereign.integrations.github import (
    advisories,
    apps,
    boards,
    changes,
    checks,
    deployments,
    members,
    pushes,
    releases,
    repositories,
    reviews,
    security,
    tickets,
    workflows,
)
from sovereign.integrations.github._common import Reader, Readers

_PARTS: tuple[tuple[Readers, frozenset[str]], ...] = tuple(
    (part.READERS, part.KINDS)
    for part in (
        advisories,
        apps,
        boards,
        changes,
        checks,
        deployments,
        members,
        pushes,
        releases,
        repositories,
        reviews,
        security,
        tickets,
        workflows,
    )
)
READERS: dict[str, Reader] = {type: reader for readers, _ in _PARTS for type, reader in readers.items()}
KINDS: frozenset[str] = frozenset(kind for _, kinds in _PARTS for kind in kinds)

QUIET = frozenset(
    {
        # small notes on something whose head message follows them anyway
        "change.annotated",
        "ticket.annotated",
        "discussion.annotated",
        "comment.updated",
        "review.submitted",
        "release.updated",
        # work that has not begun, or that only says that it goes on
        "pipelinerun.queued",
        "pipelinerun.started",
        "taskrun.queued",
        "taskrun.started",
        "taskrun.action_requested",
        "mergequeue.entered",
        "mergequeue.left",
        "mergequeue.pushed",
        "deployment.queued",
        "deployment.retired",
        "dispatch.requested",
        # what another event tells better
        "ref.created",
        "ref.deleted",
        # what nobody has to act on
        "advisory.published",
        "advisory.updated",
        "artifact.updated",
        "label.changed",
        "page.built",
        "ping.received",
        "project.item_changed",
        "repository.forked",
        "repository.starred",
        "vulnerability.scanned",
    }
)
