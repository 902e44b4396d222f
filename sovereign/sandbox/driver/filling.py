"""Fills in the last modal that somebody was shown, and sends it."""

from __future__ import annotations

from dataclasses import replace

from sovereign.sandbox.actions import files
from sovereign.sandbox.driver import find
from sovereign.sandbox.driver.choosing import chosen, option
from sovereign.sandbox.driver.deed import Deed, Do, ask
from sovereign.sandbox.driver.resolved import Resolved
from sovereign.sandbox.entities import Interaction, InteractionKind
from sovereign.sandbox.limits.components import SELECTS, TEXT_DISPLAY, TEXT_INPUT
from sovereign.sandbox.limits.modals import CHECKBOX, CHECKBOXES, LABEL, RADIO, UPLOAD, fields
from sovereign.sandbox.wire import Json, items, number, obj, objs, text


async def modal(deed: Deed) -> Json:
    one = _last(deed)
    shown = one.modal or {}
    resolved = Resolved(deed.platform, deed.actor_id)
    filled = _filled(deed, shown, resolved)
    content: Json = {"custom_id": shown.get("custom_id"), "components": filled}
    message = deed.platform.state.history(one.channel_id).get(one.message_id or 0)
    answer = await ask(deed, InteractionKind.MODAL, content | resolved.body(), message, one)
    if answer["result"] != "failed":
        deed.platform.state.commit(put=[replace(one, modal=None)])
    return answer


def _last(deed: Deed) -> Interaction:
    found = [
        one
        for one in deed.platform.state.tables.interactions.values()
        if one.modal is not None and one.user_id == deed.actor_id and one.channel_id == deed.where.id
    ]
    if not found:
        raise find.missing(f"{find.name_of(deed.platform, deed.actor_id)} has no modal open there.")
    return max(found, key=lambda one: one.id)


def _filled(deed: Deed, modal: Json, resolved: Resolved) -> list[Json]:
    given = obj(deed.body.get("fields"))
    known = fields(modal)
    extra = [name for name in given if all(name not in (label, one.get("custom_id")) for label, one in known)]
    if extra:
        listed = ", ".join(label for label, _ in known)
        raise find.wrong(f"The modal has no field {', '.join(extra)}. It has: {listed}.")
    components: list[Json] = []
    for part in objs(modal.get("components")):
        base: Json = {"type": part.get("type"), "id": part.get("id", 0)}
        if part.get("type") == LABEL:
            base["component"] = _field(deed, text(part.get("label")), obj(part.get("component")), resolved)
        elif part.get("type") != TEXT_DISPLAY:
            base["components"] = [
                _field(deed, text(one.get("label")), one, resolved) for one in objs(part.get("components"))
            ]
        components.append(base)
    return components


def _field(deed: Deed, label: str, field: Json, resolved: Resolved) -> Json:
    given = obj(deed.body.get("fields"))
    custom_id, kind = text(field.get("custom_id")), number(field.get("type"))
    value = given.get(label, given.get(custom_id))
    base: Json = {"type": kind, "id": field.get("id", 0), "custom_id": custom_id}
    if kind == TEXT_INPUT:
        return base | {"value": _text(label, field, value)}
    if kind in SELECTS:
        return base | {"values": _selected(label, field, value, resolved)}
    if kind == UPLOAD:
        kept = files.store(deed.platform, deed.uploads(), [])
        return base | {"values": [resolved.file(one, deed.where.id) for one in kept]}
    if kind == CHECKBOXES:
        return base | {"values": [option(field, one) for one in items(value)]}
    if kind == RADIO:
        return base | {"value": None if value is None else option(field, value)}
    return base | {"value": value is True if kind == CHECKBOX else value}


def _text(label: str, field: Json, value: object) -> str:
    written = text(field.get("value")) if value is None else value
    if not isinstance(written, str):
        raise find.wrong(f"The field {label} takes text, not {value!r}.")
    if not written and field.get("required") is not False:
        raise find.wrong(f"The field {label} must be filled in.")
    least, most = number(field.get("min_length")), number(field.get("max_length"), 4000)
    if written and not least <= len(written) <= most:
        raise find.wrong(f"The field {label} is {least} to {most} characters long, not {len(written)}.")
    return written


def _selected(label: str, field: Json, value: object, resolved: Resolved) -> list[str]:
    wanted = items(value) if isinstance(value, list) else [] if value is None else [value]
    if not wanted and field.get("required") is False:
        return []
    if not wanted:
        raise find.wrong(f"The field {label} needs a choice.")
    return chosen(field, wanted, resolved)


DEEDS: dict[str, Do] = {"modal": modal}
