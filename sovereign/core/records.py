"""Frozen dataclasses with dozens of fields: made, and changed, in a fifth of the time.

The usual `__init__` of a frozen dataclass sets field by field, past its own guard; an event is made once
for each thing that a sender says, and then changed once or twice.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

T = TypeVar("T")


def quick(cls: type[T]) -> type[T]:
    """A frozen dataclass of keywords, without slots and `__post_init__`, whose fields are set all at once."""
    given_by_all: Any = dataclasses.fields(cls)  # type: ignore[arg-type]
    usual = {one.name: one.default for one in given_by_all if one.default is not dataclasses.MISSING}
    makers = {
        one.name: one.default_factory
        for one in given_by_all
        if one.default_factory is not dataclasses.MISSING
    }
    names = frozenset(one.name for one in given_by_all)
    needed, size = names - usual.keys() - makers.keys(), len(names)

    def made(self: object, **given: object) -> None:
        mine = self.__dict__
        mine.update(usual)
        for name, make in makers.items():
            mine[name] = make()
        mine.update(given)
        if len(mine) != size or not needed <= given.keys():
            _refuse(cls, names ^ mine.keys())

    cls.__init__ = made  # type: ignore[method-assign]
    return cls


if TYPE_CHECKING:
    from dataclasses import replace as replace
else:

    def replace(record, /, **changes):
        """The same record with other values for some of its fields: as `dataclasses.replace`."""
        kind = type(record)
        if "__slots__" in kind.__dict__:
            return dataclasses.replace(record, **changes)
        made = object.__new__(kind)
        mine = made.__dict__
        mine.update(record.__dict__)
        mine.update(changes)
        if len(mine) != len(record.__dict__):
            _refuse(kind, mine.keys() - record.__dict__.keys())
        return made


def fields_of(record: object) -> dict[str, object]:
    """The fields of a `quick` record by name, with their very values: `dataclasses.asdict` copies all."""
    return dict(record.__dict__)


def _refuse(kind: type, names: Any) -> NoReturn:
    raise TypeError(f"{kind.__name__}: these fields are missing, or not known: {', '.join(sorted(names))}")
