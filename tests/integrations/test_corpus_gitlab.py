"""Bodies of GitLab's that others have gathered, where they are at hand: every one must be understood."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sovereign.integrations.gitlab.source import SOURCE

FOLDER = Path(__file__).parents[2].parent / "shared" / "corpus" / "gitlab"
BODIES = sorted(path for path in FOLDER.glob("*.json") if ".headers." not in path.name)
needed = pytest.mark.skipif(not BODIES, reason="the corpus of sample bodies is not beside the repository")

NOBODY = frozenset({"release", "access_token"})
"""Types whose bodies do not say who did it."""


def headers_of(body: Path) -> dict[str, str]:
    named = json.loads(body.with_suffix(".headers.json").read_text(encoding="utf-8"))
    return {name.lower(): value for name, value in named.items()}


@needed
@pytest.mark.parametrize("body", BODIES, ids=lambda path: path.stem)
def test_a_body_gives_a_declared_kind_and_says_who_did_it_and_where(body: Path) -> None:
    (event,) = SOURCE.parse(headers_of(body), body.read_bytes())
    whole = json.loads(body.read_bytes())
    assert event.kind in SOURCE.kinds
    assert len(event.title.splitlines()) == 1
    # In an instance's hooks the person in the body is the one it was done to, if there is one at all.
    person = whole.get("user", {}).get("username") or whole.get("user_username") or whole.get("username")
    assert person is None or person in event.title
    assert event.actor is None or event.actor in event.title
    if "project" in whole and whole.get("object_kind") not in NOBODY:
        assert event.actor
    assert event.repo is None or event.repo in event.title
    assert event.repo or any(word in event.title.lower() for word in ("group", "storecloud", "gitlab"))


@needed
def test_the_corpus_is_there_in_full() -> None:
    assert len(BODIES) > 80
