"""Checks what was chosen in a select, of a message or of a modal."""

from __future__ import annotations

from sovereign.sandbox.driver import find
from sovereign.sandbox.driver.resolved import Resolved
from sovereign.sandbox.wire import Json, items, number, objs, text

STRINGS, USERS, ROLES, MENTIONABLES, CHANNELS = 3, 5, 6, 7, 8


def chosen(select: Json, wanted: list[object], resolved: Resolved) -> list[str]:
    """The values as the bot gets them. Raises 400 or 404 in words."""
    least, most = number(select.get("min_values"), 1), number(select.get("max_values"), 1)
    if not least <= len(wanted) <= most:
        raise find.wrong(f"Choose {least} to {most} here, not {len(wanted)}.")
    return [_value(select, one, resolved) for one in wanted]


def option(select: Json, wanted: object) -> str:
    """The value of an option that is named by value or label."""
    options = objs(select.get("options"))
    for key in ("value", "label"):
        for one in options:
            if one.get(key) == wanted:
                return text(one.get("value"))
    listed = ", ".join(text(one.get("label")) for one in options)
    raise find.wrong(f"There is no choice {wanted!r}. There are: {listed}.")


def _value(select: Json, wanted: object, resolved: Resolved) -> str:
    kind = select.get("type")
    if kind == USERS:
        return resolved.user(wanted)
    if kind == ROLES:
        return resolved.role(wanted)
    if kind == MENTIONABLES:
        return resolved.mentionable(wanted)
    if kind == CHANNELS:
        kinds = tuple(number(one) for one in items(select.get("channel_types")))
        return resolved.channel(wanted, kinds)
    return option(select, wanted)
