"""Discord's own description of its API (OpenAPI), and what it says against an exchange or an object."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

_OLD_IN_GUILDS = {
    "embed_channel_id",
    "embed_enabled",
    "hub_type",
    "inventory_settings",
    "latest_onboarding_question_id",
}
_SELECTS = ("String", "User", "Role", "Mentionable", "Channel")
RELAXED = {
    "oneOf": "read as anyOf: the alternatives of a union overlap, so that one value may fit several",
    "snowflakes": "may be integers in a request: Discord takes both, and discord.py sends `parent_id` so",
    "permissions": "may be decimal strings in a request: the reference asks for them so",
    "error codes": "of a single field are words such as BASE_TYPE_REQUIRED, where integers are described",
    "refused bodies": "need not fit: that is what most of them are refused for",
    "unknown fields": "may be in a request; in an answer only those that Discord sends undescribed",
}
"""Where the description is not taken at its word, and why."""

UNDESCRIBED = {
    "UserResponse": {"clan"},
    "UserPIIResponse": {"clan"},
    "GuildRoleResponse": {"description"},
    "PrivateApplicationResponse": {"summary"},
    "GuildResponse": _OLD_IN_GUILDS,
    "GuildWithCountsResponse": _OLD_IN_GUILDS,
    "ApplicationCommandInteractionMetadataResponse": {"name", "command_type"},
    **{f"{kind}SelectComponentResponse": {"required"} for kind in _SELECTS},
}
"""What Discord puts into its answers beyond the description, by component."""

_BITS = {"allow", "deny", "permissions", "default_member_permissions"}
_BOOLS = {"0": False, "false": False, "1": True, "true": True}
_WHOLE = re.compile(r"-?\d+")
_PART = re.compile(r"\{[^}]+\}")
_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@_FORMATS.checks("uri")
def _is_address(value: object) -> bool:
    return not isinstance(value, str) or re.match(r"[a-z][a-z0-9+.-]*:\S+$", value) is not None


@_FORMATS.checks("int32")
def _is_small(value: object) -> bool:
    return not isinstance(value, int) or -(1 << 31) <= value < 1 << 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path, as described."""

    path: str
    pattern: re.Pattern[str]
    body: Any
    queries: dict[str, Any]
    responses: dict[str, Any]


class Description:
    """Holds what travels against the description; every fault is a sentence that begins with its place."""

    def __init__(self, path: Path) -> None:
        document = json.loads(path.read_text())
        loosened = _with_worded_codes(_loosened(document))
        self._asked = _for_requests(loosened)
        self._answered = _closed(loosened)
        self._operations = list(_operations(document))

    def of_exchange(self, one: dict[str, Any]) -> list[str]:
        """One line of `GET /sandbox/traffic`: path, query, body, status and answer."""
        method, path = str(one["method"]), str(one["path"])
        operation = self.operation(method, path)
        if operation is None:
            return [f"{method} {path}: there is no such operation"]
        found = [
            *self._of_query(operation, one["query"]),
            *(self._of_body(operation, one["body"]) if one["status"] < 400 else ()),
            *self._of_answer(operation, one["status"], one["response"]),
        ]
        return [f"{method} {operation.path} {one['status']}: {fault}" for fault in found]

    def of_object(self, schema: str, value: object) -> list[str]:
        """A value that should be the component `schema` as Discord sends it."""
        found = _faults(self._answered, {"$ref": f"#/components/schemas/{schema}"}, value)
        return [f"{schema}{fault}" for fault in found]

    def operation(self, method: str, path: str) -> Operation | None:
        """The one with the fewest placeholders, as `/messages/pins` is no `/messages/{message_id}`."""
        fitting = [one for verb, one in self._operations if verb == method and one.pattern.fullmatch(path)]
        return min(fitting, key=lambda one: len(_PART.findall(one.path)), default=None)

    def _of_query(self, operation: Operation, query: str) -> Iterator[str]:
        for name, value in parse_qsl(query):
            if name not in operation.queries:
                yield f"?{name} is not described"
                continue
            readings: list[object] = [value, *([int(value)] if _WHOLE.fullmatch(value) else [])]
            readings += [_BOOLS[value.lower()]] if value.lower() in _BOOLS else []
            faults = [_faults(self._asked, operation.queries[name], one) for one in readings]
            if all(faults):
                yield f"?{name}={value}: {faults[0][0]}"

    def _of_body(self, operation: Operation, body: object) -> Iterator[str]:
        if body is None:
            return
        if operation.body is None:
            if body != {}:
                yield f"no body is described, and {body!r} was sent"
            return
        for fault in _faults(self._asked, operation.body, body):
            yield f"request{fault}"

    def _of_answer(self, operation: Operation, status: int, answer: object) -> Iterator[str]:
        described = operation.responses
        if str(status) not in described and f"{status // 100}XX" not in described:
            yield f"the statuses described are {', '.join(described)}"
            return
        schema = described.get(str(status), described.get(f"{status // 100}XX"))
        if schema is None:
            if answer is not None:
                yield f"no answer is described, and {answer!r} was sent"
            return
        for fault in _faults(self._answered, schema, answer):
            yield f"response{fault}"


