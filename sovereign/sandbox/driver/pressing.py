"""Presses buttons and chooses from selects."""

from __future__ import annotations

from sovereign.sandbox.driver import find
from sovereign.sandbox.driver.choosing import chosen
from sovereign.sandbox.driver.deed import Deed, Do, ask
from sovereign.sandbox.driver.resolved import Resolved
from sovereign.sandbox.entities import InteractionKind, Message
from sovereign.sandbox.guild import BOT_ID
from sovereign.sandbox.limits.components import BUTTON, SELECTS, walk
from sovereign.sandbox.wire import Json, items, obj, text

_LINK = 5


async def click(deed: Deed) -> Json:
    message, wanted = _of_bot(deed), text(deed.body.get("button"))
    buttons = _components(message, frozenset({BUTTON}))
    button = _named(buttons, wanted, "label")
    if button is None:
        listed = ", ".join(_label(one) for one in buttons) or "none"
        raise find.missing(f"The message has no button {wanted!r}. It has: {listed}.")
    if button.get("disabled") is True:
        raise find.wrong(f"The button {_label(button)} is disabled.")
    if button.get("style") == _LINK:
        raise find.wrong(f"The button {_label(button)} only opens {button.get('url')}.")
    return await ask(deed, InteractionKind.COMPONENT, _content(button), message)


async def select(deed: Deed) -> Json:
    message, wanted = _of_bot(deed), text(deed.body.get("select"))
    selects = _components(message, SELECTS)
    one = _named(selects, wanted, "placeholder") if wanted or len(selects) != 1 else selects[0]
    if one is None:
        listed = ", ".join(text(select.get("custom_id")) for select in selects) or "none"
        raise find.missing(f'The message has no select {wanted!r}. Say which "select". It has: {listed}.')
    if one.get("disabled") is True:
        raise find.wrong("That select is disabled.")
    resolved = Resolved(deed.platform, deed.actor_id)
    values = chosen(one, items(deed.body.get("values")), resolved)
    content = _content(one) | {"values": values} | resolved.body()
    return await ask(deed, InteractionKind.COMPONENT, content, message)


def _of_bot(deed: Deed) -> Message:
    message = deed.message()
    if message.author_id != BOT_ID:
        raise find.wrong("Only messages of the bot have buttons and selects.")
    return message


def _components(message: Message, kinds: frozenset[int]) -> list[Json]:
    return [one for _, one in walk(list(message.components)) if one.get("type") in kinds]


def _named(components: list[Json], wanted: str, shown_as: str) -> Json | None:
    """By what is shown, else by custom_id."""
    for key in (shown_as, "custom_id"):
        for one in components:
            if wanted and one.get(key) == wanted:
                return one
    return next((one for one in components if wanted and obj(one.get("emoji")).get("name") == wanted), None)


def _label(button: Json) -> str:
    return text(button.get("label")) or text(obj(button.get("emoji")).get("name")) or "(unnamed)"


def _content(component: Json) -> Json:
    return {
        "component_type": component["type"],
        "custom_id": component.get("custom_id"),
        "id": component.get("id"),
    }


DEEDS: dict[str, Do] = {"click": click, "select": select}
