"""Bodies of scanners, registries and deployers that others have gathered, where they are at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sovereign.domain.events import Event
from sovereign.integrations._source import source

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
FOLDERS = {
    "ansibletower": "ansibletower",
    "aqua": "aqua",
    "docker_registry": "docker-registry",
    "dockerhub": "dockerhub",
    "falco": "falco",
    "flux": "flux",
    "harbor": "harbor",
    "reviewboard": "reviewboard",
    "rundeck": "rundeck",
    "sonarqube": "sonarqube",
    "trivy": "trivy",
}
BODIES = [
    (slug, path)
    for slug, folder in FOLDERS.items()
    for path in sorted((CORPUS / folder).glob("*.json"))
    if ".headers." not in path.name
]
needed = pytest.mark.skipif(not BODIES, reason="the corpus of sample bodies is not beside the repository")

WHAT = {
    "ansibletower": ("name",),
    "aqua": ("image", "type"),
    "docker_registry": ("events.0.target.repository",),
    "dockerhub": ("repository.repo_name",),
    "falco": ("rule",),
    "flux": ("involvedObject.name",),
    "harbor": (
        *("event_data.repository.repo_full_name", "data.repository.repo_full_name"),
        *("data.replication.dest_resource.namespace", "event_data.replication.dest_resource.namespace"),
        *("data.retention.project_name", "event_data.retention.project_name"),
    ),
    "reviewboard": ("review_request.summary",),
    "rundeck": ("execution.job.name",),
    "sonarqube": ("project.name",),
    "trivy": ("ArtifactName",),
}
"""Where a body names what it is about; one of these must be in the title."""
WHO = {
    "ansibletower": ("created_by",),
    "docker_registry": ("events.0.actor.name",),
    "dockerhub": ("push_data.pusher",),
    "reviewboard": (
        *("reopened_by.username", "closed_by.username", "reply.links.user.title", "review.links.user.title"),
        "review_request.links.submitter.title",
    ),
    "rundeck": ("execution.user",),
}
"""Where a body names who did it, first of all; nobody in the bodies of the other senders is a person."""
NOBODY = ("None",)


def headers_of(body: Path) -> dict[str, str]:
    named = json.loads(body.with_suffix(".headers.json").read_text(encoding="utf-8"))
    return {name.lower(): value for name, value in named.items()}


def first(whole: object, paths: tuple[str, ...]) -> str | None:
    """The text at the first of the paths that leads anywhere."""
    for path in paths:
        found = whole
        for key in path.split("."):
            items = dict(enumerate(found)) if isinstance(found, list) else found
            found = items.get(int(key) if key.isdigit() else key) if isinstance(items, dict) else None
        if isinstance(found, str) and found not in NOBODY:
            return found
    return None


def events_of(slug: str, body: Path) -> list[Event]:
    return list(source(slug).parse(headers_of(body), body.read_bytes()))


@needed
@pytest.mark.parametrize(("slug", "body"), BODIES, ids=[f"{slug}-{path.stem}" for slug, path in BODIES])
def test_a_body_gives_a_declared_kind_and_says_who_or_what(slug: str, body: Path) -> None:
    whole = json.loads(body.read_bytes())
    (event,) = events_of(slug, body)
    what, who = first(whole, WHAT[slug]), first(whole, WHO.get(slug, ()))
    assert event.kind in source(slug).kinds
    assert len(event.title.splitlines()) == 1
    assert what
    assert what in event.title
    assert who is None or who in event.title
    assert who is None or who == event.actor


@needed
@pytest.mark.parametrize(("slug", "body"), BODIES, ids=[f"{slug}-{path.stem}" for slug, path in BODIES])
def test_a_body_gives_the_same_transmission_again_and_another_one_for_another_body(
    slug: str, body: Path
) -> None:
    named, raw, headers = source(slug).transmission, body.read_bytes(), headers_of(body)
    assert named(headers, raw) == named(headers, raw)
    others = [path for other, path in BODIES if other == slug and path.read_bytes() != raw]
    keys = {named(headers_of(path), path.read_bytes()).key for path in others}
    assert named(headers, raw).key not in keys


@needed
def test_the_corpus_is_there_in_full() -> None:
    assert len(BODIES) > 30
