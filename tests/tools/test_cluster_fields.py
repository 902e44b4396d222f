"""The simulated cluster knows the fields that the installed client library knows."""

from __future__ import annotations

import runpy
from pathlib import Path

from sovereign.sandbox.cluster import fields

ROOT = Path(__file__).resolve().parents[2]


def test_the_fields_of_the_simulated_cluster_are_current() -> None:
    tool = runpy.run_path(str(ROOT / "tools/cluster_fields.py"))
    found: dict[str, dict[str, str]] = {}
    for root in tool["ROOTS"]:
        tool["collect"](root, found)
    told = "python tools/cluster_fields.py > sovereign/sandbox/cluster/fields.json"
    assert found == fields.types(), f"write them anew: {told}"
