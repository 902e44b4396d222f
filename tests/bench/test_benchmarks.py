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
    "audit": ("--count", "300", "--stored", "2500"),
    "latency": ("--events", "20", "--rate", "20", "--threads", "2"),
    "operations": (
        "--commands",
        "4",
        "--services",
        "12",
        "--pods",
        "40",
        "--seconds",
        "1",
        "--weather",
        "gone",
    ),
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
