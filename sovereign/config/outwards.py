"""The `outwards` section: the programs that may follow the events, and those that are sent them."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from sovereign.config.fields import Patterns, Reference, Section, wrong

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Name = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


def target(given: object) -> str:
    """An https address, or an http one of this very host. A credential in it would be shown in logs."""
    expected = "an https address, such as https://example.com/hook"
    text = given.strip() if isinstance(given, str) else ""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise wrong(expected) from None
    if parts.scheme not in ("http", "https") or not host or any(letter.isspace() for letter in text):
        raise wrong(expected)
    if parts.username is not None or parts.password is not None:
        raise wrong(expected, problem="has a name or password in it", hint="the signature is the proof")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise wrong(expected, hint="http is for this host alone: others could read what is sent")
    return text


Target = Annotated[
    str, BeforeValidator(target, json_schema_input_type=str), Field(min_length=1, max_length=2000)
]


class Selection(Section):
    """Which events; patterns take `*` and `?`, and a list without any lets everything through."""

    kinds: Patterns = Field(default=(), description="Patterns of kinds, such as change.*; all if unset.")
    sources: Patterns = Field(default=(), description="Slugs of sources; all if unset.")
    services: Patterns = Field(default=(), description="Names of services; all if unset.")


class ReaderSection(Selection):
    """A program that may follow the events at `/events`, and which of them it may see."""

    name: Name = Field(description="What the program is called in logs.")
    secret: Reference = Field(description="Reference to its API key, which it sends as a bearer token.")


class WebhookSection(Selection):
    """An address that events are sent to, signed as Standard Webhooks has it."""

    name: Name = Field(description="What the target is called in logs and metrics; a new name starts anew.")
    url: Target = Field(description="Where to send them: https, or http on this host.")
    secret: Reference = Field(
        description="Reference to the signing secret, `whsec_` and base64, or any text."
    )


class Outwards(Section):
    """Events for other programs."""

    readers: tuple[ReaderSection, ...] = Field(
        default=(), description="API keys for `GET /events`; without any it is closed."
    )
    webhooks: tuple[WebhookSection, ...] = Field(
        default=(), description="Targets of outgoing webhooks; each gets what happens from now on."
    )
