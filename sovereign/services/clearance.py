"""Whether a place may be changed now: no freeze covers it, and no other change is under way there.

One rule for whatever changes what runs: deployments, `/scale`, `/restart`, `/rollback`, steps of playbooks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sovereign.core.errors import InvalidTransition
from sovereign.domain.deployment import occupied
from sovereign.domain.estate import Place
from sovereign.domain.freeze import Freeze, standstill
from sovereign.domain.operation import Kind, gives_way, under_way
from sovereign.services.thawing import Ways
from sovereign.store import deployments, freezes, operations, playbook_runs
from sovereign.store.sqlite import Connection


def require_clear(
    tx: Connection,
    place: Place,
    at: datetime,
    ways: Ways,
    *,
    override: bool,
    kind: Kind | None = None,
    run_id: int = 0,
) -> None:
    """`override` goes through freezes, for who may; nothing goes past what is under way. `ways` says what can
    be done about a freeze; `kind` is the operation that is wanted, None a deployment; `run_id` the run of a
    playbook that it is a step of.

    Raises InvalidTransition, which says who holds the place, and what to do.
    """
    if not override:
        require_thawed(tx, place, at, ways)
    if other := deployments.under_way(tx, place.service, place.environment):
        raise InvalidTransition(occupied(other))
    for running in operations.running(tx):
        if _same(running.wanted.place, place) and not gives_way(running, kind):
            raise InvalidTransition(f"{under_way(running)}. One at a time: wait for it.")
    for run in playbook_runs.running(tx):
        if run.id != run_id and run.changes(place.service, place.environment) and kind is not Kind.ROLLBACK:
            raise InvalidTransition(
                f"{run.actor.name} runs the playbook {run.playbook} in {run.environment} just now, with the"
                f" step {run.step.title}. One at a time: wait for it."
            )


def _same(one: Place, other: Place) -> bool:
    """A service that was moved to another cluster since is another place."""
    return (one.service, one.environment, one.cluster) == (other.service, other.environment, other.cluster)


def require_thawed(tx: Connection, place: Place, at: datetime, ways: Ways) -> None:
    """Raises InvalidTransition, which says who froze it and why, and by `ways` what to do."""
    if holding := freezes_over(tx, place.service, place.environment, at):
        raise InvalidTransition(f"{standstill(holding)} {ways(holding)}")


def freezes_over(tx: Connection, service: str, environment: str, at: datetime) -> Sequence[Freeze]:
    """Those that hold there now, oldest first."""
    return [one for one in freezes.standing(tx, at) if one.holds(service, environment, at)]
