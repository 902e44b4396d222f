"""Bodies of trackers that others have gathered, where they are at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event
from sovereign.integrations._source import source

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
SLUGS = ("basecamp", "jira", "linear", "pivotal", "shortcut", "taiga", "trello", "wekan")
BODIES = [
    (slug, path)
    for slug in SLUGS
    for path in sorted((CORPUS / slug).glob("*"))
    if path.suffix in (".json", ".xml") and ".headers." not in path.name
]
needed = pytest.mark.skipif(not BODIES, reason="the corpus of sample bodies is not beside the repository")

SAY_NO_NAME = {"shortcut", "linear"}
"""Shortcut names people by id alone, Linear did so once: the ticket's own name must do."""
NAMES = ("name", "title", "subject", "summary")
ACTORS = ("displayName", "full_name", "fullName", "name", "user", "author")
SAY_NO_PLACE = {
    "linear/z.comment_remove",
    "pivotal/z.v5_bad_request",
    "taiga/z.webhook_test",
    *(f"shortcut/{name}" for name in ("z.epic_archive", "z.epic_update_add_comment", "z.story_delete")),
    *(f"shortcut/{name}" for name in ("z.epic_update_change_title", "z.epic_update_remove_description")),
    "shortcut/zulipold.epic_archive",
}
"""Bodies that name neither project nor board nor workspace."""


@cache
def events_of(slug: str, body: Path) -> tuple[Event, ...]:
    """Empty where the source refuses the body."""
    named = json.loads(body.with_suffix(".headers.json").read_text(encoding="utf-8"))
    try:
        headers = {name.lower(): value for name, value in named.items()}
        return tuple(source(slug).parse(headers, body.read_bytes()))
    except BadPayload:
        return ()


def texts_in(node: object, keys: tuple[str, ...]) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from texts_in(one, keys)
    elif isinstance(node, dict):
        yield from (
            " ".join(value.split()) for key, value in node.items() if key in keys and isinstance(value, str)
        )
        for value in node.values():
            yield from texts_in(value, keys)


@needed
@pytest.mark.parametrize(("slug", "body"), BODIES, ids=[f"{slug}-{path.stem}" for slug, path in BODIES])
def test_a_body_is_read_and_gives_a_declared_kind(slug: str, body: Path) -> None:
    events = events_of(slug, body)
    assert events
    for event in events:
        assert event.kind in source(slug).kinds
        assert len(event.title.splitlines()) == 1
        assert len(event.fields) <= 6


@needed
@pytest.mark.parametrize("slug", SLUGS)
def test_titles_say_who_did_it_or_to_what(slug: str) -> None:
    keys = NAMES if slug in SAY_NO_NAME else ACTORS
    told, nameless = 0, []
    for path in (path for of, path in BODIES if of == slug and path.stem != "z.v5_bad_request"):
        raw = path.read_text(encoding="utf-8")
        names = list(texts_in(json.loads(raw), keys)) if path.suffix == ".json" else [_author(raw)]
        for event in events_of(slug, path):
            told += 1
            if not any(name and name in event.title for name in names):
                nameless.append(event.title)
    assert len(nameless) <= told / 100, nameless


def _author(xml: str) -> str:
    return xml.split("<author>")[1].split("</author>")[0]


@needed
@pytest.mark.parametrize("slug", SLUGS)
def test_events_say_in_which_project(slug: str) -> None:
    told, placeless = 0, []
    for path in (path for of, path in BODIES if of == slug and f"{of}/{path.stem}" not in SAY_NO_PLACE):
        for event in events_of(slug, path):
            told += 1
            if not event.service or event.service not in event.title:
                placeless.append(f"{path.stem}: {event.title}")
    assert len(placeless) <= told / 100, placeless
