"""What people should know before they agree to a deployment: what changes, what else happened, what is up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sovereign.core import clock
from sovereign.core.errors import NotAllowed, SovereignError, Unavailable, UserError
from sovereign.domain import configured, drift
from sovereign.domain.deployment import Deployment, State
from sovereign.domain.rollout.steps import COLOUR
from sovereign.domain.rollout.terms import Strategy
from sovereign.services.clearance import freezes_over
from sovereign.services.clusters import Clusters
from sovereign.services.releasing.release import Release
from sovereign.store import deployments, events, incidents
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

RECENTLY = timedelta(hours=1)
MOST_CHANGES, LOOKED_THROUGH = 8, 500
"""Merged changes that are named; events, deployments and incidents that are looked through."""
SHOWN = 3
"""Deployments of elsewhere that are named."""
LONGEST_PAST = timedelta(days=30)
"""Where a place has never been deployed to, changes of so long count."""


async def notes(database: Database, clusters: Clusters, release: Release) -> Mapping[str, object]:
    """JSON for the message: `render/notes` reads it. What cannot be found out is left out, and said."""
    found, last = await database.read(lambda tx: _from_the_store(tx, release))
    return {
        "from_version": release.from_version,
        "compare": release.compare,
        "dry_run": await _dry_run(clusters, release),
        "colours_first": await _colours_first(clusters, release),
        "configuration": await _configuration(clusters, release, last) if last else [],
        **found,
    }


def _from_the_store(tx: Connection, release: Release) -> tuple[dict[str, object], Deployment | None]:
    """What it tells, and the last deployment that succeeded there."""
    at, place = clock.now(), release.place
    past = deployments.newest(tx, LOOKED_THROUGH, service=place.service, environment=place.environment)
    last = next((one for one in past if one.state is State.SUCCEEDED), None)
    open_now = incidents.unresolved(tx, LOOKED_THROUGH)
    recent = [
        one
        for one in deployments.since(tx, at - RECENTLY, LOOKED_THROUGH)
        if (one.place.service, one.place.environment) != (place.service, place.environment)
    ]
    recent.sort(key=lambda one: (one.place.environment != place.environment, -one.id))
    found: dict[str, object] = {
        "changes": _merged(tx, release, last, at),
        "recent": [f"{one.subject} by {one.by.name}: {one.state.words}" for one in recent[:SHOWN]],
        "recent_more": len(recent[SHOWN:]),
        "incidents": [
            f"{one.id}: {one.title}"
            for one in open_now
            if one.service == place.service and one.environment in (None, place.environment)
        ][:3],
        "frozen": [one.words for one in freezes_over(tx, place.service, place.environment, at)],
    }
    return found, last


def _merged(
    tx: Connection, release: Release, last: Deployment | None, at: datetime
) -> Sequence[Mapping[str, object]]:
    """Changes of the service's repository that were merged since it was last deployed there, newest first."""
    since = last.started_at if last else at - LONGEST_PAST
    found = events.flow(tx, "change.merged", since, LOOKED_THROUGH)
    mine = [one for one in found if _is_of(one, release)]
    return [
        {"title": one.get("name") or one.get("title"), "by": one.get("actor"), "url": one.get("url")}
        for one in reversed(mine)
    ][:MOST_CHANGES]


def _is_of(event: Mapping[str, object], release: Release) -> bool:
    repo = str(event.get("repo") or "")
    service = release.place.service
    return event.get("service") == service or repo.rpartition("/")[2] == service or repo == release.repo


async def _configuration(clusters: Clusters, release: Release, last: Deployment) -> Sequence[str]:
    """What is otherwise than the last deployment found it configured, or left it running: a line for each.

    The cluster keeps the templates of before; what it has forgotten, or does not tell, is not guessed.
    """
    found = [*configured.differences(last.configured, release.configured)]
    if last.left is None:
        return found
    if last.left.replicas != release.workload.desired:
        found.append(f"replicas: {last.left.replicas} → {release.workload.desired}")
    try:
        known = await clusters.of(release.place).revisions(release.workload, as_who=release.as_who)
    except (Unavailable, UserError):
        return found
    for revision in known:
        if revision.hash == last.left.template:
            found += drift.differences(revision.template, release.workload.template)
    return found


async def _dry_run(clusters: Clusters, release: Release) -> str:
    """`ok`, or what the cluster says to the change."""
    place = release.place
    container = place.main_container(release.workload.images)
    try:
        await clusters.of(place).set_image(
            place.namespace,
            place.deployment,
            {container: release.pinned},
            dry_run=True,
            as_who=release.as_who,
        )
    except NotAllowed:  # who proposes need not be who may deploy
        return "ok"
    except UserError as refused:
        return refused.public
    except Unavailable as silent:
        return str(silent)
    return "ok"


async def _colours_first(clusters: Clusters, release: Release) -> bool:
    """Whether a first blue-green deployment has to replace the pods once, so that they carry a colour."""
    if release.terms.strategy is not Strategy.BLUE_GREEN:
        return False
    place = release.place
    try:
        entry = await clusters.of(place).entry(place.namespace, place.service, as_who=release.as_who)
    except SovereignError:
        return False
    return COLOUR not in entry.selector
