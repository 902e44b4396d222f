"""The JSON Schema of discovery.yml, for editors and for saying which keys a section knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from sovereign.config.document import Path
from sovereign.config.models import Discovery

Schema = Mapping[str, object]
_EMPTY = {"type": "null"}


@cache
def schema() -> Schema:
    """JSON Schema (draft 2020-12) of what the file may hold."""
    return Discovery.model_json_schema()


def published() -> Schema:
    """The schema for editors: it says what it is, and that a key without a value counts as not given."""
    whole = _leaving_empty(schema())
    whole = {key: value for key, value in whole.items() if key not in ("title", "description")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:sovereign:discovery",
        "title": "discovery.yml",
        "description": "The configuration of Sovereign. Everything has a default.",
        **whole,
    }


def _leaving_empty(section: Schema) -> dict[str, object]:
    """A section, and what it defines, where each key that may be left out may also stand without a value."""
    made = dict(section)
    definitions, properties = section.get("$defs"), section.get("properties")
    if isinstance(definitions, Mapping):
        made["$defs"] = {name: _leaving_empty(each) for name, each in definitions.items()}
    if isinstance(properties, Mapping):
        required = section.get("required", ())
        made["properties"] = {
            key: each if isinstance(required, list) and key in required else _or_empty(each)
            for key, each in properties.items()
        }
    return made


def _or_empty(field: Schema) -> Schema:
    said = {key: field[key] for key in ("title", "description", "default") if key in field}
    shape = {key: value for key, value in field.items() if key not in said}
    options = shape.get("anyOf")
    choices = options if isinstance(options, list) else [shape]
    return {**said, "anyOf": [*(each for each in choices if each != _EMPTY), _EMPTY]}


def fields(path: Path) -> dict[str, str]:
    """The keys that the section at `path` knows, each with its description; empty where any key goes."""
    found: dict[str, str] = {}
    for shape in _at(schema(), path):
        properties = shape.get("properties")
        if isinstance(properties, Mapping):
            found |= {key: str(value.get("description", "")) for key, value in properties.items()}
    return found


def _at(shape: object, path: Path) -> Iterator[Schema]:
    for choice in _choices(shape):
        if not path:
            yield choice
        else:
            yield from _at(_child(choice, path[0]), path[1:])


def _child(shape: Schema, part: str | int) -> object:
    if isinstance(part, int):
        return shape.get("items")
    properties = shape.get("properties")
    if isinstance(properties, Mapping) and part in properties:
        return properties[part]
    return shape.get("additionalProperties")


def _choices(shape: object) -> Iterator[Schema]:
    """The schema itself, or what it refers to and offers as alternatives."""
    if not isinstance(shape, Mapping):
        return
    target, options = shape.get("$ref"), shape.get("anyOf")
    definitions = schema()["$defs"]
    if isinstance(target, str) and isinstance(definitions, Mapping):
        yield from _choices(definitions[target.rpartition("/")[2]])
    elif isinstance(options, list):
        for option in options:
            yield from _choices(option)
    else:
        yield shape
