"""In which order workers take tests: what mostly waits begins first, beside what computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

COMPUTING = 1
"""Workers that begin with what computes: it fills the cores while the others wait."""
SECONDS: Mapping[str, float] = {
    "tests/end_to_end/test_releasing.py": 60,
    "tests/docs/test_extending.py": 45,
    "tests/sandbox/test_page": 45,
    "tests/bench/": 25,
    "tests/end_to_end/test_killing.py": 25,
    "tests/end_to_end/test_operations.py": 20,
    "tests/end_to_end/test_storm.py": 15,
    "tests/end_to_end/test_outwards.py": 15,
    "tests/end_to_end/test_weather.py": 14,
    "tests/end_to_end/test_administration.py": 12,
    "tests/end_to_end/test_log_lines.py": 10,
    "tests/end_to_end/test_releasing_alone.py": 9,
    "tests/end_to_end/test_alertmanager.py": 9,
    "tests/end_to_end/test_releasing_killed.py": 8,
    "tests/clients/kubernetes/test_against_a_cluster.py": 8,
    "tests/sandbox/test_discordjs.py": 6,
}
"""Beginnings of the paths of what waits, and about how long each takes. What begins alike stays together, and
so the page has one browser."""


def in_order(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """The shares of the workers one after the other, as `--dist worksteal` divides them: evenly. Who is done
    takes from the end of what another still has."""
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        groups.setdefault(_group(item.nodeid), []).append(item)
    rest = groups.pop("", [])
    waiting: list[list[pytest.Item]] = [[] for _ in range(max(1, workers - COMPUTING))]
    taken = [0.0] * len(waiting)
    for name in sorted(groups, key=lambda name: -SECONDS[name]):
        least = taken.index(min(taken))
        waiting[least] += groups[name]
        taken[least] += SECONDS[name]
    order: list[pytest.Item] = []
    for number in range(workers):
        share = (len(items) - len(order)) // (workers - number)
        own = waiting[number] if number < len(waiting) else []
        count = max(0, share - len(own))
        order += own + rest[:count]
        rest = rest[count:]
    return order + rest


def _group(name: str) -> str:
    return next((start for start in SECONDS if name.startswith(start)), "")
