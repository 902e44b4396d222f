"""Events that have a name and anybody's body: what can be told of them without knowing the sender."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown

NAMES = ("title", "subject", "name", "summary", "message", "id")
TEXTS = ("description", "message", "body", "text", "details")
LINKS = ("url", "html_url", "web_url", "link", "href")
PLACES = ("service", "project", "repository", "repo", "app")
"""Where such bodies are looked through, in this order."""
MOST_SHOWN = 1000
"""Characters of a body without words of its own that are shown as they are."""

_SITE = re.compile(r"https?://(?:[^/@\s]*@)?(?P<host>\[[^\]\s]+\]|[^/:?#\s]+)")
_KIND = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+")
_LONGEST_KIND = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """
    name   what the body calls its thing, on one line; empty where it does not
    where  the service, project or repository that it names
    """

    name: str = ""
    text: str = ""
    url: str | None = None
    where: str = ""
    fields: tuple[tuple[str, str], ...] = ()


def told(found: Payload) -> Told:
    """What a body says under the names that most senders use; all of it, where it has none of them."""
    if found.raw is None:
        return Told()
    if not isinstance(found.raw, dict):
        return Told(text=found.text()[:MOST_SHOWN] if isinstance(found.raw, str) else _as_json(found))
    name = _first(found, NAMES)
    text = next((text for key in TEXTS if (text := _prose(found, key)) and text != name), "")
    fields = {
        "Status": _first(found, ("status", "state")),
        "Actor": _first(found, ("actor", "user", "author")),
    }
    return Told(
        name=name,
        text=text or ("" if name else _as_json(found)),
        url=next((url for key in LINKS if _is_text(found, key) and (url := link(found, key))), None),
        where=_first(found, PLACES),
        fields=shown(fields),
    )


def kind_of(type: str, *, otherwise: str) -> str:
    """The sender's name of an event as a kind, `user.created`; `otherwise` for one that is no such word."""
    kind = type.lower()
    return kind if _KIND.fullmatch(kind) and len(kind) <= _LONGEST_KIND else otherwise


def site(url: str | None) -> str:
    """The host of a web address: which server it was, of those that people run themselves."""
    found = _SITE.match(url or "")
    return found["host"] if found else ""


def _first(found: Payload, keys: tuple[str, ...]) -> str:
    texts = (line(found, key) for key in keys if _is_text(found, key))
    return next((text for text in texts if text), "")


def _prose(found: Payload, key: str) -> str:
    return prose(found, key) if _is_text(found, key) else ""


def _is_text(found: Payload, key: str) -> bool:
    value = found.get(key)
    return value is not None and isinstance(value.raw, str)


def _as_json(found: Payload) -> str:
    return json.dumps(found.raw, ensure_ascii=True)[:MOST_SHOWN]
