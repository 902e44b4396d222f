"""The limits of application commands: names, descriptions, options, choices, how many and how large.

https://discord.com/developers/docs/interactions/application-commands
"""

from __future__ import annotations

import re

from sovereign.sandbox.errors import Form, refusal
from sovereign.sandbox.wire import Json, objs, text

SUB_COMMAND, GROUP = 1, 2
MOST = {1: 100, 2: 15, 3: 15}
"""Commands of each kind in one place: slash commands, on users, on messages."""
LARGEST = 8000
"""Characters of names, descriptions and values of one command with all its options and choices."""
_NAME = re.compile(r"[-_'\w]{1,32}")
_MOST_OPTIONS = 25


def check_commands(commands: list[Json]) -> None:
    """A whole set, as in a bulk overwrite: paths begin with the index. Raises 50035 or 30032."""
    form = Form()
    seen: set[tuple[object, str]] = set()
    for index, command in enumerate(commands):
        _check(form, command, f"{index}.")
        key = (command.get("type", 1), text(command.get("name")))
        if key in seen:
            form.fault(
                str(index), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
            )
        seen.add(key)
    form.check()
    for kind, most in MOST.items():
        if sum(command.get("type", 1) == kind for command in commands) > most:
            raise refusal(30032)


def check_command(command: Json) -> None:
    """One command. Raises 50035."""
    form = Form()
    _check(form, command, "")
    form.check()


def _check(form: Form, command: Json, path: str) -> None:
    kind = command.get("type", 1)
    if not form.one_of(f"{path}type", kind, frozenset(MOST)):
        return
    if kind == 1:
        _check_name(form, command, f"{path}name")
        form.length(f"{path}description", command.get("description"), 100, 1)
        _check_options(form, objs(command.get("options")), f"{path}options", 0)
        if _size(command) > LARGEST:
            form.fault(
                path.rstrip("."),
                "APPLICATION_COMMAND_TOO_LARGE",
                f"Command exceeds maximum size ({LARGEST})",
            )
        return
    form.length(f"{path}name", command.get("name"), 32, 1)
    if command.get("description"):
        form.fault(
            f"{path}description",
            "APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED",
            "Context menu commands cannot have description",
        )


def _check_name(form: Form, named: Json, path: str) -> None:
    name = text(named.get("name"))
    form.length(path, name, 32, 1)
    if name and (not _NAME.fullmatch(name) or name != name.lower()):
        form.fault(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_options(form: Form, options: list[Json], path: str, depth: int) -> None:
    form.length(path, list(options), _MOST_OPTIONS)
    seen: set[str] = set()
    optional = False
    for index, option in enumerate(options):
        place = f"{path}.{index}"
        _check_option(form, option, place, depth)
        name = text(option.get("name"))
        if name in seen:
            form.fault(
                f"{place}.name",
                "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
                f"Option name {name} already exists",
            )
        seen.add(name)
        if option.get("required") is True and optional:
            form.fault(
                place,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional = optional or (option.get("required") is not True and option.get("type") not in (1, 2))
    nested = {option.get("type") in (SUB_COMMAND, GROUP) for option in options}
    if len(nested) > 1:
        form.fault(
            path,
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            "Sub-command and sub-command group option types are mutually exclusive to all other types",
        )


def _check_option(form: Form, option: Json, path: str, depth: int) -> None:
    kind = option.get("type")
    allowed = frozenset(range(1, 12)) - (frozenset({GROUP}) if depth == 1 else frozenset())
    if not form.one_of(f"{path}.type", kind, allowed if depth < 2 else allowed - {SUB_COMMAND, GROUP}):
        return
    _check_name(form, option, f"{path}.name")
    form.length(f"{path}.description", option.get("description"), 100, 1)
    if kind in (SUB_COMMAND, GROUP):
        deeper = 1 if kind == GROUP else 2
        _check_options(form, objs(option.get("options")), f"{path}.options", deeper)
        return
    choices = objs(option.get("choices"))
    form.length(f"{path}.choices", list(choices), _MOST_OPTIONS)
    for index, choice in enumerate(choices):
        form.length(f"{path}.choices.{index}.name", choice.get("name"), 100, 1)
        if kind == 3:
            form.length(f"{path}.choices.{index}.value", choice.get("value"), 100, 1)
    if choices and option.get("autocomplete") is True:
        form.fault(
            path,
            "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
            "Autocomplete cannot be used with choices",
        )


def _size(part: Json) -> int:
    """Characters as Discord counts them, down to the choices."""
    own = len(text(part.get("name"))) + len(text(part.get("description")))
    own += len(text(part.get("value")))
    return own + sum(_size(inner) for key in ("options", "choices") for inner in objs(part.get(key)))
