"""
Bodies that others have gathered, beside the repository: what they say themselves, and what is read from them.

`told` is for the rules that hold for every event. A body that cannot be read is not among it, so that one
test says so and the others go on.
"""

from __future__ import annotations

import base64
import json
import re
from binascii import Error as NotBase64
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import pytest

from sovereign.domain.events import Event
from sovereign.integrations._source import Source, all_sources

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
NAMED_OTHERWISE = {
    "bitbucket-cloud": "bitbucket",
    "bitbucket-cloud-v1": "bitbucket",
    "gcp-pubsub": "pubsub",
}
"""Folders that are not called as the source."""
_DETAIL = re.compile(r"^(\w+ Name) (\S.*)$", re.MULTILINE)
"""What a longer text tells line by line."""

needed = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the corpus of sample bodies is not at {CORPUS}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """`name` is its folder and file, `raw` what was sent; names of headers are in lower case."""

    slug: str
    name: str
    raw: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False, hash=False)

    @property
    def source(self) -> Source:
        return all_sources()[self.slug]

    def events(self) -> list[Event]:
        """Read from what is kept of it. Raises BadPayload, if nothing is wrong."""
        return list(self.source.parse(self.headers, self.source.stored(self.raw)))


@cache
def bodies() -> tuple[Body, ...]:
    """Every body of a sender that has a source."""
    return tuple(
        Body(slug=slug, name=f"{folder.name}/{path.name}", raw=path.read_bytes(), headers=_headers_of(path))
        for folder in sorted(CORPUS.glob("*"))
        if (slug := NAMED_OTHERWISE.get(folder.name, folder.name.replace("-", "_"))) in all_sources()
        for path in sorted(folder.glob("*"))
        if ".headers." not in path.name
    )


def _headers_of(path: Path) -> dict[str, str]:
    named = json.loads(path.with_suffix(".headers.json").read_text(encoding="utf-8"))
    return {name.lower(): value for name, value in named.items()}


def of(*slugs: str) -> list[Body]:
    return [body for body in bodies() if body.slug in slugs]


def the(name: str) -> Body:
    return next(body for body in bodies() if body.name == name)


@cache
def told() -> tuple[tuple[Body, Event], ...]:
    """Every event with its body."""
    found: list[tuple[Body, Event]] = []
    for body in bodies():
        with suppress(Exception):
            found += [(body, event) for event in body.events()]
    return tuple(found)


def check(
    holds: Callable[[Body, Event], object],
    *,
    but: Collection[str] = (),
) -> None:
    """Fails with the name and the title of every event for which it does not hold. What is in `but`, names of
    bodies, has to break it: no exception outlives its reason."""
    broken = [(body.name, event.title) for body, event in told() if not holds(body, event)]
    listed = [f"{name}: {title}" for name, title in broken if name not in but]
    assert not listed, "\n" + "\n".join(listed)
    assert set(but) - {name for name, _ in broken} == set(), "it holds for these too"


@cache
def texts(body: Body) -> tuple[tuple[str, str, str], ...]:
    """Every text or number in it, however deep, with its key and the key of what it is in, both `plain`."""
    return tuple(_texts_in(_whole(body)))


def plain(key: str) -> str:
    return re.sub(r"[^a-z]", "", key.lower())


def says(words: str, name: str) -> bool:
    """Whether they have this name as a whole word."""
    name = name.strip()
    return len(name) > 1 and (
        re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", words, re.IGNORECASE) is not None
    )


def _whole(body: Body) -> object:
    """Objects, lists and texts, whatever it was sent as."""
    if body.name.endswith(".xml"):
        return _tree(ElementTree.fromstring(body.raw))
    return dict(parse_qsl(body.raw.decode())) if body.name.endswith(".form") else json.loads(body.raw)


def _tree(element: ElementTree.Element) -> object:
    return [{one.tag: _tree(one)} for one in element] if len(element) else element.text


def _unpacked(value: object) -> object:
    """What is packed into a text: JSON, in base64 perhaps; or a name and its value."""
    if isinstance(value, dict) and set(value) == {"key", "value"}:
        return {str(value["key"]): value["value"]}
    if isinstance(value, str) and (details := dict(_DETAIL.findall(value))):
        return details
    for text in (value, _from_base64(value)) if isinstance(value, str) else ():
        if text[:1] in ("{", "["):
            try:
                return json.loads(text)
            except ValueError:
                continue
    return value


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (NotBase64, ValueError):
        return ""


def _texts_in(node: object, key: str = "", above: str = "") -> Iterator[tuple[str, str, str]]:
    node = _unpacked(node)
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _texts_in(value, plain(name), key)
    elif isinstance(node, list):
        for value in node:
            yield from _texts_in(value, key, above)
    elif isinstance(node, str | int) and not isinstance(node, bool):
        yield " ".join(str(node).split()), key, above
