"""Runs every benchmark, one after the other, and prints a summary."""

from __future__ import annotations

import json
import subprocess
import sys

from bench._processes import ROOT
from bench._report import tell

ALL = (
    *("start", "parse", "state", "latency", "pipeline", "audit", "ingest", "operations", "flood", "mixed"),
)


def main() -> None:
    found = {}
    for name in ALL:
        run = subprocess.run(
            [sys.executable, "-m", f"bench.{name}", "--json"], cwd=ROOT, stdout=subprocess.PIPE, check=True
        )
        found[name] = json.loads(run.stdout.splitlines()[-1])
    for name, numbers in found.items():
        tell(name, numbers, as_json=False)


if __name__ == "__main__":
    main()
