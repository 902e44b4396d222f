"""What a body of nobody in particular says: under usual names, however written, or as Slack is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from sovereign.integrations._payload import Payload, encodable, one_line

NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "message", "summary", "subject", "name", "event", "text"),
    "text": ("text", "description", "body", "details", "message"),
    "url": ("url", "link", "html_url"),
    "actor": ("actor", "user", "author", "sender"),
    "service": ("service", "app", "project"),
    "environment": ("environment", "env"),
    "repo": ("repo", "repository"),
    "branch": ("branch",),
    "status": ("status", "state"),
    "severity": ("severity", "level", "priority"),
    "kind": ("kind", "type"),
    "channel": ("channel",),
}
"""Where each field is looked for, in this order; with or without capitals, with dashes or underscores."""
HAPPENINGS = ("type", "event_type", "eventtype", "event", "action", "hook", "trigger")
"""Where a body without a title may say in a word what has happened."""
SENTENCES = ("headline", "intro", "description", "reason", "error", "memo")
"""Where one may say it in a sentence instead."""
ENDINGS = ("title", "subject", "summary", "message", "description", "name")
"""How names of titles end that say of what: `post_title`, `taskName`."""
MOST, DEEPEST = 50, 2
"""Objects, and how far into one another, that are looked through for a title."""
MOST_NAMES = 1000
"""Names of an object that are looked at: a body of megabytes may be one object of nothing else."""
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-\s.]")
_BOLD = re.compile(r"(?<!\w)\*(?=\S)([^*\n]+?)(?<=\S)\*(?!\w)")
_LINK = re.compile(r"<(?:[!#@][^<>|]*|(?P<url>https?://[^<>|]+))(?:\|(?P<label>[^<>]*))?>")


def said(payload: Payload) -> dict[str, str]:
    """The text of each field that there is; a title in any case but that of a body that names nothing."""
    top = _named(payload.raw)
    found = {field: first(top, names) for field, names in NAMES.items()}
    title, *rest = slack_lines(payload.raw) or [""]
    if title:
        found["url"] = found["url"] or _title_link(payload.raw)
        found["text"] = "\n".join([title, *rest] if found["title"] else rest)
        found["title"] = found["title"] or title
    if not found["title"]:
        what = first(top, SENTENCES) or _title(payload.raw)
        found["title"] = ": ".join(filter(None, (first(top, HAPPENINGS), what)))
    return found


def first(named: Mapping[str, object], names: Sequence[str]) -> str:
    """The first text or number under one of the names."""
    texts = (_text(named.get(name)) for name in names)
    return next((text for text in texts if text.strip()), "")


def named(payload: Payload) -> Mapping[str, object]:
    """What a body has by the usual spelling of its names."""
    return _named(payload.raw)


def slack_lines(raw: object) -> list[str]:
    """What stands in the attachments and blocks of a message that is made for Slack."""
    if not isinstance(raw, dict):
        return []
    parts = [*_parts(raw.get("attachments"), _attachment), *_parts(raw.get("blocks"), _block)]
    lines = (line.strip() for part in parts for line in _plain(part).split("\n"))
    return [line for line in lines if line]


def _title(raw: object) -> str:
    """The first title of something in the body, nearest to its outside."""
    inside = [_named(one) for one in islice(_objects(raw, DEEPEST), MOST)]
    exact = (first(one, NAMES["title"]) for one in inside[1:])
    ending = (
        _text(value)
        for one in inside
        for wanted in ENDINGS
        for name, value in one.items()
        if name.endswith(f"_{wanted}")
    )
    return next((one_line(text) for found in (exact, ending) for text in found if text.strip()), "")


def _objects(raw: object, depth: int) -> Iterator[Mapping[str, object]]:
    """The object and those in it, the nearer ones first."""
    level = [raw] if isinstance(raw, dict) else []
    for _ in range(depth + 1):
        yield from level
        level = [value for one in level for value in one.values() if isinstance(value, dict)]


def _named(raw: object) -> dict[str, object]:
    if not isinstance(raw, dict):
        return {}
    found: dict[str, object] = {}
    for name, value in islice(raw.items(), MOST_NAMES):
        found.setdefault(_WORDS.sub("_", name).lower(), value)
    return found


def _text(value: object) -> str:
    if isinstance(value, str):
        return encodable(value)
    return Payload(value).scalar() if isinstance(value, int | float) else ""


def _parts(found: object, read: Callable[[Mapping[str, object]], Iterator[str]]) -> Iterator[str]:
    for one in _list(found):
        if isinstance(one, dict):
            yield from read(one)


def _title_link(raw: object) -> str:
    """Where the first attachment that has a title leads."""
    attachments = _list(raw.get("attachments") if isinstance(raw, dict) else None)
    links = (_text(one.get("title_link")) for one in attachments if isinstance(one, dict))
    return next(filter(None, links), "")


def _attachment(one: Mapping[str, object]) -> Iterator[str]:
    yield from (_text(one.get(name)) for name in ("pretext", "title"))
    yield _text(one.get("text")) or _text(one.get("fallback"))
    for each in _list(one.get("fields")):
        if isinstance(each, dict):
            yield ": ".join(filter(None, (_text(each.get("title")), _text(each.get("value")))))
    yield from _parts(one.get("blocks"), _block)


def _block(one: Mapping[str, object]) -> Iterator[str]:
    for holder in (one.get("text"), *_list(one.get("fields")), *_list(one.get("elements"))):
        yield _text(holder.get("text") if isinstance(holder, dict) else None)


def _list(found: object) -> list[object]:
    return found if isinstance(found, list) else []


def _plain(text: str) -> str:
    """Without Slack's marks for links, mentions and what is bold."""
    linked = _LINK.sub(lambda found: found["label"] or found["url"] or "", text)
    bare = _BOLD.sub(r"\1", linked)
    return bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")  # it escapes no others
