"""The limits of embeds, and embeds as Discord keeps them: trimmed, without what it does not know.

https://discord.com/developers/docs/resources/message#embed-object-embed-limits
"""

from __future__ import annotations

from sovereign.sandbox.errors import Form
from sovereign.sandbox.wire import Json, iso, moment, obj, objs, text

MOST = 10
MOST_FIELDS = 25
LARGEST = 6000
"""Characters of titles, descriptions, fields, footers and authors of all embeds of a message together."""
_SCHEMES = ("http://", "https://", "attachment://")


def check_embeds(form: Form, embeds: list[Json], path: str = "embeds") -> tuple[Json, ...]:
    """Note every fault in `form` and give back what would be kept."""
    form.length(path, list(embeds), MOST)
    kept = tuple(_checked(form, embed, f"{path}.{index}") for index, embed in enumerate(embeds))
    if sum(_size(embed) for embed in kept) > LARGEST:
        form.fault(path, "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {LARGEST}")
    return kept


def _checked(form: Form, embed: Json, path: str) -> Json:
    kept: Json = {"type": "rich"}
    for name, most in (("title", 256), ("description", 4096)):
        if value := _trimmed(embed.get(name)):
            form.length(f"{path}.{name}", value, most)
            kept[name] = value
    if embed.get("url"):
        kept["url"] = _address(form, embed["url"], f"{path}.url")
    if embed.get("color") is not None:
        form.between(f"{path}.color", embed["color"], 0, 0xFFFFFF)
        kept["color"] = embed["color"]
    if embed.get("timestamp") is not None:
        when = moment(embed["timestamp"])
        if when is None:
            form.fault(f"{path}.timestamp", "DATETIME_TYPE_PARSE", "Could not parse datetime.")
        kept["timestamp"] = iso(when) if when else None
    _check_parts(form, embed, kept, path)
    _check_fields(form, embed, kept, path)
    return kept


def _check_parts(form: Form, embed: Json, kept: Json, path: str) -> None:
    for part, name, most in (("footer", "text", 2048), ("author", "name", 256)):
        given = obj(embed.get(part))
        if given:
            form.length(f"{path}.{part}.{name}", _trimmed(given.get(name)), most, 1)
            kept[part] = _part(form, given, name, f"{path}.{part}")
    for part in ("image", "thumbnail"):
        if url := obj(embed.get(part)).get("url"):
            address = _address(form, url, f"{path}.{part}.url")
            kept[part] = {"url": address, "proxy_url": address}


def _part(form: Form, given: Json, name: str, path: str) -> Json:
    part: Json = {name: _trimmed(given.get(name))}
    for key in ("url", "icon_url"):
        if given.get(key):
            part[key] = _address(form, given[key], f"{path}.{key}")
    return part


def _check_fields(form: Form, embed: Json, kept: Json, path: str) -> None:
    fields = objs(embed.get("fields"))
    form.length(f"{path}.fields", list(fields), MOST_FIELDS)
    shown: list[Json] = []
    for index, field in enumerate(fields):
        name, value = _trimmed(field.get("name")), _trimmed(field.get("value"))
        form.length(f"{path}.fields.{index}.name", name, 256, 1)
        form.length(f"{path}.fields.{index}.value", value, 1024, 1)
        shown.append({"name": name, "value": value, "inline": field.get("inline") is True})
    if shown:
        kept["fields"] = shown


def _address(form: Form, url: object, path: str) -> str:
    written = text(url)
    if not written.startswith(_SCHEMES):
        form.fault(path, "URL_TYPE_INVALID_SCHEME", f'Scheme "{written.partition(":")[0]}" is not supported.')
    elif not written.partition("://")[2] or any(letter.isspace() for letter in written):
        form.fault(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
    form.length(path, written, 2048)
    return written


def _trimmed(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _size(embed: Json) -> int:
    texts = [embed.get("title"), embed.get("description")]
    texts += [obj(embed.get("footer")).get("text"), obj(embed.get("author")).get("name")]
    for field in objs(embed.get("fields")):
        texts += [field["name"], field["value"]]
    return sum(len(text(one)) for one in texts)
