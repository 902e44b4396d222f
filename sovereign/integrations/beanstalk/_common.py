"""What every body of Beanstalk has in common: who did something, and in which repository."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, when

_DATE = re.compile(r"^(\d{4})/(\d{2})/(\d{2})")


def event_of(found: Payload, kind: str, did: str) -> Event:
    """`did` is what somebody did, as in `pushed to acme/shop main`."""
    who, place = _who(found), place_of(found)
    return Event(
        source="beanstalk",
        kind=kind,
        subject=place,
        title=f"{who} {did}" if who else did[:1].upper() + did[1:],
        url=link(found, "changeset_url", "repository.url"),
        actor=who or None,
        service=None if "/" in place else place,
        repo=place if "/" in place else None,
    )


def _who(found: Payload) -> str:
    """Who pushed or commented; of a commit its author, whose name classic hooks write as a text."""
    named = line(found, "pusher_name", "beanstalk_user.name", "beanstalk_user.login", "author_full_name")
    return named or line(
        found, *(("author.name", "author.login") if _is_object(found, "author") else ("author",))
    )


def _is_object(found: Payload, key: str) -> bool:
    value = found.get(key)
    return value is not None and isinstance(value.raw, dict)


def place_of(found: Payload) -> str:
    """`acme/shop`, by an address at the host of the account; `shop` where there is none."""
    commits = found.list_at("commits")
    address = link(found, "repository.url", "changeset_url") or (page(commits[-1]) if commits else None) or ""
    try:
        parts = urlsplit(address)
        account, _, rest = (parts.hostname or "").partition(".")
    except ValueError:
        account, rest, parts = "", "", urlsplit("")
    name = line(found, "repository.name") or parts.path.strip("/").partition("/")[0]
    if not name:
        raise BadPayload("$.repository.name", "is missing")
    return f"{account}/{name}" if account and rest and "/" not in name else name


def page(commit: Payload) -> str | None:
    return link(commit, "changeset_url", "url")


def moment_of(found: Payload, *names: str) -> datetime | None:
    """`2026/03/01 12:00:00 +0000`, and the common spellings."""
    for name in names:
        text = _DATE.sub(r"\1-\2-\3", line(found, name))
        if at := when(Payload({"at": text}), "at"):
            return at
    return None
