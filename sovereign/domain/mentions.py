"""Pull requests that people name in their own words, as in `ada reviews PR #42`."""

from __future__ import annotations

import re
from dataclasses import replace

from sovereign.domain.events import Event

_SIGNS = {"github": "#", "gitlab": "!", "gitea": "#", "forgejo": "#", "bitbucket": "#"}
"""What stands before a pull request's number in the name of its conversation, by code host."""
_NAMED = re.compile(r"\b(?:PR|MR|pull request|merge request) ?[#!](\d{1,9})\b", re.IGNORECASE)


def about_change(event: Event, host: str) -> Event:
    """The event as a remark on the pull request that its words name, if they name one and it says which
    repository they mean. `host` is the code host; one that is not known is taken for GitHub."""
    named = _NAMED.search(event.title) or _NAMED.search(event.text)
    if named is None or not event.repo or "/" not in event.repo:
        return event
    host = host if host in _SIGNS else "github"
    return replace(
        event,
        kind="change.commented",
        subject=f"{event.repo}#{named[1]}",
        conversation=f"{host}:{event.repo}{_SIGNS[host]}{named[1]}",
        channel=None,  # where the pull request is
    )
