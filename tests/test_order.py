"""No test is lost or run twice by the order of the tests, and workers begin with what takes long."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.order import COMPUTING, SECONDS, in_order

QUICK = [f"tests/domain/test_some.py::test_{number}" for number in range(200)]
SLOW = [f"{start}{'' if start.endswith('.py') else 'x.py'}::test_{n}" for start in SECONDS for n in "ab"]


def ordered(names: list[str], workers: int) -> list[str]:
    items: list[Any] = [SimpleNamespace(nodeid=name) for name in names]
    return [item.nodeid for item in in_order(items, workers)]


@pytest.mark.parametrize("workers", range(1, 9))
@pytest.mark.parametrize("names", [QUICK + SLOW, SLOW, QUICK, SLOW[:3], []])
def test_every_test_is_there_once(names: list[str], workers: int) -> None:
    assert sorted(ordered(names, workers)) == sorted(names)


def test_all_workers_but_those_that_compute_begin_with_what_waits_and_keep_it_together() -> None:
    order, workers = ordered(QUICK + SLOW, 4), 4
    share = len(order) // workers
    begun = [order[number * share] for number in range(workers)]
    assert [name in SLOW for name in begun] == [True] * (workers - COMPUTING) + [False] * COMPUTING
    assert begun[0].startswith("tests/end_to_end/test_releasing.py")
    for name in SLOW[::2]:
        assert order[order.index(name) + 1] == name[:-1] + "b"
