"""GitHub deliveries of about two kilobytes, signed as GitHub signs them with the sandbox's secret."""

from __future__ import annotations

import json

from sovereign.core import clock
from sovereign.integrations._source import Inbound, all_sources

SECRET = "sandbox"
THREADS = 40
"""Pull requests that the comments belong to."""


def comment(number: int, *, words: str = "", size: int = 2000, threads: int = THREADS) -> bytes:
    """A comment on one of the pull requests, in a body of about `size` bytes."""
    sender = {"login": "ada", "id": 7, "type": "User", "html_url": "https://github.com/ada"}
    on = number % threads + 1
    request = f"https://github.com/acme/shop/pull/{on}"
    body = {
        "action": "created",
        "repository": {"full_name": "acme/shop", "name": "shop", "html_url": "https://github.com/acme/shop"},
        "sender": sender,
        "issue": {
            "number": on,
            "title": f"Change number {on}",
            "html_url": request,
            "state": "open",
            "user": sender,
            "pull_request": {"url": request},
        },
        "comment": {
            "id": number,
            "body": words or f"Remark {number}",
            "user": sender,
            "html_url": f"{request}#issuecomment-{number}",
            "reactions": {},
        },
    }
    missing = size - len(json.dumps(body))
    return json.dumps(body | {"padding": "x" * max(0, missing - 15)}).encode()


def signature(body: bytes) -> str:
    inbound = Inbound(headers={}, body=body, url="", received_at=clock.now())
    return all_sources()["github"].scheme.sign(inbound, SECRET)["x-hub-signature-256"]


def headers(body: bytes, delivery: str) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "user-agent": "GitHub-Hookshot/bench",
        "x-github-event": "issue_comment",
        "x-github-delivery": delivery,
        "x-hub-signature-256": signature(body),
    }
