"""Commands whose modules are imported when they are asked for: most need little of what the product loads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

Places = Mapping[str, str]
"""Name of a command → `module:name` under `sovereign.cli`, a function or a group of commands."""


class _Commands(Mapping[str, Any]):
    """What click keeps in a dict: all names are known, and a command is made when it is looked up."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            module, _, attribute = self._places[name].partition(":")
            found = getattr(import_module(f"sovereign.cli.{module}"), attribute)
            self._made[name] = _made(name, found)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def group_of(places: Places) -> type[TyperGroup]:
    """The class of a group with these commands."""

    class Group(TyperGroup):
        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            self.commands = _Commands(places)  # type: ignore[assignment]  # it is only looked up in

    return Group


def _made(name: str, found: Any) -> Any:
    if isinstance(found, typer.Typer):
        group = typer.main.get_group(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(found)
    return typer.main.get_command(alone)
