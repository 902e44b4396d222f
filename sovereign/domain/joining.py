"""Why an event is in the conversation that it is in, in words: kept with it, and shown to whoever asks."""

from __future__ import annotations

import re

from sovereign.domain.correlation import Weighed

BEGAN = "the conversation began with it"
SAME_ALERT = "it is about an alert that belongs here, by its fingerprint"
NEVER_FIRED = "it is the end of an alert that has not fired here, so there is nothing to say"
OVERTAKEN = "its own end came before it, so it is over already"
LONGEST_NAME = 80
"""Characters of a sender's key that are told."""
_COMMIT = re.compile(r"@(?P<sha>[0-9a-f]{7,64})$")


def by_key(key: str) -> str:
    """The sender itself says which thing, or which group of alerts, the event belongs to."""
    return f"its sender's own key, {_short(key)}"


def by_alias(alias: str, key: str) -> str:
    """It asked for another name, under which the conversation of `key` is known too."""
    found = _COMMIT.search(alias)
    name = f"the commit {found['sha'][:7]}" if found else f"the name {_short(alias)}"
    return f"{name}, which belongs to {_short(key)}"


def by_rule(weighed: Weighed) -> str:
    return f"correlation rule {weighed.rule}: {weighed.why}"


def with_its_group(why: str) -> str:
    """Its sender's key led elsewhere before, and here since an earlier alert of that key joined for `why`."""
    return f"its sender's key, with an alert that joined by {why}"


def _short(name: str) -> str:
    name = _COMMIT.sub(lambda found: f"@{found['sha'][:7]}", name)
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
