"""The reference of the command line: every command with its arguments and options."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

import typer

from sovereign.cli._references._markdown import code, codes, page, section, sentence, table

_TYPES = {str: "text", int: "whole number", float: "number", Path: "path", bool: "flag"}


def text() -> str:
    from sovereign.cli.main import app  # which imports the command that asks for this page

    sections = [
        section(
            code(name),
            _paragraphs(command.help or ""),
            f"```sh\n{_usage(name, command)}\n```",
            table(("Argument or option", "Type", "Default", "What it is"), map(_row, _shown(command))),
        )
        for name, command in _commands("sovereign", typer.main.get_command(app))
    ]
    return page(
        "The command line",
        "Every command of `sovereign`; `--help` after any of them says the same. What stands on the command"
        " line goes before the environment, and that before the defaults"
        " ([configuration.md](configuration.md#environment)).",
        *sections,
    )


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Those that do something, with those of groups, in alphabetical order."""
    if command.hidden:
        return
    inner = getattr(command, "commands", {})
    for each in sorted(inner):
        yield from _commands(f"{name} {each}", inner[each])
    if not inner:
        yield name, command


def _shown(command: Any) -> Sequence[Any]:
    return [each for each in command.params if not each.hidden]


def _usage(name: str, command: Any) -> str:
    arguments = [each for each in _shown(command) if each.param_type_name == "argument"]
    words = [each.name.upper() if each.required else f"[{each.name.upper()}]" for each in arguments]
    return " ".join([name, *(["[OPTIONS]"] if len(_shown(command)) > len(arguments) else []), *words])


def _row(parameter: Any) -> tuple[str, str, str, str]:
    if parameter.param_type_name == "argument":
        name = code(parameter.name.upper())
    else:
        # Of a flag that is off only the word that puts it on is worth showing.
        off = parameter.secondary_opts if parameter.default else []
        name = codes((*parameter.opts, *off))
    return name, _type(parameter), _default(parameter), sentence(parameter.help or "")


def _type(parameter: Any) -> str:
    annotation = parameter.type_descriptor.annotation
    several = "several: " if get_origin(annotation) in (list, tuple) else ""
    one = next(iter(get_args(annotation)), str) if several else annotation
    if isinstance(one, type) and issubclass(one, enum.Enum):
        words = codes(str(choice.value) for choice in one)
    else:
        words = _TYPES.get(one, getattr(one, "__name__", str(one)))
    low, high = parameter.min, parameter.max
    ends = ("…" if end is None else str(end) for end in (low, high))
    bounds = "" if low is None and high is None else f" {' to '.join(ends)}"
    return f"{several}{words}{bounds}"


def _default(parameter: Any) -> str:
    default = parameter.default
    if parameter.required:
        return "required"
    if default is None or default is False or default == "":
        return ""
    return code(str(default.value if isinstance(default, enum.Enum) else default))


def _paragraphs(text: str) -> str:
    return "\n\n".join(sentence(part) for part in text.split("\n\n"))
