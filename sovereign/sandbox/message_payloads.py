"""Messages with their attachments, reactions and references as the objects of Discord's API."""

from __future__ import annotations

from urllib.parse import quote

from sovereign.sandbox.entities import (
    THREADS,
    Attachment,
    Message,
    MessageFlag,
    MessageKind,
    Origin,
    Reaction,
)
from sovereign.sandbox.payloads import thread, user_of
from sovereign.sandbox.state import State
from sovereign.sandbox.wire import Json, iso, iso_or_none, obj, text

_USER_MENU = 2
_ATTACHED = "attachment://"
_MEDIA = frozenset({"media", "file"})
"""Where components hold media."""


def attachment(one: Attachment, channel_id: int, base: str) -> Json:
    url = f"{base}/attachments/{channel_id}/{one.id}/{quote(one.filename)}"
    shown: Json = {
        "id": str(one.id),
        "filename": one.filename,
        "size": one.size,
        "url": url,
        "proxy_url": url,
    }
    extras: Json = {
        "content_type": one.content_type,
        "description": one.description,
        "width": one.width,
        "height": one.height,
    }
    return shown | {name: value for name, value in extras.items() if value is not None}


def message(state: State, one: Message, base: str, viewer: int) -> Json:
    """Attachments are served under the URL `base`; `viewer` is the user whose reactions are `me`."""
    hanging = state.tables.channels.get(one.id)
    flags = one.flags | (MessageFlag.HAS_THREAD if hanging and hanging.kind in THREADS else 0)
    shown: Json = {
        "id": str(one.id),
        "channel_id": str(one.channel_id),
        "author": author(state, one),
        "content": one.content,
        "timestamp": iso(one.at),
        "edited_timestamp": iso_or_none(one.edited_at),
        "tts": one.tts,
        "mention_everyone": one.mention_everyone,
        "mentions": [user_of(state, user_id) for user_id in one.mentions],
        "mention_roles": [str(role_id) for role_id in one.mention_roles],
        "attachments": [attachment(file, one.channel_id, base) for file in one.attachments],
        "embeds": [_linked(embed, one, base) for embed in one.embeds],
        "components": [_linked(component, one, base) for component in one.components],
        "pinned": one.pinned_at is not None,
        "type": one.kind,
        "flags": int(flags),
    }
    if one.reactions:
        shown["reactions"] = [reaction(r, viewer) for r in one.reactions]
    if one.webhook_id is not None:
        shown["webhook_id"] = str(one.webhook_id)
    if one.origin is not None:
        shown |= _origin(state, one.origin)
    if hanging is not None and hanging.thread is not None:
        shown["thread"] = thread(state, hanging, hanging.thread)
    return shown | _reference(state, one, base, viewer)


def author(state: State, one: Message) -> Json:
    if one.webhook_name is None:
        return user_of(state, one.author_id)
    return {
        "id": str(one.author_id),
        "username": one.webhook_name,
        "discriminator": "0000",
        "global_name": None,
        "avatar": None,
        "bot": True,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def emoji(written: str) -> Json:
    """A reaction's emoji: Unicode, or `name:id`."""
    name, _, emoji_id = written.partition(":")
    return {"id": emoji_id or None, "name": name}


def reaction(one: Reaction, viewer: int) -> Json:
    return {
        "emoji": emoji(one.emoji),
        "count": len(one.users),
        "count_details": {"burst": 0, "normal": len(one.users)},
        "burst_colors": [],
        "me": viewer in one.users,
        "me_burst": False,
    }


def _origin(state: State, one: Origin) -> Json:
    metadata = _metadata(state, one)
    if one.name is None:
        return {"interaction_metadata": metadata}
    known = {key: metadata[key] for key in ("id", "type", "user", "name")}
    return {"interaction": known, "interaction_metadata": metadata}


def _metadata(state: State, one: Origin) -> Json:
    shown: Json = {
        "id": str(one.id),
        "type": one.kind,
        "user": user_of(state, one.user_id),
        "authorizing_integration_owners": {"0": str(state.guild.id)},
    }
    if one.original_id is not None:
        shown["original_response_message_id"] = str(one.original_id)
    if one.trigger is not None:
        return shown | {"triggering_interaction_metadata": _metadata(state, one.trigger)}
    if one.message_id is not None:
        return shown | {"interacted_message_id": str(one.message_id)}
    shown |= {"name": one.name, "command_type": one.command_kind}
    if one.command_kind == _USER_MENU and one.target_id is not None:
        shown["target_user"] = user_of(state, one.target_id)
    elif one.target_id is not None:
        shown["target_message_id"] = str(one.target_id)
    return shown


def _reference(state: State, one: Message, base: str, viewer: int) -> Json:
    if one.reference_channel_id is None:
        return {}
    where: Json = {"type": 0, "channel_id": str(one.reference_channel_id)}
    place = state.tables.channels.get(one.channel_id)
    if place is not None and place.guild_id is not None:
        where["guild_id"] = str(place.guild_id)
    if one.reference_id is None:
        return {"message_reference": where}
    where["message_id"] = str(one.reference_id)
    if one.kind not in (MessageKind.REPLY, MessageKind.THREAD_STARTER):
        return {"message_reference": where}
    target = state.history(one.reference_channel_id).get(one.reference_id)
    quoted = None
    if target is not None:
        quoted = {k: v for k, v in message(state, target, base, viewer).items() if k != "referenced_message"}
    return {"message_reference": where, "referenced_message": quoted}


def _linked(part: Json, one: Message, base: str) -> Json:
    """With every `attachment://name` made the address of that attachment, and media told of in full."""
    files: dict[str, Json] = {
        file.filename: attachment(file, one.channel_id, base) for file in one.attachments
    }
    return obj(_resolved(part, files, str(one.id)))


def _resolved(value: object, files: dict[str, Json], message_id: str) -> object:
    if isinstance(value, dict):
        resolved = {key: _resolved(inner, files, message_id) for key, inner in value.items()}
        for key in _MEDIA & value.keys():
            resolved[key] = _media(obj(value[key]), files, message_id)
        return resolved | (_about_file(obj(value["file"]), files) if "file" in value else {})
    if isinstance(value, list):
        return [_resolved(inner, files, message_id) for inner in value]
    if isinstance(value, str) and value.startswith(_ATTACHED):
        return files.get(value.removeprefix(_ATTACHED), {}).get("url", value)
    return value


def _about_file(asked: Json, files: dict[str, Json]) -> Json:
    file = files.get(text(asked.get("url")).removeprefix(_ATTACHED), {})
    return {"name": file.get("filename"), "size": file.get("size")}


def _media(asked: Json, files: dict[str, Json], message_id: str) -> Json:
    """What a component shows: an attachment of the message, or something elsewhere that nobody looked at."""
    url = text(asked.get("url"))
    file = files.get(url.removeprefix(_ATTACHED)) if url.startswith(_ATTACHED) else None
    if file is None:
        return {"id": message_id, "url": url, "proxy_url": url, "width": None, "height": None}
    kept = {key: file.get(key) for key in ("id", "url", "proxy_url", "width", "height", "content_type")}
    return kept | {"attachment_id": file["id"]}
