"""Runs of playbooks that were shown and are not confirmed yet: what the button under each one begins."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sovereign.core.clock import micros
from sovereign.store import facts
from sovereign.store.sqlite import Connection

_PREFIX = "playbook.shown."


def put(tx: Connection, key: str, asked: Mapping[str, object], at: datetime) -> None:
    facts.put(tx, _PREFIX + key, json.dumps({"asked": asked, "at": micros(at)}))


def get(tx: Connection, key: str) -> Mapping[str, object] | None:
    text = facts.get(tx, _PREFIX + key)
    found: Mapping[str, object] | None = json.loads(text)["asked"] if text else None
    return found


def take(tx: Connection, key: str) -> bool:
    """Whether it was there: what was shown once is begun once."""
    return facts.drop(tx, _PREFIX + key)


def forget(tx: Connection, before: datetime) -> None:
    """Let go of those that nobody confirmed."""
    for name, text in facts.named(tx, _PREFIX).items():
        if json.loads(text)["at"] < micros(before):
            facts.drop(tx, name)
