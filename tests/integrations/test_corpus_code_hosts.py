"""Bodies of the smaller code hosts that others have gathered, where they are at hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from sovereign.domain.events import Event
from sovereign.integrations._source import source

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
FOLDERS = {
    "azuredevops": ("azuredevops",),
    "bitbucket": ("bitbucket-cloud", "bitbucket-cloud-v1"),
    "bitbucket_server": ("bitbucket-server",),
    "forgejo": ("forgejo",),
    "gitea": ("gitea",),
    "gogs": ("gogs",),
}
BODIES = {
    slug: [
        path
        for folder in folders
        for path in sorted((CORPUS / folder).glob("*"))
        if ".headers." not in path.name
    ]
    for slug, folders in FOLDERS.items()
}
needed = pytest.mark.skipif(
    not any(BODIES.values()), reason="the corpus of sample bodies is not beside the repository"
)

PEOPLE = ("actor", "sender", "pusher", "user", "pushedBy", "createdBy", "lastChangedBy", "author")
NAMES = ("login", "username", "name", "slug", "nickname", "display_name", "displayName")
PLACES = ("full_name", "absolute_url", "slug", "name")


def headers_of(body: Path) -> dict[str, str]:
    named = json.loads((body.parent / f"{body.stem}.headers.json").read_text(encoding="utf-8"))
    return {name.lower(): value for name, value in named.items()}


def events_of(slug: str) -> list[tuple[Path, Event]]:
    """What every body gives, read from what is kept of it; a BadPayload fails the test."""
    sender = source(slug)
    return [
        (path, event)
        for path in BODIES[slug]
        for event in sender.parse(headers_of(path), sender.stored(path.read_bytes()))
    ]


def people_in(node: object) -> set[str]:
    """Whom a body calls an actor, wherever it does."""
    if isinstance(node, list):
        return {name for one in node for name in people_in(one)}
    if not isinstance(node, dict):
        return set()
    found: set[str] = set()
    for key, value in node.items():
        if key in PEOPLE and isinstance(value, str):
            found.add(value)
        elif key in PEOPLE and isinstance(value, dict):
            found |= {str(value[name]) for name in NAMES if value.get(name)}
        found |= people_in(value)
    return found


def repositories_in(node: object) -> set[str]:
    if isinstance(node, list):
        return {name for one in node for name in repositories_in(one)}
    if not isinstance(node, dict):
        return set()
    own = node.get("repository") or node.get("definition")
    named = {str(own[key]).strip("/") for key in PLACES if own.get(key)} if isinstance(own, dict) else set()
    return named | {name for value in node.values() for name in repositories_in(value)}


def json_of(path: Path) -> Mapping[str, object]:
    raw = path.read_text(encoding="utf-8")
    if path.suffix == ".form":
        raw = parse_qs(raw)["payload"][0]
    whole: Mapping[str, object] = json.loads(raw)
    return whole


@needed
@pytest.mark.parametrize("slug", FOLDERS)
def test_nearly_every_body_is_of_a_declared_kind(slug: str) -> None:
    told = events_of(slug)
    assert {path for path, _ in told} == set(BODIES[slug])
    declared = [event for _, event in told if event.kind in source(slug).kinds]
    assert len(declared) >= 0.9 * len(told)


@needed
@pytest.mark.parametrize("slug", FOLDERS)
def test_a_title_says_who_did_it(slug: str) -> None:
    for path, event in events_of(slug):
        people = people_in(json_of(path))
        assert not people or any(name in event.title for name in people), (path.name, event.title)
        assert event.actor is None or event.actor in event.title


@needed
@pytest.mark.parametrize("slug", FOLDERS)
def test_a_title_says_where(slug: str) -> None:
    for path, event in events_of(slug):
        places = repositories_in(json_of(path))
        assert any(name in event.title for name in places), (path.name, event.title)
        assert len(event.title.splitlines()) == 1
        assert event.repo is None or event.repo in event.title


@needed
@pytest.mark.parametrize("slug", ["gitea", "forgejo", "gogs"])
def test_no_secret_of_a_body_is_kept(slug: str) -> None:
    kept = [json.loads(source(slug).stored(path.read_bytes())) for path in BODIES[slug]]
    assert not any(body.get("secret") for body in kept)
