"""What is shown of services, in values that a message of the outbox can hold: facts, never looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import cast

from sovereign.core.clock import micros
from sovereign.domain.health import Health, Standing
from sovereign.services.operations.statuses import Board, ServiceStatus

SHOWN_PODS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A service on the board."""

    service: str
    environment: str
    health: str
    ready: int
    desired: int
    image: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFacts:
    """
    sick         (pod, what is wrong with it)
    deployments  (moment, title, address)
    incidents    (number, title, channel id, message id)
    at, since    microseconds since 1970
    until        of a message that is kept up to date; None for one that is not, or no longer
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
    )


def as_json(facts: StatusFacts | BoardFacts) -> dict[str, object]:
    return asdict(facts)


def status_from(raw: Mapping[str, object]) -> StatusFacts:
    """What `as_json` made, after a way through JSON."""
    given = dict(raw)
    given["row"] = Row(**cast(dict[str, object], given["row"]))  # type: ignore[arg-type]
    return StatusFacts(**given)  # type: ignore[arg-type]  # every field was written by asdict


def board_from(raw: Mapping[str, object]) -> BoardFacts:
    given = dict(raw)
    given["rows"] = [Row(**one) for one in cast(Sequence[dict[str, object]], given["rows"])]  # type: ignore[arg-type]
    return BoardFacts(**given)  # type: ignore[arg-type]


def worst(board: BoardFacts) -> Health | None:
    """Of all pages; None where there is nothing."""
    return Health(board.counts[0][0]) if board.counts else None
