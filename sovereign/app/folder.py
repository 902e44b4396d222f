"""The data folder: what is called how in it, and which process runs over it."""

from __future__ import annotations

from pathlib import Path

from sovereign.core.lockfile import read_facts

LOCK, DATABASE = "sovereign.lock", "sovereign.db"


def gateway_of(data: Path) -> str | None:
    """The base URL of the gateway that runs over this data folder, if one does."""
    gateway = read_facts(data / LOCK).get("gateway")
    return str(gateway) if gateway else None
