"""Structured logs: JSON off a terminal, colours on one; no value is long, and none is a secret."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from sovereign.core import trace
from sovereign.core.redaction import MASK, is_secret_name, redact

LONGEST = 1000
"""Characters of a value that are logged: what people and senders write has no end of its own."""
LONGEST_TRACE = 8000
"""Characters of a traceback. Its end says most, so the middle is what is left out."""
WORD = 24
"""Characters up to which a value is a word that will be logged again."""
MOST, DEEPEST = 20, 3
"""Entries of a list or mapping, and how far into one another they are followed."""
_READ = 4
"""How many times more is searched for secrets than is shown, so that none is cut in half and missed."""

_PLAIN = frozenset({type(None), bool, int, float})
_TRACES = frozenset({"exception", "stack"})
_OURS = ("timestamp", "level")


class _Stderr:
    """Where lines go: the stream of this moment. One that cannot be written stops no work."""

    def write(self, text: str) -> int:
        try:
            return sys.stderr.write(text)
        except (OSError, ValueError):
            return 0

    def flush(self) -> None:
        try:
            sys.stderr.flush()
        except (OSError, ValueError):
            return


def set_up(level: str, form: str) -> None:
    """`form` is `json`, `console` or `auto`. Logs go to stderr: stdout is for what was asked for.

    Loggers ask for this at each call, those of modules that were loaded before included: it costs two
    microseconds, and a later call holds for all of them too.
    """
    console = form == "console" or (form == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        traced,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _clean,
    ]
    if console:
        shared.append(_without_controls)
    last: Processor = (
        structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer(_as_json)
    )
    number = logging.getLevelNamesMapping()[level.upper()]
    stream = _Stderr()
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=stream),  # type: ignore[arg-type]  # writes, flushes
        cache_logger_on_first_use=False,
    )
    others = logging.StreamHandler(stream)
    others.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [others]
    root.setLevel(max(number, logging.WARNING))
    logging.getLogger("aiohttp.server").setLevel(
        logging.CRITICAL
    )  # strangers' broken requests are their affair


def _as_json(line: EventDict, **otherwise: object) -> str:
    """`_clean` has left nothing that needs more than the plain encoder, which is made once."""
    return _ENCODER.encode(line)


_ENCODER = json.JSONEncoder(default=str)


def traced(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Lines of one piece of work carry its name."""
    if name := trace.current().id:
        event.setdefault("trace", name)
    return event


def _clean(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """When, how bad and what come first, then the facts, each short and without secrets."""
    line: EventDict = {name: event[name] for name in _OURS if name in event}
    line["event"] = ""
    for name, value in event.items():
        if type(value) in _PLAIN:
            line[name] = value
        elif type(value) is str and len(value) <= WORD and not is_secret_name(name):
            line[name] = _word(value)
        elif name in _TRACES and isinstance(value, str):
            line[name] = _trace(value)
        elif name[0] == "_":  # structlog's own notes, which it takes out again
            line[name] = value
        elif name not in _OURS:
            line[name] = _value(name, value, 0)
    return line


def _value(name: str, value: object, depth: int) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if is_secret_name(name):
        return MASK
    if isinstance(value, str):
        return _short(value)
    if depth < DEEPEST:
        if isinstance(value, list | tuple):  # first: whether it is a Mapping takes long to tell
            return _several(name, value, depth + 1)
        if isinstance(value, Mapping):
            return _named(value, depth + 1)
        if isinstance(value, AbstractSet):
            return _several(name, list(value), depth + 1)
    return _short(str(value))


def _named(value: Mapping[object, object], depth: int) -> object:
    some = list(value.items())[:MOST]
    kept = {_short(str(each)): _value(str(each), one, depth) for each, one in some}
    if len(value) > MOST:
        kept["…"] = f"{len(value) - MOST} more"
    return kept


def _several(name: str, value: Sequence[object], depth: int) -> object:
    kept = [_value(name, one, depth) for one in value[:MOST]]
    return [*kept, f"{len(value) - MOST} more"] if len(value) > MOST else kept


def _short(text: str) -> str:
    if len(text) <= WORD:
        return _word(text)
    if len(text) <= LONGEST:
        return redact(text)
    return f"{redact(text[: LONGEST * _READ])[:LONGEST]}… ({len(text)} characters)"


@lru_cache(maxsize=512)
def _word(text: str) -> str:
    """Names, kinds and states, which nearly every line repeats."""
    return redact(text)


def _trace(text: str) -> str:
    if len(text) <= LONGEST_TRACE:
        return redact(text)
    half = LONGEST_TRACE // 2
    begin, end = redact(text[: half * _READ])[:half], redact(text[-half * _READ :])[-half:]
    return f"{begin}\n… ({len(text)} characters)\n{end}"


def _without_controls(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """A terminal obeys control characters; JSON writes them out anyway."""
    return {name: _printable(name, value) for name, value in event.items()}


def _printable(name: str, value: object) -> object:
    if not isinstance(value, str) or value.isprintable():
        return value
    kept = "\n" if name in _TRACES else ""
    return "".join(c if c in kept or c.isprintable() else ascii(c)[1:-1] for c in value)
