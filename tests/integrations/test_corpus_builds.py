"""Bodies of build servers and of what they deploy to that others have gathered, where they are at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sovereign.domain.events import Event
from sovereign.integrations._source import source

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
SENDERS = (
    *("appveyor", "buildbot", "buildkite", "circleci", "codeship", "gocd", "harness-code"),
    *("heroku", "jenkins", "netlify", "semaphore", "teamcity", "travis"),
)
BODIES = [
    (folder.replace("-", "_"), path)
    for folder in SENDERS
    for path in sorted((CORPUS / folder).glob("*"))
    if path.suffix in (".json", ".form") and ".headers." not in path.name
]
needed = pytest.mark.skipif(not BODIES, reason="the corpus of sample bodies is not beside the repository")

ACTORS = ("display_name", "login", "username", "user", "author_name", "committer", "commitAuthorUsername")
PIPELINES = ("buildFullName", "buildername", "projectName", "project_name", "pipeline_name", "name")
PLACES = ("path", "reponame", "repositoryName", "project_full_name", "project", "projectName", "app")
PLACES_TOO = ("slug", "project_name", "target_repository_url", "owner_name", "pipeline_name", "url", "name")


def headers_of(body: Path) -> dict[str, str]:
    named = json.loads((body.parent / f"{body.stem}.headers.json").read_text(encoding="utf-8"))
    return {name.lower(): value for name, value in named.items()}


def events_of(slug: str, body: Path) -> list[Event]:
    return list(source(slug).parse(headers_of(body), body.read_bytes()))


def said(node: object, keys: tuple[str, ...]) -> Iterator[str]:
    """What the body has under these names, wherever it does."""
    if isinstance(node, list):
        for one in node:
            yield from said(one, keys)
    elif isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str) and value and key in keys:
                yield value
            yield from said(value, keys)


def whole(body: Path) -> object:
    if body.suffix == ".form":
        from urllib.parse import parse_qs

        fields = {name: values[0] for name, values in parse_qs(body.read_text(encoding="utf-8")).items()}
        return json.loads(fields["payload"]) if "payload" in fields else fields
    return json.loads(body.read_bytes())


def share(good: list[bool]) -> float:
    return sum(good) / len(good)


@needed
@pytest.mark.parametrize("slug", sorted({slug for slug, _ in BODIES}))
def test_nine_bodies_of_ten_give_a_declared_kind(slug: str) -> None:
    kinds = source(slug).kinds
    events = [event for name, body in BODIES if name == slug for event in events_of(slug, body)]
    assert share([event.kind in kinds for event in events]) >= 0.9


@needed
@pytest.mark.parametrize(("slug", "body"), BODIES, ids=lambda value: getattr(value, "stem", value))
def test_a_body_is_read_and_says_who_or_what_it_was_and_where(slug: str, body: Path) -> None:
    found = whole(body)
    for event in events_of(slug, body):
        assert len(event.title.splitlines()) == 1
        if event.kind == "ping.received":
            continue
        who = [*said(found, ACTORS), *said(found, PIPELINES)]
        assert any(name in event.title for name in who), event.title
        told = event.title + " ".join(value for _, value in event.fields)
        where = [name.rsplit("/", 1)[-1].removesuffix(".git") for name in said(found, PLACES + PLACES_TOO)]
        assert any(name and name in told for name in where), told


@needed
def test_a_form_and_the_json_in_it_say_the_same() -> None:
    form, plain = (CORPUS / "travis" / name for name in ("form.z.pull_request.form", "z.pull_request.json"))
    assert events_of("travis", form) == events_of("travis", plain)