def _faults(document: Any, schema: Any, value: object) -> list[str]:
    whole = {**document, "allOf": [schema]}
    checker = Draft202012Validator(whole, format_checker=_FORMATS)
    return [_worded(one) for one in checker.iter_errors(value)]


def _worded(error: ValidationError) -> str:
    """Where it is and what is wrong; of a union, what is wrong with the alternative that was meant."""
    while error.context:
        error = _likeliest(error)
    return f"{error.json_path.removeprefix('$')}: {error.message[:200]}"


def _likeliest(error: ValidationError) -> ValidationError:
    """Alternatives are told apart by their `type`: one that has another was not meant."""
    other = {fault.schema_path[0] for fault in error.context or () if list(fault.path)[-1:] == ["type"]}
    meant = [fault for fault in error.context or () if fault.schema_path[0] not in other]
    meant = [fault for fault in meant if fault.validator != "type"] or meant or list(error.context or ())
    return max(meant, key=lambda fault: len(fault.absolute_path))


def _operations(document: Any) -> Iterator[tuple[str, Operation]]:
    responses = document["components"]["responses"]
    for path, methods in document["paths"].items():
        pattern = re.compile(_PART.sub("[^/]+", path))
        for verb, about in methods.items():
            if verb == "parameters":
                continue
            named = [*methods.get("parameters", ()), *about.get("parameters", ())]
            yield (
                verb.upper(),
                Operation(
                    path=path,
                    pattern=pattern,
                    body=_for_requests(_content(about.get("requestBody", {}))),
                    queries={one["name"]: one["schema"] for one in named if one["in"] == "query"},
                    responses={
                        status: _content(responses[one["$ref"].rsplit("/", 1)[1]] if "$ref" in one else one)
                        for status, one in about["responses"].items()
                    },
                ),
            )


def _content(holder: Any) -> Any:
    """The schema of the JSON in a body; that of a form is the same, with the files beside it."""
    return _loosened(holder.get("content", {}).get("application/json", {}).get("schema"))


def _loosened(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_loosened(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {"anyOf" if key == "oneOf" else key: _loosened(inner) for key, inner in schema.items()}


def _for_requests(schema: Any) -> Any:
    """With snowflakes and permissions in both ways of writing them."""
    if isinstance(schema, list):
        return [_for_requests(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "snowflake":
        return {**schema, "type": ["string", "integer"]}
    relaxed = {key: _for_requests(inner) for key, inner in schema.items()}
    for name in _BITS & relaxed.get("properties", {}).keys():
        if "integer" in relaxed["properties"][name].get("type", ()):
            relaxed["properties"][name] = {"type": ["integer", "string", "null"], "pattern": r"^\d+$"}
    return relaxed


def _with_worded_codes(document: Any) -> Any:
    schemas = document["components"]["schemas"]
    worded = copy.deepcopy(schemas["Error"])
    worded["properties"]["code"]["type"] = "string"
    schemas["InnerErrors"]["properties"]["_errors"]["items"] = worded
    return document


def _closed(document: Any) -> Any:
    """With no fields allowed in an object but those described and those known to be sent besides."""
    closed = copy.deepcopy(document)
    for name, schema in closed["components"]["schemas"].items():
        if "properties" in schema and "additionalProperties" not in schema and name != "Error":
            schema["properties"] |= dict.fromkeys(UNDESCRIBED.get(name, ()), True)
            schema["additionalProperties"] = False
    return closed
