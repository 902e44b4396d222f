"""Scaling keeps its limits, a rollback finds its revision, and each ends as the cluster shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sovereign.core.errors import InvalidTransition, NotFound, UserError
from sovereign.domain.cluster import Revision, Workload
from sovereign.domain.estate import Place
from sovereign.domain.operation import (
    HOPELESS,
    PATIENCE,
    Kind,
    Operation,
    State,
    restarting,
    rolling_back,
    scaling,
    verdict,
)
from sovereign.domain.permission import Actor
from sovereign.domain.rollout_state import read
from tests.domain.cluster import NOW, given_up, pod, waiting, workload

PLACE = Place(
    service="shop", environment="prod", cluster="main", namespace="prod", deployment="shop",
    container=None, production=True, least=1, most=5,
)  # fmt: skip
REVISIONS = [
    Revision(name=f"r{n}", number=n, images={"shop": f"acme/shop:{n}"}, desired=0, ready=0, hash=f"h{n}")
    for n in (4, 3, 1)
]


def test_scaling_says_from_what_to_what() -> None:
    made = scaling(PLACE, workload(), 5)
    assert (made.before, made.after, made.words) == ("3 replicas", "5 replicas", "Scale shop in prod")


@pytest.mark.parametrize("replicas", [0, 6, 100])
def test_scaling_beyond_the_limits_names_them(replicas: int) -> None:
    with pytest.raises(UserError, match=r"may have 1 to 5 replicas \(services\[\]\.replicas\)"):
        scaling(PLACE, workload(), replicas)


def test_what_is_so_already_is_not_done_again() -> None:
    with pytest.raises(InvalidTransition, match="has 3 replicas already"):
        scaling(PLACE, workload(), 3)
    with pytest.raises(InvalidTransition, match="scaled to 0"):
        restarting(PLACE, workload(desired=0))
    with pytest.raises(InvalidTransition, match="runs revision 4 already"):
        rolling_back(PLACE, workload(), REVISIONS, 4)
    with pytest.raises(InvalidTransition, match="paused"):
        restarting(PLACE, workload(paused=True))


def test_a_rollback_goes_to_the_revision_before_unless_another_is_named() -> None:
    made = rolling_back(PLACE, workload(), REVISIONS)
    assert (made.value, made.before, made.after) == (
        3, "revision 4, acme/shop:2", "revision 3, acme/shop:3",
    )  # fmt: skip
    assert rolling_back(PLACE, workload(), REVISIONS, 1).value == 1
    with pytest.raises(NotFound, match="There is: 3, 1"):
        rolling_back(PLACE, workload(), REVISIONS, 2)
    with pytest.raises(NotFound, match="no revision before 4"):
        rolling_back(PLACE, workload(), REVISIONS[:1])


def test_what_a_rollback_changes_is_said_without_whole_digests() -> None:
    pinned = {"shop": f"registry:5000/acme/shop:3@sha256:{'ab' * 32}"}
    made = rolling_back(PLACE, workload(), [replace(REVISIONS[1], images=pinned)])
    assert (made.after, made.images) == ("revision 3, acme/shop:3@sha256:abababababab", pinned)


def begun(kind: Kind = Kind.SCALE, **changed: Any) -> Operation:
    made = {
        Kind.SCALE: lambda: scaling(PLACE, workload(), 5),
        Kind.RESTART: lambda: restarting(PLACE, workload()),
        Kind.ROLLBACK: lambda: rolling_back(PLACE, workload(), REVISIONS),
    }[kind]()
    actor = Actor(id=1, name="ada", roles=())
    it = Operation(id=1, wanted=made, actor=actor, conversation_id=1, started_at=NOW, restarted_at="t1")
    return replace(it, **changed)


def after(**changed: Any) -> Workload:
    given = {
        "generation": 4,
        "observed_generation": 4,
        "desired": 5,
        "replicas": 5,
        "updated": 5,
        "available": 5,
    }
    return workload(**(given | changed))


def test_it_is_done_when_the_cluster_has_done_it_and_not_before_the_change_is_seen() -> None:
    def said(now: Workload) -> State:
        return verdict(begun(), now, read(now, [], NOW), NOW, None)[0]

    assert said(workload()) is State.RUNNING  # settled, but as it was before
    assert said(after(available=3)) is State.RUNNING
    assert said(after()) is State.DONE


@pytest.mark.parametrize(
    ("kind", "now"),
    [
        (Kind.SCALE, after(desired=2)),
        (Kind.RESTART, after(restarted_at="t2")),
        (Kind.ROLLBACK, after(images={"shop": "acme/shop:9"})),
        (Kind.SCALE, after(uid="another")),
    ],
)
def test_what_somebody_changed_again_is_told_as_overtaken(kind: Kind, now: Workload) -> None:
    assert verdict(begun(kind), now, read(now, [], NOW), NOW, None)[0] is State.REPLACED


def test_a_failure_says_why() -> None:
    now = after(images={"shop": "acme/shop:3"}, updated=1, conditions=given_up())
    crashing = [pod(ready=False, containers=waiting("CrashLoopBackOff"))]
    state, why = verdict(begun(Kind.ROLLBACK), now, read(now, crashing, NOW), NOW, None)
    assert state is State.FAILED
    assert why.startswith("CrashLoopBackOff")


def test_pods_in_lasting_trouble_end_a_scaling_which_has_no_deadline_of_its_own() -> None:
    now = after(available=3)
    state = read(now, [pod(ready=False, containers=waiting("ImagePullBackOff"))], NOW)
    assert verdict(begun(), now, state, NOW, NOW)[0] is State.RUNNING
    late = NOW + HOPELESS + timedelta(seconds=1)
    assert verdict(begun(), now, state, late, NOW)[0] is State.FAILED


def test_nothing_is_followed_for_ever() -> None:
    now = after(available=3, deadline=None)
    late = NOW + PATIENCE + timedelta(seconds=1)
    state, why = verdict(begun(), now, read(now, [], late), late, None)
    assert (state, why) == (State.UNKNOWN, "It waits for 2 pods to be ready.")
    assert verdict(begun(), workload(), read(workload(), [], late), late, None)[0] is State.UNKNOWN
