"""The limits of a message as a whole, and what of a request's body would be kept."""

from __future__ import annotations

from dataclasses import dataclass

from sovereign.sandbox.entities import MessageFlag
from sovereign.sandbox.errors import Form, refusal
from sovereign.sandbox.limits.components import check_components
from sovereign.sandbox.limits.embeds import check_embeds
from sovereign.sandbox.wire import Json, items, number, obj, objs, text

LONGEST = 2000
LONGEST_NONCE = 25
MOST_FILES = 10
_SETTABLE = (
    MessageFlag.SUPPRESS_EMBEDS
    | MessageFlag.EPHEMERAL
    | MessageFlag.SUPPRESS_NOTIFICATIONS
    | MessageFlag.COMPONENTS_V2
)
_PARSED = ("roles", "users", "everyone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A checked body. None means that the body does not speak of it; it matters when editing."""

    content: str | None = None
    embeds: tuple[Json, ...] | None = None
    components: tuple[Json, ...] | None = None
    attachments: tuple[Json, ...] | None = None
    flags: int | None = None
    allowed_mentions: Json | None = None
    tts: bool = False


def check_message(body: Json, *, new_files: int, v2: bool = False, path: str = "") -> Draft:
    """Raises 50035 with the path of every fault. `v2`: the message edited is of Components V2 already.

    `path` is put before every path: `data.` in an interaction's callback.
    """
    form = Form()
    flags = number(body.get("flags")) & _SETTABLE if body.get("flags") is not None else None
    v2 = v2 or bool((flags or 0) & MessageFlag.COMPONENTS_V2)
    content = _content(form, body, path)
    embeds = _listed(body, "embeds")
    components = _listed(body, "components")
    if v2:
        _no_legacy(form, body, path)
    draft = Draft(
        content=content,
        embeds=None if embeds is None else check_embeds(form, embeds, f"{path}embeds"),
        components=None
        if components is None
        else check_components(form, components, v2=v2, path=f"{path}components"),
        attachments=None if "attachments" not in body else tuple(objs(body["attachments"])),
        flags=flags,
        allowed_mentions=_allowed(form, body, path),
        tts=body.get("tts") is True,
    )
    kept = [one for one in draft.attachments or () if len(text(one.get("id"))) > 2]
    form.length(f"{path}attachments", [None] * (new_files + len(kept)), MOST_FILES)
    form.check()
    return draft


def check_nonce(body: Json) -> str | None:
    """The nonce as text. Raises 50035 when it is longer than 25 characters."""
    nonce = body.get("nonce")
    if nonce is None:
        return None
    form = Form()
    if isinstance(nonce, bool) or not isinstance(nonce, str | int):
        form.kind("nonce", "string")
    form.length("nonce", str(nonce), LONGEST_NONCE)
    form.check()
    return str(nonce)


def need_something(draft: Draft, files: int) -> None:
    """Raises 50006 for a message with nothing in it."""
    if not (draft.content or draft.embeds or draft.components or files):
        raise refusal(50006)


def _content(form: Form, body: Json, path: str) -> str | None:
    if "content" not in body:
        return None
    content = body["content"]
    if content is not None and not isinstance(content, str | int | float):
        form.kind(f"{path}content", "string")
        return ""
    written = "" if content is None else str(content).strip()
    form.length(f"{path}content", written, LONGEST)
    return written


def _listed(body: Json, name: str) -> list[Json] | None:
    if name in body:
        return objs(body[name])
    if name == "embeds" and body.get("embed"):
        return [obj(body["embed"])]
    return None


def _no_legacy(form: Form, body: Json, path: str) -> None:
    for name in ("content", "embeds", "poll", "sticker_ids"):
        if body.get(name):
            form.fault(
                f"{path}{name}",
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
            )


def _allowed(form: Form, body: Json, path: str) -> Json | None:
    if body.get("allowed_mentions") is None:
        return None
    allowed = obj(body["allowed_mentions"])
    parse = items(allowed.get("parse"))
    for index, one in enumerate(parse):
        if one not in _PARSED:
            listed = ", ".join(f"'{name}'" for name in _PARSED)
            form.fault(
                f"{path}allowed_mentions.parse.{index}",
                "BASE_TYPE_CHOICES",
                f"Value must be one of ({listed}).",
            )
    for name in ("users", "roles"):
        form.length(f"{path}allowed_mentions.{name}", items(allowed.get(name)), 100)
        if name in parse and items(allowed.get(name)):
            form.fault(
                f"{path}allowed_mentions",
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{name}"] and {name}: [ids...] are mutually exclusive.',
            )
    return allowed
