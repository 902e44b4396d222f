"""Handshakes: what a sender asks before it sends, to learn whether the address is ours.

They come before any secret is agreed on, and are answered to whoever asks: nothing of them is kept or
believed, and what is sent afterwards must prove itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from sovereign.core.errors import BadPayload
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line
from sovereign.integrations._source import Greeting, Inbound

LARGEST = 16 * 1024
"""Bytes of a handshake."""

_ECHOED = re.compile(r"[\w.+/=~:-]{1,500}", re.ASCII)

Greet = Callable[[Inbound], Greeting | None]


def first_of(*greets: Greet) -> Greet:
    """The answer of the first that knows the handshake."""
    return lambda inbound: next((found for greet in greets if (found := greet(inbound))), None)


def challenge(inbound: Inbound) -> Greeting | None:
    """`{"type": "url_verification", "challenge": …}`, or the challenge alone: it goes back, as to Slack."""
    asked = _read(inbound) if b'"challenge"' in inbound.body[:LARGEST] else None
    text = _echoed(asked, "challenge")
    if asked is None or not text or (line(asked, "type") != "url_verification" and len(asked.keys()) > 1):
        return None
    return _answer({"challenge": text})


def event_grid(inbound: Inbound) -> Greeting | None:
    """Azure Event Grid's own event before all others: its `validationCode` goes back.

    https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema
    """
    if inbound.headers.get("aeg-event-type") != "SubscriptionValidation":
        return None
    asked = _read(inbound)
    events = asked.raw if asked else None
    code = (
        _echoed(Payload(events[0]), "data", "validationCode") if isinstance(events, list) and events else ""
    )
    return _answer({"validationResponse": code}) if code else None


def hook_secret(inbound: Inbound) -> Greeting | None:
    """`X-Hook-Secret` goes back, and signs from now on, where the endpoint is open for it, as Asana has it.

    https://developers.asana.com/docs/webhooks-guide#the-webhook-handshake
    """
    given = inbound.headers.get("x-hook-secret", "")
    if not inbound.options.handshake or not _ECHOED.fullmatch(given):
        return None
    return Greeting(headers={"X-Hook-Secret": given}, remember=given)


def _read(inbound: Inbound) -> Payload | None:
    if len(inbound.body) > LARGEST:
        return None
    try:
        asked = Payload.from_json(inbound.body)
    except BadPayload:
        return None
    return asked if isinstance(asked.raw, dict | list) else None


def _echoed(asked: Payload | None, *keys: str) -> str:
    """The text there, if it is a mere token: nothing that a browser could take for a page goes back."""
    found = asked.get(*keys) if asked else None
    return found.raw if found and isinstance(found.raw, str) and _ECHOED.fullmatch(found.raw) else ""


def _answer(said: Mapping[str, str]) -> Greeting:
    return Greeting(headers={"Content-Type": "application/json"}, body=json.dumps(said).encode())
