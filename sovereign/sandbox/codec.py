"""Entities as JSON and back, by their own type annotations: what is at its default is left out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Union, cast, get_args, get_origin, get_type_hints

from sovereign.sandbox import entities
from sovereign.sandbox.entities import Entity
from sovereign.sandbox.wire import Json

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

KINDS: dict[str, type[Entity]] = {
    cls.__name__: cls
    for cls in (
        entities.User,
        entities.Guild,
        entities.Role,
        entities.Channel,
        entities.Member,
        entities.Message,
        entities.Command,
        entities.Webhook,
        entities.Interaction,
        entities.Mark,
    )
}


def encode(entity: Entity) -> Json:
    return {"kind": type(entity).__name__, "put": _fields(entity)}


def decode(kind: str, fields: Json) -> Entity:
    """Raises KeyError for a kind that does not exist, and TypeError for fields that do not fit."""
    return cast(Entity, _READERS[kind](fields))


def _fields(entity: DataclassInstance) -> Json:
    return {
        field.name: _plain(value)
        for field in dataclasses.fields(entity)
        if (value := getattr(entity, field.name)) != field.default
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return _fields(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value


def _reader(hint: object) -> Callable[[object], object]:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        inner = _reader(next(arg for arg in get_args(hint) if arg is not NoneType))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        each = _reader(get_args(hint)[0])
        return lambda value: tuple(each(item) for item in cast(list[object], value))
    if hint is datetime:
        return lambda value: datetime.fromisoformat(cast(str, value))
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return partial(_read, hint)
    return lambda value: value


def _read(cls: type, value: object) -> object:
    readers = _field_readers(cls)
    return cls(**{name: readers[name](field) for name, field in cast(Json, value).items() if name in readers})


@cache
def _field_readers(cls: type) -> dict[str, Callable[[object], object]]:
    """Made when first needed, as an entity may hold one of its own kind."""
    return {name: _reader(hint) for name, hint in get_type_hints(cls).items()}


_READERS = {kind: _reader(cls) for kind, cls in KINDS.items()}
