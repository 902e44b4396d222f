"""The reference of the configuration: every key of discovery.yml, and the variables of the environment."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import cast

from pydantic import SecretStr

from sovereign.cli._references._markdown import code, codes, page, section, sentence, table
from sovereign.config.shape import Schema, schema
from sovereign.core.settings import PREFIX, Settings

_LONG = 60
"""Characters of a default above which its description must do."""
_TYPES = {"string": "text", "integer": "whole number", "boolean": "true or false", "number": "number"}


def text() -> str:
    root = schema()
    sections = [
        section(code(name), sentence(_words(_resolved(shape))), _keys(name, _resolved(shape)))
        for name, shape in _properties(root).items()
    ]
    return page(
        "Configuration",
        "Every key of `discovery.yml`, section by section, and the variables of the environment. Everything"
        " has a default: an empty file is a valid one. `sovereign check` names every mistake with its line."
        " No secret stands in the file: a key that wants one takes a reference, `env://NAME` or `file://path`."
        " The repository's [discovery.yml](../../discovery.yml) is a sample with comments.",
        *sections,
        section("Environment", "What must be known before `discovery.yml` is read.", _variables()),
    )


def _keys(name: str, shape: Schema) -> str:
    head = ("Key", "Type", "Default", "What it is")
    rows = list(_rows(name, shape))
    if not rows:
        return "Any keys: kept as they are written, for parts that are not there yet."
    return table(head, rows)


def _rows(path: str, shape: Schema) -> Iterator[tuple[str, str, str, str]]:
    """The keys under a section and those below them, each with its whole path."""
    required = cast(list[str], shape.get("required", []))
    if shape.get("type") == "array":
        yield from _rows(f"{path}[]", _resolved(cast(Schema, shape["items"])))
        return
    for key, inner in _properties(shape).items():
        here, whole = f"{path}.{key}", _resolved(inner)
        below = list(_rows(here, whole))
        default = "required" if key in required else _default(inner)
        yield code(here), _type(inner), "" if below else default, sentence(_words(inner) or _words(whole))
        yield from below


def _type(shape: object) -> str:
    whole = _resolved(cast(Schema, shape))
    if options := whole.get("anyOf"):
        kinds = [_type(each) for each in cast(list[Schema], options) if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if words := cast(list[str], whole.get("enum") or ([whole["const"]] if "const" in whole else [])):
        return codes(words)
    kind = cast(str, whole.get("type", ""))
    if kind == "array":
        items = _type(whole["items"])
        return f"list of {'sections' if items == 'section' else items}"
    if kind == "object":
        return "section" if _properties(whole) else "mapping"
    return _TYPES.get(kind, kind or "anything")


def _default(shape: Schema) -> str:
    given = shape.get("default")
    if given in (None, "", [], {}):
        return ""
    written = given if isinstance(given, str) else json.dumps(given)
    return code(written) if len(written) <= _LONG else ""


def _variables() -> str:
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.get_default()
        unset = default is None or isinstance(default, SecretStr)
        written = str(default).lower() if isinstance(default, bool) else str(default)
        rows.append(
            (code(PREFIX + name.upper()), "" if unset else code(written), sentence(field.description or ""))
        )
    return table(("Variable", "Default", "What it is"), rows)


def _resolved(shape: Schema) -> Schema:
    """The schema itself, or what it refers to; the only one of alternatives that is not null."""
    if target := shape.get("$ref"):
        definitions = cast(Mapping[str, Schema], schema()["$defs"])
        return _resolved(definitions[str(target).rpartition("/")[2]])
    options = [each for each in cast(list[Schema], shape.get("anyOf", [])) if each.get("type") != "null"]
    return _resolved(options[0]) if len(options) == 1 else shape


def _properties(shape: Schema) -> Mapping[str, Schema]:
    return cast(Mapping[str, Schema], shape.get("properties", {}))


def _words(shape: Schema) -> str:
    return str(shape.get("description", ""))
