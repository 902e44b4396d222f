"""What is wrong with a pod is told by kind and in words; a pod that starts, ends or works is left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sovereign.domain.cluster import ClusterEvent, Container, Phase
from sovereign.domain.pods import SETTLING, Trouble, complaint, complaints, summary, telling_event
from tests.domain.cluster import NOW, pod, waiting

ENDED = Container(name="shop", image="i", phase=Phase.TERMINATED, exit_code=3)


@pytest.mark.parametrize(
    ("changed", "trouble", "words"),
    [
        (
            {"containers": waiting("CrashLoopBackOff", last_exit_code=1, restarts=6)},
            Trouble.CRASH,
            "shop ends with code 1 again and again, 6 restarts",
        ),
        (
            {"containers": waiting("CrashLoopBackOff", last_reason="OOMKilled", restarts=2)},
            Trouble.OOM,
            "shop needs more memory than it may have, 2 restarts",
        ),
        (
            {"containers": waiting("ImagePullBackOff", "not found")},
            Trouble.IMAGE,
            "its image acme/shop:9 cannot be pulled: not found",
        ),
        ({"containers": waiting("CreateContainerConfigError", "no secret x")}, Trouble.CONFIG, "no secret x"),
        ({"containers": (ENDED,)}, Trouble.CRASH, "shop ended with code 3"),
        ({"unscheduled": "0/3 nodes"}, Trouble.UNSCHEDULABLE, "no node takes it: 0/3 nodes"),
        ({"phase": "Failed", "reason": "Evicted", "message": "disk"}, Trouble.EVICTED, "Evicted: disk"),
        ({"created_at": NOW - 2 * SETTLING}, Trouble.UNREADY, "it runs and is not ready"),
    ],
)
def test_each_trouble_has_its_kind_and_its_words(
    changed: dict[str, Any], trouble: Trouble, words: str
) -> None:
    found = complaint(pod(ready=False, **changed), NOW)
    assert found is not None
    assert found.trouble is trouble
    assert words in found.words


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"ready": False},
        {"ready": False, "containers": waiting("ContainerCreating")},
        {"ready": False, "deleting": True, "containers": waiting("CrashLoopBackOff")},
        {"ready": False, "phase": "Succeeded", "containers": (replace(ENDED, exit_code=0),)},
    ],
)
def test_a_pod_that_works_starts_or_ends_is_left_alone(changed: dict[str, Any]) -> None:
    assert complaint(pod(**changed), NOW) is None


def test_the_worst_kind_comes_first_and_they_are_counted() -> None:
    late = pod("a", ready=False, created_at=NOW - 2 * SETTLING)
    found = complaints([late, pod("b", ready=False, containers=waiting("CrashLoopBackOff")), pod("c")], NOW)
    assert [one.pod for one in found] == ["b", "a"]
    assert summary(found) == "1 CrashLoopBackOff, 1 Unready"


def test_the_newest_warning_about_a_pod_is_told() -> None:
    def event(reason: str, minutes: int, *, warning: bool = True, name: str = "a") -> ClusterEvent:
        at = NOW + timedelta(minutes=minutes)
        return ClusterEvent(kind="Pod", name=name, reason=reason, message="m", warning=warning, at=at)

    events = [event("Old", 1), event("Failed", 3), event("Pulled", 4, warning=False), event("X", 9, name="b")]
    assert telling_event(events, "a") == "Failed: m"
    assert telling_event(events, "c") == ""
