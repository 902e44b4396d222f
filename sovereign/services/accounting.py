"""What each piece of work leaves behind: one line in the log, with everything on it, and its counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import structlog

from sovereign.core import clock, metrics
from sovereign.core.errors import RejectedDelivery, Unavailable
from sovereign.domain.events import OUR_KINDS
from sovereign.integrations._source import all_sources
from sovereign.services.reading import Read
from sovereign.store.errands import Errand

log = structlog.get_logger()

FEW = 5
"""Kinds that a line names; of more it says how many there are."""


@dataclass(slots=True, kw_only=True)
class Arrival:
    """A request to a hook, until it is answered. `proof` is its verdict if all goes well; `size` is in bytes,
    None while the body is not read."""

    endpoint: str
    source: str
    proof: str
    verdict: str = "failed"
    size: int | None = None
    read_at: float = 0.0
    problem: str | None = None

    def has_read(self, size: int) -> None:
        self.size, self.read_at = size, clock.monotonic()

    def taken(self, *, fresh: bool) -> None:
        """It is kept, or was before."""
        self.verdict = self.proof if fresh else "repeat"

    def greeted(self) -> None:
        """It was no delivery, but a handshake before one."""
        self.verdict = "handshake"


@contextmanager
def arrival(
    endpoint: str = "(unknown)", source: str = "unknown", *, authenticated: bool = True
) -> Iterator[Arrival]:
    """Account for the request that is answered meanwhile; one that is not taken failed.

    An accepted one gets its line from the pipeline, when more is known of it.
    """
    proof = "verified" if authenticated else "unauthenticated"
    one, began = Arrival(endpoint=endpoint, source=source, proof=proof), clock.monotonic()
    try:
        yield one
    except RejectedDelivery as refusal:
        one.verdict, one.problem = refusal.reason, refusal.public
        raise
    except Unavailable as down:
        one.verdict, one.problem = "unavailable", str(down)
        raise
    finally:
        _arrived(one, began)


def _arrived(one: Arrival, began: float) -> None:
    now = clock.monotonic()
    metrics.deliveries.labels(one.source, one.verdict).inc()
    if one.size is not None:
        metrics.accept_seconds.observe(now - one.read_at)
    if one.verdict == one.proof:
        return
    facts = {"endpoint": one.endpoint, "source": one.source, "verdict": one.verdict, "bytes": one.size}
    if one.verdict in ("repeat", "handshake"):
        log.info("delivery", **facts, took_ms=_ms(now - began))
    else:
        log.warning("delivery", **facts, problem=one.problem, took_ms=_ms(now - began))


def worked_off(read: Read) -> None:
    """Account for a delivery that is worked off and on the disk."""
    delivery, seconds = read.delivery, read.seconds
    lag = (clock.now() - (delivery.replayed_at or delivery.received_at)).total_seconds()
    metrics.pipeline_lag_seconds.observe(max(0.0, lag))
    for event in read.events:
        metrics.events.labels(delivery.source, _bounded(event.kind)).inc()
    facts: dict[str, object] = {
        "delivery": delivery.id,
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
        log.info("delivery", **facts)
        return
    metrics.deliveries_unreadable.labels(delivery.source, read.state).inc()
    if read.state == "quarantined":  # by a mistake of ours, and the problem is its traceback
        log.error("delivery", **facts, exception=read.problem)
    else:
        log.warning("delivery", **facts, problem=read.problem)


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
