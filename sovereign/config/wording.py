"""Validation errors in words: what stands there, what was expected, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic_core import ErrorDetails

from sovereign.config.document import Document, Path, kind
from sovereign.config.problems import Problem, did_you_mean, listed
from sovereign.config.shape import fields
from sovereign.core.redaction import redact

_EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "a mapping, with lines such as `key: value`",
    "greater_than_equal": "at least {ge}",
    "int_type": "a whole number",
    "less_than_equal": "at most {le}",
    "list_type": "a list, with lines that begin with `- `",
    "mapping_type": "a mapping, with lines such as `key: value`",
    "model_type": "a mapping, with lines such as `key: value`",
    "string_too_long": "at most {max_length} characters",
    "string_too_short": "at least {min_length} character",
    "string_type": "text",
    "too_short": "at least {min_length} entry",
    "tuple_type": "a list, with lines that begin with `- `",
}
_PATTERNS = {
    "capabilities": "names such as alerts.view, or all",
    "environments": "a name without spaces",
    "environment": "a name without spaces",
    "env": "a name without spaces",
    "name": "letters, digits, dots, dashes and underscores",
    "org": "the owner's name, such as acme",
    "repo": "name or owner/name",
    "header": "the name of a header, such as X-Api-Key",
    "signature_header": "the name of a header, such as X-Signature",
    "host": "a host, such as registry.example.com or registry.example.com:5000",
    "labels": "letters, digits and underscores",
    "server": "an address, such as https://10.0.0.1:6443",
    "url": "an address, such as https://example.com",
    "topics": "the ARN of a topic, such as arn:aws:sns:eu-west-1:123456789012:alarms",
}
_PLAIN = re.compile(r"[\w#/-]{1,60}")
SECRETIVE = re.compile(r"secret|token|passw|credential|api_?key|private", re.IGNORECASE)
"""In the name of a key: its value may be a secret that somebody wrote down by mistake."""


def problem(error: ErrorDetails, document: Document) -> Problem:
    """One error of the models as a problem of the file."""
    path = _in_file(error, document)
    if error["type"] == "extra_forbidden":
        return _unknown(path, document)
    if error["type"] == "missing":
        name = str(error["loc"][-1])
        expected = fields(path).get(name, "a value").rstrip(".")
        expected = expected[:1].lower() + expected[1:]
        return document.problem(path, f"{spelt((*path, name))} is missing", expected)
    value = shown(path, document.value(path))
    expected, phrase, hint = _said(error, path, document.value(path))
    return document.problem(
        path, f"{spelt(path)} {phrase or f'is {value}'}".strip(), expected, hint=hint, value=value
    )


def spelt(path: Path) -> str:
    """`event_gateway.endpoints[0].path`; the root is `the file`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if _PLAIN.fullmatch(part) else f".{part[:60]!r}"
    return text.removeprefix(".") or "the file"


def shown(path: Path, value: object) -> str:
    """A value as people may read it: short, and never one that might be a secret."""
    if any(isinstance(part, str) and SECRETIVE.search(part) for part in path):
        return "(hidden)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        safe = redact(value)
        return repr(safe if len(safe) <= 60 else safe[:59] + "…")
    return kind(value)


def _in_file(error: ErrorDetails, document: Document) -> Path:
    """Where in the file an error lies: its location without the steps that only the models know."""
    path: Path = ()
    for part in error["loc"]:
        if (*path, part) in document.values:
            path = (*path, part)
    return path


def _unknown(path: Path, document: Document) -> Problem:
    known = fields(path[:-1])
    line, column = document.keys.get(path, (1, 1))
    return Problem(
        file=document.file,
        line=line,
        column=column,
        value="",
        problem=f"{spelt(path)} is not a known key",
        expected=listed(known),
        hint=did_you_mean(path[-1], known),
    )


def _said(error: ErrorDetails, path: Path, value: object) -> tuple[str, str, str]:
    """What was expected, the phrase that replaces `is <value>`, and a hint."""
    context = error.get("ctx", {})
    if error["type"] == "configuration":
        return str(context["expected"]), str(context["problem"]), str(context["hint"])
    if error["type"] in {"enum", "literal_error"}:
        words = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return listed(words), "", did_you_mean(value, words)
    if error["type"] == "string_pattern_mismatch":
        names = [part for part in path if isinstance(part, str)]
        return _PATTERNS.get(names[-1] if names else "", "another form"), "", ""
    expected = _EXPECTED.get(error["type"], str(error["msg"]).removeprefix("Input should be ")).format_map(
        _Context(context)
    )
    number = isinstance(value, int | float) and error["type"] == "string_type"
    return expected, "", "put it in quotes" if number else ""


class _Context(dict[str, object]):
    def __init__(self, context: Mapping[str, object]) -> None:
        super().__init__(context)

    def __missing__(self, key: str) -> str:
        return "…"
