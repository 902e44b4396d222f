"""What is shown of services, in values that a message of the outbox can hold: facts, never looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import cast

from sovereign.core.clock import micros
from sovereign.domain.deployment import Deployment
from sovereign.domain.freeze import Freeze, lasting
from sovereign.domain.health import Health, Standing
from sovereign.services.operations.statuses import Board, ServiceStatus

SHOWN_PODS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A freeze; no `until` (microseconds since 1970): until somebody lifts it."""

    scope: str
    by: str
    reason: str
    until: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """A deployment that has not ended; `since` is when its phase began, `back_until` how long the old set of
    a blue-green deployment is kept, both in microseconds since 1970."""

    from_version: str
    version: str
    strategy: str
    phase: str
    by: str
    since: int
    back_until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A service on the board. `frozen` is the freeze that holds the longest."""

    service: str
    environment: str
    health: str
    ready: int
    desired: int
    image: str
    why: str
    frozen: Frozen | None = None
    deploying: UnderWay | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFacts:
    """
    sick         (pod, what is wrong with it)
    deployments  (moment, title, address)
    incidents    (number, title, channel id, message id)
    at, since    microseconds since 1970
    until        of a message that is kept up to date; None for one that is not, or no longer
    more_freezes beside that of the row
    followed_at  (channel id, message id) of what is under way
    """

    row: Row
    updated: int
    revision: int | None
    restarts: int
    cluster: str
    namespace: str
    deployment: str
    repo_url: str | None
    event: str
    sick: Sequence[tuple[str, str]]
    more_sick: int
    deployments: Sequence[tuple[int, str, str | None]]
    incidents: Sequence[tuple[int, str, int | None, int | None]]
    at: int
    since: int | None
    until: int | None = None
    more_freezes: int = 0
    followed_at: Sequence[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFacts:
    """`counts` are (health, number), the worst first."""

    rows: Sequence[Row]
    counts: Sequence[tuple[str, int]]
    page: int
    pages: int
    environment: str | None
    at: int
    until: int | None = None
    freezes: Sequence[Frozen] = ()


def of_status(status: ServiceStatus, until: int | None = None) -> StatusFacts:
    found = status.standing
    workload, place = found.workload, found.place
    return StatusFacts(
        row=row(found),
        updated=workload.updated if workload else 0,
        revision=workload.revision if workload else None,
        restarts=sum(pod.restarts for pod in found.pods),
        cluster=place.cluster,
        namespace=place.namespace,
        deployment=place.deployment,
        repo_url=status.repo_url,
        event=status.event,
        sick=tuple((one.pod, f"{one.trouble}: {one.words}") for one in found.complaints[:SHOWN_PODS]),
        more_sick=max(0, len(found.complaints) - SHOWN_PODS),
        deployments=tuple((micros(one.at), one.title, one.url) for one in status.deployments),
        incidents=tuple((one.id, one.title, one.channel_id, one.message_id) for one in status.incidents),
        at=micros(status.at),
        since=micros(status.since) if status.since else None,
        until=until,
        more_freezes=max(0, len(found.freezes) - 1),
        followed_at=status.followed_at,
    )


def of_board(board: Board, until: int | None = None) -> BoardFacts:
    return BoardFacts(
        rows=tuple(row(one) for one in board.standings),
        counts=tuple((health.value, count) for health, count in board.counts.items()),
        page=board.page,
        pages=board.pages,
        environment=board.environment,
        at=micros(board.at),
        until=until,
        freezes=tuple(_frozen(one) for one in board.freezes),
    )


def row(found: Standing) -> Row:
    workload, place = found.workload, found.place
    return Row(
        service=place.service,
        environment=place.environment,
        health=found.health.value,
        ready=workload.ready if workload else 0,
        desired=workload.desired if workload else 0,
        image=found.image,
        why=found.why,
        frozen=_frozen(held) if (held := lasting(found.freezes)) else None,
        deploying=_under_way(found.deployment) if found.deployment else None,
    )


def _frozen(freeze: Freeze) -> Frozen:
    until = micros(freeze.until) if freeze.until else None
    return Frozen(scope=freeze.scope, by=freeze.by, reason=freeze.reason, until=until)


def _under_way(deployment: Deployment) -> UnderWay:
    return UnderWay(
        from_version=deployment.from_version,
        version=deployment.version,
        strategy=deployment.strategy.value,
        phase=deployment.phase.value,
        by=deployment.by.name,
        since=micros(deployment.phase_at),
        back_until=micros(deployment.phase_at + deployment.terms.keep_old),
    )


def as_json(facts: StatusFacts | BoardFacts) -> dict[str, object]:
    return asdict(facts)


def status_from(raw: Mapping[str, object]) -> StatusFacts:
    """What `as_json` made, after a way through JSON."""
    given = dict(raw)
    given["row"] = _row_from(given["row"])
    return StatusFacts(**given)  # type: ignore[arg-type]  # every field was written by asdict


def board_from(raw: Mapping[str, object]) -> BoardFacts:
    given = dict(raw)
    given["rows"] = [_row_from(one) for one in cast(Sequence[object], given["rows"])]
    frozen = cast(Sequence[dict[str, object]], given.get("freezes", ()))  # not in messages of before
    given["freezes"] = tuple(Frozen(**one) for one in frozen)  # type: ignore[arg-type]
    return BoardFacts(**given)  # type: ignore[arg-type]


def _row_from(raw: object) -> Row:
    given = dict(cast(Mapping[str, object], raw))
    if frozen := given.get("frozen"):
        given["frozen"] = Frozen(**cast(dict[str, object], frozen))  # type: ignore[arg-type]
    if deploying := given.get("deploying"):
        given["deploying"] = UnderWay(**cast(dict[str, object], deploying))  # type: ignore[arg-type]
    return Row(**given)  # type: ignore[arg-type]


def worst(board: BoardFacts) -> Health | None:
    """Of all pages; None where there is nothing."""
    return Health(board.counts[0][0]) if board.counts else None
