"""A rollout is done when the cluster says so and not before; it says what it waits for and why it stands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.domain.cluster import ClusterEvent, Condition
from sovereign.domain.rollout_state import CELLS, Stage, read
from tests.domain.cluster import NOW, given_up, pod, waiting, workload


@pytest.mark.parametrize(
    ("changed", "stage", "waits_for"),
    [
        ({}, Stage.SETTLED, ""),
        ({"generation": 4}, Stage.WAITING, "the cluster to take the change up"),
        ({"updated": 1, "replicas": 4}, Stage.ROLLING, "2 new pods to be started"),
        ({"replicas": 4}, Stage.RETIRING, "1 old pod to end"),
        ({"available": 2}, Stage.ROLLING, "1 pod to be ready"),
        ({"paused": True}, Stage.PAUSED, "somebody to resume the deployment"),
        ({"updated": 1, "conditions": given_up()}, Stage.FAILED, ""),
        ({"desired": 0, "replicas": 0, "updated": 0, "available": 0}, Stage.SETTLED, ""),
    ],
)
def test_the_stage_is_what_the_numbers_say(changed: dict[str, Any], stage: Stage, waits_for: str) -> None:
    found = read(workload(**changed), [], NOW)
    assert (found.stage, found.waits_for) == (stage, waits_for)


def test_numbers_of_an_older_generation_count_for_nothing() -> None:
    found = read(workload(generation=4, conditions=given_up()), [pod()], NOW, revision="new")
    assert (found.stage, found.ready, found.cells) == (Stage.WAITING, 0, 0)


def test_what_is_ready_is_counted_among_the_new_pods_alone() -> None:
    pods = [pod("a"), pod("b", ready=False), pod("c", hash="old"), pod("d", deleting=True)]
    rolling = workload(updated=2, replicas=4, available=3)
    assert read(rolling, pods, NOW, revision="new").ready == 1


def test_a_failed_rollout_tells_why_from_its_pod_and_its_event() -> None:
    crashing = pod("b", ready=False, containers=waiting("CrashLoopBackOff", last_exit_code=1))
    event = ClusterEvent(kind="Pod", name="b", reason="BackOff", message="restarting", warning=True, at=NOW)
    old = pod("a", hash="old", ready=False, containers=waiting("ImagePullBackOff"))
    found = read(
        workload(updated=1, conditions=given_up()), [old, crashing], NOW, revision="new", events=[event]
    )
    assert found.stage is Stage.FAILED
    assert found.pod == "b"
    assert found.why == "CrashLoopBackOff: shop ends with code 1 again and again (BackOff: restarting)"


def test_a_failed_rollout_without_a_pod_tells_the_deadline_or_the_quota() -> None:
    assert "within 600 s" in read(workload(updated=1, conditions=given_up()), [], NOW).why
    quota = (
        Condition(kind="ReplicaFailure", state="True", reason="FailedCreate", message="exceeded quota"),
        Condition(kind="Progressing", state="False", reason="ReplicaSetCreateError"),
    )
    found = read(workload(replicas=1, updated=1, conditions=quota), [], NOW)
    assert (found.stage, found.why) == (Stage.FAILED, "FailedCreate: exceeded quota")


def test_trouble_that_lasts_is_told_before_the_deadline() -> None:
    pods = [pod("b", ready=False, containers=waiting("ImagePullBackOff"))]
    found = read(workload(updated=1, replicas=4), pods, NOW, revision="new")
    assert (found.stage, found.stuck) == (Stage.ROLLING, True)


numbers = st.integers(0, 12)


@given(
    desired=numbers, replicas=numbers, updated=numbers, available=numbers, behind=st.booleans(),
    failed=st.booleans(), ready=st.lists(st.booleans(), max_size=12),
)  # fmt: skip
def test_the_bar_is_full_only_when_everything_is_done(
    desired: int, replicas: int, updated: int, available: int, behind: bool, failed: bool, ready: list[bool]
) -> None:
    given = workload(
        desired=desired, replicas=replicas, updated=updated, available=available,
        generation=4 if behind else 3, conditions=given_up() if failed else (),
    )  # fmt: skip
    found = read(given, [pod(f"p{n}", ready=each) for n, each in enumerate(ready)], NOW, revision="new")
    assert 0 <= found.ready <= desired
    assert (found.cells == CELLS) == (found.stage is Stage.SETTLED)
    done = not behind and not failed and updated >= desired and replicas <= updated <= available
    assert (found.stage is Stage.SETTLED) == done
