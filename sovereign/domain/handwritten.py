"""What a message that people wrote by hand proposes: `Proposal: deploy shop v2.0 to production`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sovereign.domain.estate import Environment

_DEPLOY = re.compile(
    r"\b(?:deploy|release|ship|roll\s+out)(?:ing)?\s+(?:the\s+)?`?(?P<service>[\w.-]{1,100})`?\s+"
    r"(?:version\s+)?`?(?P<version>v?[0-9][\w.-]{0,120})`?"
    r"(?:\s+(?:to|in|on|into)\s+(?:the\s+)?`?(?P<environment>[\w-]{1,60})`?)?",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://[^\s<>\"')\]]{1,400}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What could be read; empty where nothing was."""

    service: str = ""
    version: str = ""
    environment: str = ""
    change: str = ""


def read(text: str, environments: Sequence[Environment]) -> Written:
    """`production` is the environment that is one, where none is called so."""
    link = _LINK.search(text)
    found = _DEPLOY.search(text)
    if found is None:
        return Written(change=link[0] if link else "")
    return Written(
        service=found["service"],
        version=found["version"].rstrip("."),
        environment=_environment(found["environment"] or "", environments),
        change=link[0] if link else "",
    )


def _environment(word: str, environments: Sequence[Environment]) -> str:
    names = {one.name.lower(): one.name for one in environments}
    if word.lower() in names:
        return names[word.lower()]
    live = [one.name for one in environments if one.production]
    if word.lower() in ("prod", "production", "live", "") and len(live) == 1:
        return live[0]
    return word
