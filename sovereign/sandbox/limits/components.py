"""The limits of message components: rows of buttons and selects, and the layouts of Components V2.

https://discord.com/developers/docs/components/reference
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sovereign.sandbox.errors import Form
from sovereign.sandbox.wire import Json, obj, objs, text

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER = 9, 10, 11, 12, 13, 14, 17
SELECTS = frozenset({3, 5, 6, 7, 8})
MOST_ROWS = 5
WIDTH = 5
MOST_IN_ALL = 40
"""Components of a Components V2 message, nested ones counted."""
MOST_TEXT = 4000
"""Characters of all text displays of a Components V2 message."""

_SCHEMES = ("http", "https", "attachment")
_LAYOUTS = frozenset({ROW, SECTION, TEXT_DISPLAY, GALLERY, FILE, SEPARATOR, CONTAINER})
_LINK, _PREMIUM = 5, 6
_UNSAID: dict[object, Json] = {
    SEPARATOR: {"spacing": 1, "divider": True},
    THUMBNAIL: {"description": None, "spoiler": False},
    FILE: {"spoiler": False},
    CONTAINER: {"accent_color": None, "spoiler": False},
    **{kind: {"min_values": 1, "max_values": 1} for kind in SELECTS},
}
"""What Discord fills in, by type."""


def check_components(
    form: Form, components: list[Json], *, v2: bool, path: str = "components"
) -> tuple[Json, ...]:
    """Note every fault in `form` and give back what would be kept, numbered as Discord numbers components."""
    if v2:
        _check_layouts(form, components, path)
    else:
        form.length(path, list(components), MOST_ROWS)
        for index, row in enumerate(components):
            if row.get("type") == ROW:
                check_row(form, row, f"{path}.{index}")
            else:
                _wrong_type(form, f"{path}.{index}", frozenset({ROW}))
    _check_unique(form, components, path)
    return tuple(_numbered(components))


def walk(components: list[Json], path: str = "components") -> Iterator[tuple[str, Json]]:
    """Every component with its path, from the top down."""
    for index, component in enumerate(components):
        place = f"{path}.{index}"
        yield place, component
        yield from walk(objs(component.get("components")), f"{place}.components")
        for slot in ("accessory", "component"):
            if inner := obj(component.get(slot)):
                yield f"{place}.{slot}", inner


def check_row(form: Form, row: Json, path: str) -> None:
    inner = objs(row.get("components"))
    form.length(f"{path}.components", list(inner), WIDTH, 1)
    wide = any(one.get("type") in SELECTS for one in inner)
    for index, component in enumerate(inner):
        place = f"{path}.components.{index}"
        if wide and index > 0:
            form.fault(
                place,
                "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
                "The specified component exceeds the maximum width",
            )
        _check_interactive(form, component, place)


def _check_interactive(form: Form, component: Json, path: str) -> None:
    kind = component.get("type")
    if kind == BUTTON:
        _check_button(form, component, path)
    elif kind in SELECTS:
        check_select(form, component, path)
    else:
        _wrong_type(form, path, frozenset({BUTTON}) | SELECTS)


def _check_button(form: Form, button: Json, path: str) -> None:
    style = button.get("style")
    if not form.one_of(f"{path}.style", style, frozenset(range(1, 7))):
        return
    form.length(f"{path}.label", button.get("label"), 80)
    if style == _LINK:
        form.length(f"{path}.url", button.get("url"), 512, 1)
        if button.get("custom_id"):
            form.fault(
                path,
                "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                "A custom id and url cannot both be specified",
            )
    elif style != _PREMIUM:
        form.length(f"{path}.custom_id", button.get("custom_id"), 100, 1)
    if style != _PREMIUM and not text(button.get("label")) and not obj(button.get("emoji")):
        form.fault(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A label or emoji is required")


def check_select(form: Form, select: Json, path: str) -> None:
    form.length(f"{path}.custom_id", select.get("custom_id"), 100, 1)
    form.length(f"{path}.placeholder", select.get("placeholder"), 150)
    least, most = select.get("min_values", 1), select.get("max_values", 1)
    form.between(f"{path}.min_values", least, 0, 25)
    form.between(f"{path}.max_values", most, 1, 25)
    if isinstance(least, int) and isinstance(most, int) and least > most:
        form.fault(f"{path}.min_values", "BASE_TYPE_MAX", f"min_values must be equal to or less than {most}")
    if select.get("type") == STRING_SELECT:
        check_options(form, objs(select.get("options")), f"{path}.options", 25)


def check_options(form: Form, options: list[Json], path: str, most: int, least: int = 1) -> None:
    form.length(path, list(options), most, least)
    seen: set[object] = set()
    for index, option in enumerate(options):
        place = f"{path}.{index}"
        form.length(f"{place}.label", option.get("label"), 100, 1)
        form.length(f"{place}.value", option.get("value"), 100, 1)
        form.length(f"{place}.description", option.get("description"), 100)
        if option.get("value") in seen:
            form.fault(
                f"{place}.value",
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            )
        seen.add(option.get("value"))


def _check_layouts(form: Form, components: list[Json], path: str) -> None:
    everything = list(walk(components, path))
    if len(everything) > MOST_IN_ALL:
        form.fault(
            path,
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
            f"The maximum number of components is {MOST_IN_ALL}",
        )
    written = sum(len(text(one.get("content"))) for _, one in everything if one.get("type") == TEXT_DISPLAY)
    if written > MOST_TEXT:
        form.fault(
            path,
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            f"Displayable text exceeds maximum size of {MOST_TEXT}",
        )
    for index, component in enumerate(components):
        _check_layout(form, component, f"{path}.{index}", _LAYOUTS)


def _check_layout(form: Form, component: Json, path: str, allowed: frozenset[int]) -> None:
    kind = component.get("type")
    if not isinstance(kind, int) or kind not in allowed:
        _wrong_type(form, path, allowed)
    else:
        _LAYOUT_CHECKS[kind](form, component, path)


def _check_text(form: Form, display: Json, path: str) -> None:
    form.length(f"{path}.content", display.get("content"), MOST_TEXT, 1)


def _check_gallery(form: Form, gallery: Json, path: str) -> None:
    form.length(f"{path}.items", gallery.get("items"), 10, 1)
    for index, item in enumerate(objs(gallery.get("items"))):
        _check_media(form, item, f"{path}.items.{index}")


def _check_media(form: Form, holder: Json, path: str) -> None:
    """A thumbnail, or one picture of a gallery."""
    url, place = text(obj(holder.get("media")).get("url")), f"{path}.media.url"
    form.length(place, url, 2048, 1)
    form.length(f"{path}.description", holder.get("description"), 1024)
    scheme = url.partition("://")[0]
    if url and scheme not in _SCHEMES:
        listed = ", ".join(f"'{one}'" for one in _SCHEMES)
        words = f'Scheme "{scheme}" is not supported. Scheme must be one of ({listed}).'
        form.fault(place, "URL_TYPE_INVALID_SCHEME", words)


def _check_separator(form: Form, separator: Json, path: str) -> None:
    if separator.get("spacing") is not None:
        form.one_of(f"{path}.spacing", separator["spacing"], frozenset({1, 2}))


def _check_file(form: Form, file: Json, path: str) -> None:
    if not text(obj(file.get("file")).get("url")).startswith("attachment://"):
        form.fault(f"{path}.file.url", "URL_TYPE_INVALID_SCHEME", "Only attachments can be shown as files.")


def _check_container(form: Form, container: Json, path: str) -> None:
    form.length(f"{path}.components", container.get("components"), MOST_IN_ALL, 1)
    if container.get("accent_color") is not None:
        form.between(f"{path}.accent_color", container["accent_color"], 0, 0xFFFFFF)
    for index, inner in enumerate(objs(container.get("components"))):
        _check_layout(form, inner, f"{path}.components.{index}", _LAYOUTS - {CONTAINER})


def _check_section(form: Form, section: Json, path: str) -> None:
    inner = objs(section.get("components"))
    form.length(f"{path}.components", list(inner), 3, 1)
    for index, one in enumerate(inner):
        _check_layout(form, one, f"{path}.components.{index}", frozenset({TEXT_DISPLAY}))
    accessory = obj(section.get("accessory"))
    if not accessory:
        form.required(f"{path}.accessory")
    elif accessory.get("type") == BUTTON:
        _check_button(form, accessory, f"{path}.accessory")
    elif accessory.get("type") == THUMBNAIL:
        _check_media(form, accessory, f"{path}.accessory")
    else:
        _wrong_type(form, f"{path}.accessory", frozenset({BUTTON, THUMBNAIL}))


_LAYOUT_CHECKS: dict[int, Callable[[Form, Json, str], None]] = {
    ROW: check_row,
    TEXT_DISPLAY: _check_text,
    GALLERY: _check_gallery,
    FILE: _check_file,
    SEPARATOR: _check_separator,
    SECTION: _check_section,
    CONTAINER: _check_container,
}


def _check_unique(form: Form, components: list[Json], path: str) -> None:
    seen: set[str] = set()
    for place, component in walk(components, path):
        custom_id = text(component.get("custom_id"))
        if custom_id and custom_id in seen:
            form.fault(
                f"{place}.custom_id",
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                "Component custom id cannot be duplicated",
            )
        seen.add(custom_id)


def _wrong_type(form: Form, path: str, allowed: frozenset[int]) -> None:
    listed = ", ".join(str(kind) for kind in sorted(allowed))
    form.fault(path, "UNION_TYPE_CHOICES", f'Value of field "type" must be one of ({listed}).')


def _tidy_emoji(component: Json) -> None:
    """An emoji without an id is kept without the field."""
    emoji = {key: part for key, part in obj(component.pop("emoji", None)).items() if part is not None}
    if emoji:
        component["emoji"] = emoji
    if "options" in component:
        component["options"] = [dict(option) for option in objs(component["options"])]
        for option in objs(component["options"]):
            _tidy_emoji(option)


def _numbered(components: list[Json]) -> list[Json]:
    taken = {one.get("id") for _, one in walk(components) if one.get("id")}
    free = (number for number in range(1, 1000) if number not in taken)

    def numbered(component: Json) -> Json:
        unsaid = _UNSAID.get(component.get("type"), {})
        kept = {**unsaid, **component, "id": component.get("id") or next(free)}
        _tidy_emoji(kept)
        if component.get("type") == GALLERY:
            kept["items"] = [_UNSAID[THUMBNAIL] | item for item in objs(component.get("items"))]
        if "components" in component:
            kept["components"] = [numbered(inner) for inner in objs(component["components"])]
        for slot in ("accessory", "component"):
            if inner := obj(component.get(slot)):
                kept[slot] = numbered(inner)
        return kept

    return [numbered(component) for component in components]
