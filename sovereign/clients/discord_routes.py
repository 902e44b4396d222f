"""Names of Discord's routes for the metrics: few, and without ids or tokens."""

from __future__ import annotations

import re

OTHER = "other"
"""The name of every call that does not look like one of the API's routes."""

_API = re.compile(r"/api/v\d{1,2}(/.+)")
_ID = re.compile(r"\d{1,20}")
_WORDS = frozenset({
    "applications", "archived", "bot", "bulk-delete", "callback", "channels", "commands", "crosspost",
    "gateway", "guilds", "interactions", "invites", "members", "messages", "oauth2", "permissions", "pins",
    "private", "public", "reactions", "roles", "search", "thread-members", "threads", "typing", "users",
    "webhooks", "@me", "@original", "active",
})  # fmt: skip
_SECRET = {"webhooks": 2, "interactions": 2}
"""Where in a route that begins with this word a token stands."""
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


def route(method: str, path: str) -> str:
    """Such as `PATCH /channels/{id}/messages/{id}`; what has other words than the API's is `other`."""
    found = _API.fullmatch(path)
    if found is None or method not in _METHODS:
        return OTHER
    parts = found[1].strip("/").split("/")
    secret = _SECRET.get(parts[0])
    names = ["{token}" if place == secret else _named(parts, place) for place in range(len(parts))]
    return OTHER if "" in names else f"{method} /{'/'.join(names)}"


def _named(parts: list[str], place: int) -> str:
    part = parts[place]
    if _ID.fullmatch(part):
        return "{id}"
    if place > 0 and parts[place - 1] == "reactions" and part not in _WORDS:
        return "{emoji}"
    return part if part in _WORDS else ""
