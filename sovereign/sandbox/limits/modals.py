"""The limits of modals: a title and up to five fields, old style (an input in a row) or new (a label)."""

from __future__ import annotations

from sovereign.sandbox.errors import Form
from sovereign.sandbox.limits.components import (
    ROW,
    SELECTS,
    TEXT_DISPLAY,
    TEXT_INPUT,
    check_options,
    check_select,
)
from sovereign.sandbox.wire import Json, number, obj, objs, text

LABEL, UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 18, 19, 21, 22, 23
MOST_CHOICES = 10
"""Options of radio buttons and checkboxes, files of an upload."""
_FIELDS = SELECTS | {TEXT_INPUT, UPLOAD, RADIO, CHECKBOXES, CHECKBOX}


def check_modal(modal: Json) -> None:
    """Raises 50035 with paths that begin at `data`."""
    form = Form()
    form.length("data.title", modal.get("title"), 45, 1)
    form.length("data.custom_id", modal.get("custom_id"), 100, 1)
    components = objs(modal.get("components"))
    form.length("data.components", list(components), 5, 1)
    seen: set[str] = set()
    for index, component in enumerate(components):
        path = f"data.components.{index}"
        if component.get("type") == ROW:
            _check_row(form, component, path)
        elif component.get("type") == LABEL:
            _check_label(form, component, path)
        elif component.get("type") != TEXT_DISPLAY:
            form.one_of(f"{path}.type", component.get("type"), frozenset({ROW, TEXT_DISPLAY, LABEL}))
        _check_unique(form, component, path, seen)
    form.check()


def fields(modal: Json) -> list[tuple[str, Json]]:
    """The label of every field, and the field."""
    found: list[tuple[str, Json]] = []
    for component in objs(modal.get("components")):
        if component.get("type") == LABEL:
            found.append((text(component.get("label")), obj(component.get("component"))))
        found += [(text(inner.get("label")), inner) for inner in objs(component.get("components"))]
    return found


def bounds(field: Json) -> tuple[int, int]:
    """How many files an upload takes at least and at most, or how many boxes may be ticked."""
    boxes = len(objs(field.get("options")))
    return number(field.get("min_values"), 1), number(field.get("max_values"), boxes or 1)


def _check_row(form: Form, row: Json, path: str) -> None:
    inner = objs(row.get("components"))
    form.length(f"{path}.components", list(inner), 1, 1)
    for index, one in enumerate(inner):
        place = f"{path}.components.{index}"
        if form.one_of(f"{place}.type", one.get("type"), frozenset({TEXT_INPUT})):
            form.length(f"{place}.label", one.get("label"), 45, 1)
            _check_input(form, one, place)


def _check_label(form: Form, label: Json, path: str) -> None:
    form.length(f"{path}.label", label.get("label"), 45, 1)
    form.length(f"{path}.description", label.get("description"), 100)
    inner, place = obj(label.get("component")), f"{path}.component"
    kind = inner.get("type")
    if not form.one_of(f"{place}.type", kind, frozenset(_FIELDS)):
        return
    if kind == TEXT_INPUT:
        _check_input(form, inner, place)
    elif kind in SELECTS:
        check_select(form, inner, place)
    else:
        form.length(f"{place}.custom_id", inner.get("custom_id"), 100, 1)
    if kind in (RADIO, CHECKBOXES):
        _check_boxes(form, inner, place)
    if kind in (UPLOAD, CHECKBOXES):
        _check_bounds(form, inner, place)


def _check_boxes(form: Form, field: Json, path: str) -> None:
    options = objs(field.get("options"))
    check_options(form, options, f"{path}.options", MOST_CHOICES, 2 if field.get("type") == RADIO else 1)


def _check_bounds(form: Form, field: Json, path: str) -> None:
    for name, lowest in (("min_values", 0), ("max_values", 1)):
        if field.get(name) is not None:
            form.between(f"{path}.{name}", field[name], lowest, MOST_CHOICES)
    least, most = bounds(field)
    if least > most:
        form.fault(f"{path}.min_values", "BASE_TYPE_MAX", f"min_values must be equal to or less than {most}")


def _check_input(form: Form, field: Json, path: str) -> None:
    form.length(f"{path}.custom_id", field.get("custom_id"), 100, 1)
    form.one_of(f"{path}.style", field.get("style"), frozenset({1, 2}))
    form.length(f"{path}.placeholder", field.get("placeholder"), 100)
    form.length(f"{path}.value", field.get("value"), 4000)
    if field.get("min_length") is not None:
        form.between(f"{path}.min_length", field["min_length"], 0, 4000)
    if field.get("max_length") is not None:
        form.between(f"{path}.max_length", field["max_length"], 1, 4000)


def _check_unique(form: Form, component: Json, path: str, seen: set[str]) -> None:
    for place, inner in (
        *((f"{path}.components.{i}", one) for i, one in enumerate(objs(component.get("components")))),
        (f"{path}.component", obj(component.get("component"))),
    ):
        custom_id = text(inner.get("custom_id"))
        if custom_id and custom_id in seen:
            form.fault(
                f"{place}.custom_id",
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                "Component custom id cannot be duplicated",
            )
        seen.add(custom_id)
