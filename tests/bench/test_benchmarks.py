"""Every benchmark runs, small, and its last line is one JSON object with the keys that others read."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sovereign.sandbox.server import running

SMALL = {
    "ingest": "--seconds 1 --rounds 1 --warm-up 0 --connections 1 --bodies 100",
    "pipeline": "--events 200 --stored 3000",
    "start": "--starts 1 --idle 0",
    "latency": "--events 20 --rate 20 --threads 2",
    "audit": "--count 300 --stored 2500",
    "operations": "--commands 4 --services 12 --pods 40 --seconds 1 --weather gone",
    "parse": "--rounds 1 --corpus nowhere",
    "state": "--alerts 200 --changes 4",
    "flood": "--alerts 60 --names 10 --critical 2 --seconds 1 --settling 1",
    "mixed": "--rate 20 --seconds 1 --patience 4",
}
KEYS = {
    "ingest": {"bare_rps", "rps", "ratio", "p50_ms", "p99_ms", "fsync_ms"},
    "pipeline": {"events_per_s", "with_million_events_per_s", "slowdown_percent"},
    "start": {"ready_s", "idle_mb"},
    "audit": {"appended_per_s", "verify_s", "verify_million_s"},
    "latency": {"p50_ms", "p95_ms", "events"},
    "operations": {
        "ack_gone_p99_ms",
        "board_s",
        "watch_mb",
        "watch_core_percent",
        "watch_changes_per_s",
    },
    "parse": {"events_per_s", "bodies", "json_alone_per_s"},
    "state": {"p50_ms", "p95_ms", "open_alerts"},
    "flood": {"writes", "rate_limited", "critical_seen", "slowest_critical_s"},
    "mixed": {
        "lost",
        "p99_ms",
        "drained_s",
        "facts_lost_or_doubled",
        "threads_out_of_order",
    },
}


LONG = {"flood", "latency", "mixed", "operations"}
"""They start the whole product and let time pass; what they measure has quicker tests of its own."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.soak] if name in LONG else []) for name in SMALL]
)
def test_a_benchmark_ends_in_one_json_object_with_its_keys(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @asynccontextmanager
    async def discord() -> AsyncIterator[str]:
        async with running(tmp_path) as sandbox:
            yield sandbox.url

    if name not in LONG:  # in a process of its own it would start for longer than all else takes
        monkeypatch.setattr("bench._processes.discord", discord)
    monkeypatch.setattr(sys, "argv", [name, "--json", *SMALL[name].split()])
    monkeypatch.setattr("sovereign.core.log.set_up", lambda level, form: None)  # it is for the whole process
    importlib.import_module(f"bench.{name}").main()
    numbers = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert KEYS[name] <= numbers.keys()
    assert all(numbers[key] >= 0 for key in KEYS[name] - {"slowdown_percent"})
    assert numbers.get("errors", 0) == 0
