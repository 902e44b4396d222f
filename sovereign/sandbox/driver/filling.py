"""Fills in the last modal that somebody was shown, and sends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sovereign.sandbox.actions import files
from sovereign.sandbox.actions.files import Upload
from sovereign.sandbox.driver import find
from sovereign.sandbox.driver.choosing import chosen, option
from sovereign.sandbox.driver.deed import Deed, Do, ask
from sovereign.sandbox.driver.resolved import Resolved
from sovereign.sandbox.entities import Interaction, InteractionKind
from sovereign.sandbox.limits.components import SELECTS, TEXT_DISPLAY, TEXT_INPUT
from sovereign.sandbox.limits.modals import CHECKBOX, CHECKBOXES, LABEL, RADIO, UPLOAD, bounds, fields
from sovereign.sandbox.wire import Json, items, number, obj, objs, text


async def modal(deed: Deed) -> Json:
    one = _last(deed)
    shown = one.modal or {}
    resolved = Resolved(deed.platform, deed.actor_id)
    given = obj(deed.body.get("fields"))
    _check_names(shown, given)
    filling = _Filling(deed=deed, given=given, resolved=resolved, pool=list(deed.uploads()))
    content: Json = {"custom_id": shown.get("custom_id"), "components": filling.components(shown)}
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


def _check_names(modal: Json, given: Json) -> None:
    known = fields(modal)
    extra = [name for name in given if all(name not in (label, one.get("custom_id")) for label, one in known)]
    if extra:
        listed = ", ".join(label for label, _ in known)
        raise find.wrong(f"The modal has no field {', '.join(extra)}. It has: {listed}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filling:
    """What somebody wrote and chose. `pool` holds the files that no field has taken yet."""

    deed: Deed
    given: Json
    resolved: Resolved
    pool: list[Upload]

    def components(self, modal: Json) -> list[Json]:
        """As the bot gets them. Raises 400 or 404 in words."""
        return [self._component(part) for part in objs(modal.get("components"))]

    def _component(self, part: Json) -> Json:
        base: Json = {"type": part.get("type"), "id": part.get("id", 0)}
        if part.get("type") == LABEL:
            return base | {"component": self._field(text(part.get("label")), obj(part.get("component")))}
        if part.get("type") == TEXT_DISPLAY:
            return base
        inner = [self._field(text(one.get("label")), one) for one in objs(part.get("components"))]
        return base | {"components": inner}

    def _field(self, label: str, field: Json) -> Json:
        custom_id, kind = text(field.get("custom_id")), number(field.get("type"))
        value = self.given.get(label, self.given.get(custom_id))
        base: Json = {"type": kind, "id": field.get("id", 0), "custom_id": custom_id}
        if kind in SELECTS:
            return base | {"values": _selected(label, field, value, self.resolved)}
        if kind == UPLOAD:
            return base | {"values": self._uploaded(label, field, value)}
        if kind == CHECKBOXES:
            return base | {"values": _ticked(label, field, value)}
        return base | {"value": _SINGLE[kind](label, field, value)}

    def _uploaded(self, label: str, field: Json, value: object) -> list[str]:
        """Files by name, each taken once; without names all that are left."""
        wanted = [one.filename for one in self.pool] if value is None else _listed(value)
        _check_count(label, field, len(wanted), "files")
        taken = [self._take(label, name) for name in wanted]
        kept = files.store(self.deed.platform, taken, [])
        return [self.resolved.file(one, self.deed.where.id) for one in kept]

    def _take(self, label: str, name: object) -> Upload:
        for upload in self.pool:
            if upload.filename == name:
                self.pool.remove(upload)
                return upload
        raise find.wrong(f"The field {label} takes names of the files that are sent along, not {name!r}.")


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
    wanted = _listed(value)
    if not wanted and field.get("required") is False:
        return []
    if not wanted:
        raise find.wrong(f"The field {label} needs a choice.")
    return chosen(field, wanted, resolved)


def _ticked(label: str, field: Json, value: object) -> list[str]:
    """Untouched, the boxes stay as the bot set them."""
    if value is None:
        wanted = [text(one.get("value")) for one in objs(field.get("options")) if one.get("default") is True]
    else:
        wanted = [option(field, one) for one in _listed(value)]
    _check_count(label, field, len(wanted), "choices")
    return wanted


def _radio(label: str, field: Json, value: object) -> str | None:
    preset = [one.get("value") for one in objs(field.get("options")) if one.get("default") is True]
    wanted = next(iter(preset), None) if value is None else value
    if wanted is None and field.get("required") is not False:
        raise find.wrong(f"The field {label} needs a choice.")
    return None if wanted is None else option(field, wanted)


def _checked(label: str, field: Json, value: object) -> bool:
    wanted = field.get("default") is True if value is None else value
    if not isinstance(wanted, bool):
        raise find.wrong(f"The field {label} is true or false, not {value!r}.")
    return wanted


_SINGLE: dict[int, Callable[[str, Json, object], object]] = {
    TEXT_INPUT: _text,
    RADIO: _radio,
    CHECKBOX: _checked,
}


def _check_count(label: str, field: Json, count: int, what: str) -> None:
    least, most = bounds(field)
    if count == 0 and field.get("required") is False:
        return
    if not least <= count <= most:
        raise find.wrong(f"The field {label} takes {least} to {most} {what}, not {count}.")


def _listed(value: object) -> list[object]:
    return items(value) if isinstance(value, list) else [] if value is None else [value]


DEEDS: dict[str, Do] = {"modal": modal}
