"""Workloads and pods for tests, each with what the test is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sovereign.domain.cluster import Condition, Container, Phase, Pod, Workload

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def workload(**changed: Any) -> Workload:
    """Three pods, all of them as wanted."""
    settled = Workload(
        name="shop",
        namespace="prod",
        uid="u-1",
        version="7",
        generation=3,
        observed_generation=3,
        desired=3,
        replicas=3,
        updated=3,
        ready=3,
        available=3,
        images={"shop": "acme/shop:2"},
        selector={"app": "shop"},
        created_at=NOW,
        revision=4,
        deadline=600,
    )
    return replace(settled, **changed)


def given_up() -> tuple[Condition, ...]:
    return (Condition(kind="Progressing", state="False", reason="ProgressDeadlineExceeded"),)


def pod(name: str = "shop-1", *, ready: bool = True, hash: str = "new", **changed: Any) -> Pod:
    made = Pod(
        name=name,
        namespace="prod",
        uid=f"u-{name}",
        phase="Running",
        ready=ready,
        containers=(Container(name="shop", image="acme/shop:2", ready=ready, phase=Phase.RUNNING),),
        hash=hash,
        created_at=NOW,
    )
    return replace(made, **changed)


def waiting(reason: str, message: str = "", **changed: Any) -> tuple[Container, ...]:
    given = Container(name="shop", image="acme/shop:9", phase=Phase.WAITING, reason=reason, message=message)
    return (replace(given, **changed),)
