"""Addresses inside the cluster, the same each time for the same name."""

from __future__ import annotations

from sovereign.core.ids import digest


def of_service(name: str) -> str:
    number = int(digest("service", name)[:6], 16)
    return f"10.96.{number >> 8 & 255}.{2 + number % 250}"


def of_pod(uid: str) -> str:
    number = int(digest("pod", uid)[:8], 16)
    return f"10.244.{number >> 8 & 255}.{2 + number % 250}"
