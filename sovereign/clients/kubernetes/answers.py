"""What the API server's refusals mean, in words for the person who asked."""

from __future__ import annotations

import json
import re

from sovereign.core.errors import ClusterSilent, Moved, NotAllowed, NotFound, SovereignError, Unacceptable
from sovereign.domain.cluster import Identity

LONGEST = 300
"""Characters of the server's own words that are repeated."""
_FORBIDDEN = re.compile(
    r'cannot (?P<verb>[a-z]+) resource "(?P<resource>[^"]+)"'
    r'(?: in API group "[^"]*")?(?: in the namespace "(?P<namespace>[^"]+)")?'
)
_UNREAD_FIELD = "field not declared in schema"
"""Apply answers 500 for an unknown field, which is no failure of the server."""


class Expired(ClusterSilent):
    """What a list or a watch went on from is no longer kept by the server: it must begin anew."""


def refusal(
    cluster: str, status: int, body: bytes, as_who: Identity | None, *, writing: bool
) -> SovereignError:
    """The error for an answer that is no success. `writing` says that the call was to change something."""
    reason, message = _said(body)
    if status == 410 or reason in ("Expired", "Gone"):
        return Expired(f"{cluster} no longer knows where this went on: {_ended(message)}")
    if status == 403:
        return NotAllowed(_forbidden(cluster, message, as_who))
    if status == 404:
        return NotFound(f"{cluster} has no such thing: {_ended(message or 'not found')}")
    if status == 409 and reason == "AlreadyExists":
        return Unacceptable(f"{cluster} has it already: {_ended(message)}")
    if status == 409:
        return Moved(f"It was changed meanwhile in {cluster}: {_ended(message)}")
    if status in (400, 413, 415, 422) or (status == 500 and _UNREAD_FIELD in message):
        return Unacceptable(f"{cluster} refuses it: {_ended(message or f'status {status}')}")
    if status == 401:
        return ClusterSilent(f"{cluster} does not know Sovereign any more (401): look at its credentials.")
    asked = "it is asked too much at the moment" if status == 429 else f"it answers {status}"
    doubt = writing and status >= 500 and status != 503
    return ClusterSilent(f"{cluster} cannot do it now: {asked}. {_ended(message)}".strip(), in_doubt=doubt)


def silence(cluster: str, why: str, *, writing: bool) -> ClusterSilent:
    """No answer at all. Whether a change was made then, nobody knows."""
    known = " Whether the change was made is not known: look before you try again." if writing else ""
    return ClusterSilent(f"{cluster} does not answer ({why}).{known}", in_doubt=writing)


def _forbidden(cluster: str, message: str, as_who: Identity | None) -> str:
    found = _FORBIDDEN.search(message)
    if found is None:  # a quota, or an admission plug-in: it has words of its own
        return f"{cluster} does not allow it: {_ended(message)}"
    where = f" in the namespace {found['namespace']}" if found["namespace"] else ""
    deed = f"{found['verb']} {found['resource']}{where}"
    if as_who is None:
        return (
            f"{cluster} does not let Sovereign itself {deed}. Its ClusterRole lacks that (deploy/kubernetes)."
        )
    if found["verb"] == "impersonate":
        return f"{cluster} does not let Sovereign act for members (impersonate): see deploy/kubernetes."
    groups = ", ".join(as_who.groups) or "no group"
    return f"{cluster} does not let you {deed}. There you are {as_who.user} ({groups})."


def _said(body: bytes) -> tuple[str, str]:
    """Reason and message of a Status; another body is the message itself."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return "", body[:LONGEST].decode(errors="replace").strip()
    if not isinstance(found, dict):
        return "", ""
    return str(found.get("reason") or ""), str(found.get("message") or "")


def _ended(message: str) -> str:
    """As a sentence, cut."""
    tidy = " ".join(message.split())[:LONGEST].rstrip(".")
    return f"{tidy}." if tidy else ""
