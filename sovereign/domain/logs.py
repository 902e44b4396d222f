"""Lines of logs: reading, choosing and merging them, and which queries a member may ask of a log store."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sovereign.core.errors import UserError

LONGEST_QUERY = 400
LONGEST_LINE = 2000
"""Characters of a line that are shown; the rest is cut."""

_STAMPED = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?(?P<text>.*)", re.DOTALL
)
_SPAN = re.compile(r"(?P<number>\d{1,6})\s*(?P<unit>s|m|h|d)")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_ESCAPE_CODES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """`pod` is empty where the log store does not say."""

    text: str
    at: datetime | None = None
    pod: str = ""


def line(raw: str, pod: str = "") -> LogLine:
    """From a line as a cluster gives it with time stamps, or without."""
    match = _STAMPED.fullmatch(raw)
    if match is None:
        return LogLine(text=plain(raw), pod=pod)
    stamp = re.sub(r"(\.\d{6})\d+", r"\1", match["at"])  # nanoseconds are more than we keep
    return LogLine(text=plain(match["text"]), at=datetime.fromisoformat(stamp), pod=pod)


def plain(text: str) -> str:
    """Without colours and other codes for terminals."""
    return _ESCAPE_CODES.sub("", text).rstrip("\r\n")[:LONGEST_LINE]


def merged(lines: Iterable[LogLine], tail: int, grep: str = "") -> Sequence[LogLine]:
    """The last `tail` of those that hold `grep` (letter by letter, in any case), in the order of time."""
    wanted = grep.lower()
    fitting = [one for one in lines if wanted in one.text.lower()]
    if all(one.at for one in fitting):
        fitting.sort(key=lambda one: (one.at, one.pod))
    return fitting[-tail:] if tail > 0 else []


def span(given: str) -> timedelta:
    """`90s`, `15m`, `2h`, `1d`, or several of them, such as `1h 30m`. Raises UserError."""
    text = given.strip().lower()
    found = [*_SPAN.finditer(text)]
    rest = _SPAN.sub("", text).strip(" ,")
    seconds = sum(int(match["number"]) * _UNITS[match["unit"]] for match in found)
    if not found or rest or not 0 < seconds <= 30 * 86400:
        raise UserError(f"{given[:40]!r} is no span of time. Expected such as 15m, 2h or 1d, at most 30d.")
    return timedelta(seconds=seconds)


def selector(labels: Mapping[str, str]) -> str:
    """The stream selector of LogQL for these labels: `{namespace="prod", app="shop"}`."""
    inner = ", ".join(f"{name}={_literal(value)}" for name, value in labels.items())
    return "{" + inner + "}"


def query(labels: Mapping[str, str], filters: str = "", grep: str = "") -> str:
    """LogQL over the stream of a service. What a member writes goes behind the selector and can't be another:
    whose logs are read is not for the query to say. Raises UserError."""
    given = filters.strip()
    if len(given) > LONGEST_QUERY:
        raise UserError(f"The query is longer than {LONGEST_QUERY} characters.")
    bare = _QUOTED.sub("", given)
    if given and (not given.startswith("|") and not given.startswith("!")):
        raise UserError(
            'A query begins with a filter, such as |= "error" or | json | level="error":'
            " the stream is that of the service."
        )
    if set('{}"`#\n') & set(bare):
        raise UserError("A query holds filters only: no { }, no comment, and every quotation is closed.")
    whole = selector(labels)
    whole += f" |~ {_literal('(?i)' + re.escape(grep))}" if grep else ""
    return f"{whole} {given}".rstrip()


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(letter for letter in escaped if letter.isprintable()) + '"'
