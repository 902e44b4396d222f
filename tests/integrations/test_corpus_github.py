"""Bodies of GitHub's that others have gathered, where they are at hand: every one must be understood."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from sovereign.integrations.github.source import SOURCE

FOLDER = Path(__file__).parents[2].parent / "shared" / "corpus" / "github"
BODIES = sorted(
    path for kind in ("json", "form") for path in FOLDER.glob(f"*.{kind}") if ".headers." not in path.name
)
needed = pytest.mark.skipif(not BODIES, reason="the corpus of sample bodies is not beside the repository")


def headers_of(body: Path) -> dict[str, str]:
    named = json.loads(body.with_suffix(".headers.json").read_text(encoding="utf-8"))
    return {name.lower(): value for name, value in named.items()}


def said(body: Path) -> dict[str, dict[str, str]]:
    raw = body.read_text(encoding="utf-8")
    if body.suffix == ".form":
        raw = parse_qs(raw)["payload"][0]
    whole = json.loads(raw)
    return {key: value for key, value in whole.items() if isinstance(value, dict)}


@needed
@pytest.mark.parametrize("body", BODIES, ids=lambda path: path.stem)
def test_a_body_gives_a_declared_kind_and_says_who_did_it_and_where(body: Path) -> None:
    (event,) = SOURCE.parse(headers_of(body), body.read_bytes())
    assert event.kind in SOURCE.kinds
    assert len(event.title.splitlines()) == 1
    assert event.actor
    assert event.actor in event.title
    whole = said(body)
    who = whole.get("sender", {}).get("login")
    where = whole.get("repository", {}).get("full_name") or whole.get("organization", {}).get("login")
    assert who is None or who == event.actor
    assert where is None or where in event.title


@needed
def test_the_corpus_is_there_in_full() -> None:
    assert len(BODIES) > 250
