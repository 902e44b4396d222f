"""A configuration file as a plain tree of which every key and value knows its line and column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sovereign.config.problems import Problem

Path = tuple[str | int, ...]
"""Keys and list positions from the root: `("event_gateway", "endpoints", 0, "path")`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """
    content       made of dict (text keys), list, str, int, float, bool and None
    values, keys  their places, (line, column) from 1
    problems      what is wrong with the file as YAML
    """

    file: str
    content: object
    values: Mapping[Path, tuple[int, int]]
    keys: Mapping[Path, tuple[int, int]]
    problems: tuple[Problem, ...] = ()

    def nearest(self, path: Path) -> Path:
        """The longest beginning of `path` that stands in the file."""
        return next(path[:n] for n in range(len(path), -1, -1) if path[:n] in self.values or not n)

    def value(self, path: Path) -> object:
        """What stands at `path`, which must be in the file."""
        found = self.content
        for part in path:
            items = dict(enumerate(found)) if isinstance(found, list) else found
            found = items[part] if isinstance(items, dict) else None
        return found

    def problem(self, path: Path, problem: str, expected: str, *, hint: str = "", value: str = "") -> Problem:
        """An error at the nearest place of `path`."""
        line, column = self.values.get(self.nearest(path), (1, 1))
        return Problem(
            file=self.file,
            line=line,
            column=column,
            value=value,
            problem=problem,
            expected=expected,
            hint=hint,
        )


def kind(value: object) -> str:
    """What a value of the file is, in words: `a mapping`, `a list`, `empty` or the value's own sort."""
    names = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", type(None): "empty"}
    return names.get(type(value), "a number")
