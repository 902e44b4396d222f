"""Sample bodies of every sender, as package data, read by `send`, the sandbox's drawer and the tests.

`samples/<source>/<case>.json` is a body, `<case>.headers.json` beside it the headers that name its event.
Written in a body, `{{now}}`, `{{now-15m}}` and `{{now+2h}}` become ISO 8601 times when it is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from sovereign.core.errors import NotFound

_FOLDER = Path(__file__).parent.parent / "samples"
_TIME = re.compile(r"\{\{now(?:(?P<sign>[+-])(?P<count>\d+)(?P<unit>[smhd]))?\}\}")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """`headers` are in lower case and hold neither signature nor delivery id."""

    source: str
    case: str
    headers: dict[str, str]
    body: bytes


@cache
def cases() -> dict[str, tuple[str, ...]]:
    """The names of the samples of each source, in alphabetical order."""
    return {
        folder.name: tuple(
            sorted(
                p.name.removesuffix(".json")
                for p in folder.glob("*.json")
                if not p.name.endswith(".headers.json")
            )
        )
        for folder in sorted(_FOLDER.iterdir())
        if folder.is_dir() and not folder.name.startswith("__")
    }


def cases_of(source: str) -> Sequence[str]:
    """The samples of one source. Raises NotFound, naming those that are called nearly so."""
    if source not in cases():
        near = get_close_matches(source.lower(), cases(), n=4)
        named = f"Near it: {', '.join(near)}; `" if near else "`"
        raise NotFound(f"There are no samples of {source!r}. {named}sovereign send` lists all.")
    return cases()[source]


def sample(source: str, case: str, now: datetime) -> Sample:
    """One sample as if it happened about `now`. Raises NotFound, naming what there is."""
    known = cases_of(source)
    if case not in known:
        near = get_close_matches(case, known, n=4, cutoff=0.3) or known[:4]
        raise NotFound(
            f"{source} has no sample {case!r}. Near it: {', '.join(near)};"
            f" `sovereign send {source}` lists all."
        )
    folder = _FOLDER / source
    headers = folder / f"{case}.headers.json"
    return Sample(
        source=source,
        case=case,
        headers=json.loads(headers.read_text(encoding="utf-8")) if headers.exists() else {},
        body=_at(now, (folder / f"{case}.json").read_text(encoding="utf-8")).encode(),
    )


def _at(now: datetime, text: str) -> str:
    def moment(match: re.Match[str]) -> str:
        shift = timedelta(**{_UNITS[match["unit"]]: int(match["count"])}) if match["unit"] else timedelta()
        then = now - shift if match["sign"] == "-" else now + shift
        return then.isoformat(timespec="seconds").replace("+00:00", "Z")

    return _TIME.sub(moment, text)
