"""What each piece of work leaves behind: one line in the log, with everything on it, and its counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Self

import structlog
from prometheus_client import Counter
from structlog.typing import FilteringBoundLogger

from sovereign.core import clock, metrics
from sovereign.core.errors import RejectedDelivery, Unavailable
from sovereign.domain.events import OUR_KINDS
from sovereign.integrations._source import all_sources
from sovereign.services.reading import Read
from sovereign.store.errands import Errand
from sovereign.store.forwarding import Letter

log = structlog.get_logger()

FEW = 5
"""Kinds that a line names; of more it says how many there are."""


class Arrival:
    """A request to a hook, until it is answered; one that is not taken failed.

    `proof` is its verdict if all goes well, `size` in bytes, None while the body is not read. An accepted
    one gets its line from the pipeline, when more is known of it.
    """

    __slots__ = ("began", "endpoint", "problem", "proof", "read_at", "size", "source", "verdict")

    def __init__(self, endpoint: str, source: str, *, authenticated: bool) -> None:
        self.endpoint, self.source = endpoint, source
        self.proof = "verified" if authenticated else "unauthenticated"
        self.verdict, self.problem = "failed", ""
        self.size: int | None = None
        self.began = self.read_at = clock.monotonic()

    def has_read(self, size: int) -> None:
        self.size, self.read_at = size, clock.monotonic()

    def taken(self, *, fresh: bool) -> None:
        """It is kept, or was before."""
        self.verdict = self.proof if fresh else "repeat"

    def greeted(self) -> None:
        """It was no delivery, but a handshake before one."""
        self.verdict = "handshake"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, RejectedDelivery):
            self.verdict, self.problem = error.reason, error.public
        elif isinstance(error, Unavailable):
            self.verdict, self.problem = "unavailable", str(error)
        now = clock.monotonic()
        _count(self.source, self.verdict).inc()
        if self.size is not None:
            metrics.accept_seconds.observe(now - self.read_at)
        if self.verdict != self.proof:
            self._tell(now - self.began)

    def _tell(self, seconds: float) -> None:
        facts = {
            "endpoint": self.endpoint,
            "source": self.source,
            "verdict": self.verdict,
            "bytes": self.size,
        }
        if self.verdict in ("repeat", "handshake"):
            log.info("delivery", **facts, took_ms=_ms(seconds))
        else:
            log.warning("delivery", **facts, problem=self.problem or None, took_ms=_ms(seconds))


def arrival(endpoint: str = "(unknown)", source: str = "unknown", *, authenticated: bool = True) -> Arrival:
    """Accounts for the request that is answered while it is entered."""
    return Arrival(endpoint, source, authenticated=authenticated)


@cache
def _count(source: str, verdict: str) -> Counter:
    """Looked up once: there are as many as sources and verdicts."""
    return metrics.deliveries.labels(source, verdict)


@cache
def _counted(source: str, kind: str) -> Counter:
    return metrics.events.labels(source, kind)


def worked_off(batch: Sequence[Read]) -> None:
    """Account for deliveries that are worked off and on the disk."""
    now, logger = clock.now(), log.bind()  # made once: for each line it would cost a third of the line
    for read in batch:
        _worked_off(read, now, logger)


def _worked_off(read: Read, now: datetime, logger: FilteringBoundLogger) -> None:
    delivery, seconds = read.delivery, read.seconds
    lag = (now - (delivery.replayed_at or delivery.received_at)).total_seconds()
    metrics.pipeline_lag_seconds.observe(max(0.0, lag))
    for event in read.events:
        _counted(delivery.source, _bounded(event.kind)).inc()
    facts: dict[str, object] = {
        "delivery": delivery.id,
        "trace": delivery.trace,
        "endpoint": delivery.endpoint,
        "source": delivery.source,
        "verdict": delivery.verdict,
        "state": read.state,
        "events": len(read.events),
        "kinds": _few(sorted({event.kind for event in read.events})),
        "channels": sorted(read.channels),
        "bytes": len(delivery.body),
        "waited_ms": _ms(max(0.0, lag - seconds)),
        "took_ms": _ms(seconds),
    }
    if delivery.replayed_by is not None:
        facts["replayed_by"] = delivery.replayed_by
    if read.state == "ingested":
        logger.info("delivery", **facts)
        return
    metrics.deliveries_unreadable.labels(delivery.source, read.state).inc()
    if read.state == "quarantined":  # by a mistake of ours, and the problem is its traceback
        logger.error("delivery", **facts, exception=read.problem)
    else:
        logger.warning("delivery", **facts, problem=read.problem)


def carried(errand: Errand, outcome: str, began: float, *, problem: object = None, **more: object) -> None:
    """Account for an attempt of the outbox that `began` then: done, postponed, failed or quarantined.

    What is quarantined has the exception for its problem.
    """
    metrics.outbox_errands.labels(errand.op, outcome).inc()
    facts: dict[str, object] = {
        "op": errand.op,
        "ref": errand.ref,
        "channel": errand.channel,
        "outcome": outcome,
        "attempts": errand.attempts,
        "took_ms": _ms(clock.monotonic() - began),
        **more,
    }
    if outcome == "done":
        log.info("errand", **facts)
    elif outcome == "postponed":
        log.warning("errand", **facts, problem=str(problem))
    elif isinstance(problem, Exception) and outcome == "quarantined":
        log.error("errand", **facts, exc_info=problem)
    else:
        log.error("errand", **facts, problem=str(problem))


def forwarded(letter: Letter, outcome: str, began: float, **more: object) -> None:
    """Account for an attempt that `began` then to send an event out: done, postponed, dead or quarantined."""
    metrics.forward_attempts.labels(letter.target, outcome).inc()
    facts = {
        "target": letter.target,
        "id": letter.event_id,
        "outcome": outcome,
        "attempts": letter.attempts + 1,
        "took_ms": _ms(clock.monotonic() - began),
        **more,
    }
    if outcome == "done":
        log.info("forward", **facts)
    elif outcome == "quarantined":
        log.error("forward", **facts)
    else:
        log.warning("forward", **facts)


@contextmanager
def command(
    name: str, *, member: int, guild: int | None, extras: Mapping[str, object], quiet: bool = False
) -> Iterator[None]:
    """Account for the interaction that is answered meanwhile; a `quiet` one is counted and not logged.

    Whoever answers an error leaves `outcome` (refused, failed) and `ref` in `extras`.
    """
    began, outcome = clock.monotonic(), "failed"
    try:
        yield
        outcome = str(extras.get("outcome", "done"))
    finally:
        seconds = clock.monotonic() - began
        metrics.command_seconds.labels(name, outcome).observe(seconds)
        facts = {"name": name, "member": member, "guild": guild, "outcome": outcome, "ms": _ms(seconds)}
        if "ref" in extras:
            facts["ref"] = extras["ref"]
        if not quiet:
            log.info("command", **facts)


def _few(kinds: Sequence[str]) -> Sequence[str]:
    return kinds if len(kinds) <= FEW else [*kinds[:FEW], f"{len(kinds) - FEW} more"]


def _bounded(kind: str) -> str:
    """Some senders may name any kind they like: what no source declares shares one name."""
    return kind if kind in _declared() else "other"


@cache
def _declared() -> frozenset[str]:
    return OUR_KINDS.union(*(source.kinds for source in all_sources().values()))


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
