"""Checks the options that somebody gave to a slash command, and writes them as the bot gets them."""

from __future__ import annotations

from collections.abc import Callable

from sovereign.sandbox.actions import files
from sovereign.sandbox.driver import find
from sovereign.sandbox.driver.deed import Deed
from sovereign.sandbox.driver.resolved import Resolved
from sovereign.sandbox.wire import Json, items, number, objs, text

STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, FILE = 3, 4, 5, 6, 7, 8, 9, 10, 11
KINDS = {
    STRING: "text",
    INTEGER: "a whole number",
    BOOLEAN: "true or false",
    USER: "a member",
    CHANNEL: "a channel",
    ROLE: "a role",
    MENTIONABLE: "a member or a role",
    NUMBER: "a number",
    FILE: "the name of one of the files",
}


def arguments(deed: Deed, command: str, defined: list[Json], given: Json, resolved: Resolved) -> list[Json]:
    """In the order of their definition. Raises 400 or 404 in words."""
    _check_names(command, defined, given)
    lacking = [
        text(one["name"]) for one in defined if one.get("required") is True and one["name"] not in given
    ]
    if lacking:
        raise find.wrong(f"/{command} needs {', '.join(lacking)}. {_described(defined)}")
    return [
        _argument(deed, one, given[text(one["name"])], resolved) for one in defined if one["name"] in given
    ]


def partial(
    deed: Deed, command: str, defined: list[Json], given: Json, focused: str, resolved: Resolved
) -> list[Json]:
    """What is typed so far, with the focused option as it stands. Raises 400 or 404 in words."""
    _check_names(command, defined, given)
    target = next((one for one in defined if one["name"] == focused), None)
    if target is None:
        raise find.wrong(f"/{command} has no option {focused!r}. {_described(defined)}")
    if target.get("autocomplete") is not True:
        raise find.wrong(f"The option {focused} of /{command} does not complete.")
    typed: Json = {
        "name": focused,
        "type": target["type"],
        "value": str(given.get(focused, "")),
        "focused": True,
    }
    others = [one for one in defined if one["name"] in given and one["name"] != focused]
    return [typed, *(_argument(deed, one, given[text(one["name"])], resolved) for one in others)]


def _argument(deed: Deed, option: Json, value: object, resolved: Resolved) -> Json:
    kind, name = number(option.get("type")), text(option.get("name"))
    plain: dict[int, Callable[[], object]] = {
        STRING: lambda: _string(option, value),
        INTEGER: lambda: _number(option, value, whole=True),
        BOOLEAN: lambda: _boolean(option, value),
        USER: lambda: resolved.user(value),
        CHANNEL: lambda: resolved.channel(
            value, tuple(number(one) for one in items(option.get("channel_types")))
        ),
        ROLE: lambda: resolved.role(value),
        MENTIONABLE: lambda: resolved.mentionable(value),
        NUMBER: lambda: _number(option, value, whole=False),
        FILE: lambda: _file(deed, option, value, resolved),
    }
    return {"name": name, "type": kind, "value": plain[kind]()}


def _string(option: Json, value: object) -> str:
    if not isinstance(value, str):
        raise _misfit(option, value)
    if choices := objs(option.get("choices")):
        return str(_chosen(option, choices, value))
    least, most = number(option.get("min_length")), number(option.get("max_length"), 6000)
    if not least <= len(value) <= most:
        raise find.wrong(f"{option['name']} is {least} to {most} characters long, not {len(value)}.")
    return value


def _number(option: Json, value: object, *, whole: bool) -> object:
    if choices := objs(option.get("choices")):
        return _chosen(option, choices, value)
    if isinstance(value, bool) or not isinstance(value, int | float) or (whole and value != int(value)):
        raise _misfit(option, value)
    least, most = option.get("min_value"), option.get("max_value")
    if isinstance(least, int | float) and value < least:
        raise find.wrong(f"{option['name']} is at least {least}, not {value}.")
    if isinstance(most, int | float) and value > most:
        raise find.wrong(f"{option['name']} is at most {most}, not {value}.")
    return value


def _boolean(option: Json, value: object) -> bool:
    if not isinstance(value, bool):
        raise _misfit(option, value)
    return value


def _chosen(option: Json, choices: list[Json], value: object) -> object:
    for choice in choices:
        if value in (choice.get("value"), choice.get("name")):
            return choice.get("value")
    listed = ", ".join(str(choice.get("name")) for choice in choices)
    raise find.wrong(f"{option['name']} is one of {listed}, not {value!r}.")


def _file(deed: Deed, option: Json, value: object, resolved: Resolved) -> str:
    upload = next((one for one in deed.uploads() if one.filename == value), None)
    if upload is None:
        raise _misfit(option, value)
    kept = files.store(deed.platform, [upload], [])
    return resolved.file(kept[0], deed.where.id)


def _check_names(command: str, defined: list[Json], given: Json) -> None:
    known = {text(one["name"]) for one in defined}
    extra = [name for name in given if name not in known]
    if extra:
        raise find.wrong(f"/{command} has no option {', '.join(extra)}. {_described(defined)}")


def _misfit(option: Json, value: object) -> find.Wrong:
    return find.wrong(f"{option['name']} is {KINDS[number(option.get('type'))]}, not {value!r}.")


def _described(defined: list[Json]) -> str:
    if not defined:
        return "It takes none."
    return f"It takes {', '.join(map(_describe, defined))}."


def _describe(option: Json) -> str:
    needed = ", needed" if option.get("required") is True else ""
    return f"{option['name']} ({KINDS.get(number(option.get('type')), 'something else')}{needed})"
