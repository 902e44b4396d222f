"""The bytes of attachments: kept in a file for each, under the attachment's id."""

from __future__ import annotations

import mimetypes
import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sovereign.sandbox.entities import Attachment
from sovereign.sandbox.errors import refusal
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import Json, number, text

_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file on its way in. `slot` is its number in the request, by which `attachments` speaks of it."""

    slot: int
    filename: str
    content: bytes
    content_type: str | None = None


def store(platform: Platform, uploads: Iterable[Upload], described: Iterable[Json]) -> tuple[Attachment, ...]:
    """Write the bytes and give back what a message keeps of them. Raises 40005 for one that is too large."""
    about = {number(one.get("id"), -1): one for one in described}
    return tuple(_store(platform, upload, about.get(upload.slot, {})) for upload in uploads)


def kept(existing: tuple[Attachment, ...], wanted: tuple[Json, ...] | None) -> tuple[Attachment, ...]:
    """What an edit leaves of the attachments: all when it does not speak of them, else those it names."""
    if wanted is None:
        return existing
    by_id = {number(one.get("id"), -1): one for one in wanted}
    return tuple(
        replace(one, description=text(by_id[one.id].get("description")) or one.description)
        for one in existing
        if one.id in by_id
    )


def _store(platform: Platform, upload: Upload, about: Json) -> Attachment:
    if len(upload.content) > platform.options.largest_file:
        raise refusal(40005)
    attachment_id = platform.state.ids.next()
    name = text(about.get("filename")) or upload.filename
    platform.files.mkdir(parents=True, exist_ok=True)
    (platform.files / str(attachment_id)).write_bytes(upload.content)
    width, height = _dimensions(upload.content)
    return Attachment(
        id=attachment_id,
        filename=_safe(name),
        size=len(upload.content),
        content_type=mimetypes.guess_type(name)[0] or upload.content_type,
        description=text(about.get("description")) or None,
        width=width,
        height=height,
    )


def _safe(name: str) -> str:
    """As Discord writes file names: no blanks, nothing that could be a path."""
    plain = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)
    return plain.strip(".") or "unknown"


def _dimensions(content: bytes) -> tuple[int | None, int | None]:
    if content.startswith(_PNG) and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return int(width), int(height)
    return None, None
