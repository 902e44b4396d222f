"""Every benchmark runs, small, and its last line is one JSON object with the keys that others read."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SMALL = {
    "ingest": ("--seconds", "1", "--rounds", "1", "--warm-up", "0"),
    "pipeline": ("--events", "200", "--stored", "3000"),
    "start": ("--starts", "1", "--idle", "0"),
    "latency": ("--events", "20", "--rate", "20", "--threads", "2"),
    "parse": ("--rounds", "1", "--corpus", "nowhere"),
    "state": ("--alerts", "200", "--changes", "4"),
    "flood": ("--alerts", "60", "--names", "10", "--critical", "2", "--seconds", "1", "--settling", "1"),
    "mixed": ("--rate", "20", "--seconds", "1", "--patience", "4"),
}
KEYS = {
    "ingest": {"bare_rps", "rps", "ratio", "p50_ms", "p99_ms", "fsync_ms"},
    "pipeline": {"events_per_s", "with_million_events_per_s", "slowdown_percent"},
    "start": {"ready_s", "idle_mb"},
    "latency": {"p50_ms", "p95_ms", "events"},
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


@pytest.mark.parametrize("name", SMALL)
async def test_a_benchmark_ends_in_one_json_object_with_its_keys(name: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"bench.{name}", "--json", *SMALL[name],
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, remarks = await asyncio.wait_for(process.communicate(), 50)
    assert process.returncode == 0, remarks.decode()
    numbers = json.loads(told.splitlines()[-1])
    assert KEYS[name] <= numbers.keys()
    assert all(numbers[key] >= 0 for key in KEYS[name] - {"slowdown_percent"})
    assert numbers.get("errors", 0) == 0
