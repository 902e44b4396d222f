"""Kubeconfigs for the simulated cluster: one for kubectl, and one for the bot."""

from __future__ import annotations

import json
import os
from pathlib import Path

from sovereign.sandbox.cluster.identity import BOT_TOKEN
from sovereign.sandbox.cluster.objects import Object

_NAME = "sandbox"


def for_people(url: str) -> Object:
    """Everything is allowed: kubectl sends no credentials to an address without TLS."""
    return _config(url, "admin", {})


def for_bot(url: str) -> str:
    """As one line of JSON, which is YAML as well."""
    return json.dumps(_config(url, "sovereign", {"token": BOT_TOKEN}), separators=(",", ":"))


def write(path: Path, config: Object) -> None:
    """In one step, readable by its owner alone."""
    fresh = path.with_suffix(".new")
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as out:
        json.dump(config, out, indent=2)
        out.write("\n")
    fresh.replace(path)


def _config(url: str, user: str, credentials: Object) -> Object:
    context = {"cluster": _NAME, "user": user, "namespace": "prod"}
    return {
        "apiVersion": "v1", "kind": "Config", "current-context": _NAME, "preferences": {},
        "clusters": [{"name": _NAME, "cluster": {"server": url}}],
        "contexts": [{"name": _NAME, "context": context}],
        "users": [{"name": user, "user": credentials}],
    }  # fmt: skip
