"""
Over all bodies that others have gathered: a title says where it happened, and who did it or what is wrong.

What a body calls its places and people is looked up in the body itself, not in what its source made of it.
"""

from __future__ import annotations

import base64
import json
import re
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import pytest

from sovereign.domain.events import Event
from sovereign.integrations._source import all_sources

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
NAMED_OTHERWISE = {
    "bitbucket-cloud": "bitbucket",
    "bitbucket-cloud-v1": "bitbucket",
    "gcp-pubsub": "pubsub",
}
BODIES = [
    (slug, path)
    for folder in sorted(CORPUS.glob("*"))
    if (slug := NAMED_OTHERWISE.get(folder.name, folder.name.replace("-", "_"))) in all_sources()
    for path in sorted(folder.glob("*"))
    if ".headers." not in path.name
]
needed = pytest.mark.skipif(not BODIES, reason="the corpus of sample bodies is not beside the repository")

PLACES = """
    account affectedservice agent alertpolicy app application artifact board bucket check cluster component
    container dashboard database definition device enterprise entity folder function grafanafolder group host
    image impactedentitie incidentservice instance inventory job monitor namespace node organization page
    pipeline pod policy product project queue registry repo repository resource server service site space
    sponsorable stage stream subproject table target team topicarn workspace
"""
"""What bodies call places, in lower case, without signs between words and without the `s` of many."""
KINDS_OF_PLACE = frozenset(PLACES.split())
NAMES = ("fullname", "fullpath", "key", "login", "name", "names", "path", "slug", "summary", "title", "url")
"""How the name of a place is called: as a key in it, or as the end of its key."""
WITHIN = frozenset(
    {("event", "source"), ("hook", "appid"), ("owner", "login"), ("package", "name"), ("", "path")}
    | {("", "fullpath")}
)
"""Keys that name a place only in something else: Graylog's `source` is a host, others' whatever they like."""
ADDRESSES = ("externalurl", "generatorurl", "permalink", "ruleurl", "url")
"""Keys of addresses whose host is where it happened, or which server says so."""
ABOUT = ("name", "names", "title", "message", "summary", "subject", "rule", "detailtype", "image", "url")
"""How the keys end under which bodies name people, what is wrong and what was built."""
_DETAIL = re.compile(r"^(\w+ Name) (\S.*)$", re.MULTILINE)
"""What a longer text tells line by line."""


def plain(key: str) -> str:
    return re.sub(r"[^a-z]", "", key.lower())


def whole(path: Path) -> object:
    """The body as objects, lists and texts, whatever it was sent as."""
    raw = path.read_bytes()
    if path.suffix == ".xml":
        return _tree(ElementTree.fromstring(raw))
    return dict(parse_qsl(raw.decode())) if path.suffix == ".form" else json.loads(raw)


def _tree(element: ElementTree.Element) -> object:
    return [{one.tag: _tree(one)} for one in element] if len(element) else element.text


def unpacked(value: object) -> object:
    """What is packed into a text: JSON, in base64 perhaps; or a name and its value."""
    if isinstance(value, dict) and set(value) == {"key", "value"}:
        return {str(value["key"]): value["value"]}
    if isinstance(value, str) and (told := dict(_DETAIL.findall(value))):
        return told
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


def texts_in(node: object, key: str = "", above: str = "") -> Iterator[tuple[str, str, str]]:
    """Every text or number, however deep, with its key and the key of what it is in."""
    node = unpacked(node)
    if isinstance(node, dict):
        for name, value in node.items():
            yield from texts_in(value, plain(name), key)
    elif isinstance(node, list):
        for value in node:
            yield from texts_in(value, key, above)
    elif isinstance(node, str | int) and not isinstance(node, bool):
        yield " ".join(str(node).split()), key, above


def names_place(key: str, above: str) -> bool:
    start = next((key.removesuffix(name) for name in NAMES if key.endswith(name)), "")
    return (
        key.rstrip("s") in KINDS_OF_PLACE
        or start in KINDS_OF_PLACE
        or (above.rstrip("s") in KINDS_OF_PLACE and key in NAMES)
        or (above, key) in WITHIN
    )


def places_in(body: object) -> Iterator[str]:
    for text, key, above in texts_in(body):
        if names_place(key, above):
            yield from (text, *text.split(","), *re.split("[/:]", text)[-1:])
        if key in ADDRESSES:
            yield urlsplit(text).hostname or ""


def says(title: str, name: str) -> bool:
    """Whether the title has this name as a whole word."""
    name = name.strip()
    return len(name) > 1 and (
        re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", title, re.IGNORECASE) is not None
    )


def says_where(event: Event, path: Path) -> bool:
    """A body that names no place at all leaves but its sender to tell."""
    if event.repo:
        return says(event.title, event.repo) or says(event.title, event.repo.rpartition("/")[2])
    named = {event.service or "", *places_in(whole(path))} - {""}
    sender = all_sources()[event.source].title.split()[0]
    return any(says(event.title, place) for place in named or {sender})


def says_who_or_what(event: Event, path: Path) -> bool:
    """An alert by its name, whoever reported it; what nobody is said to have done, by what was done it to."""
    alert = event.kind.startswith("incident.")
    if event.actor and not alert:
        return event.actor in event.title
    named = [text for text, key, _ in texts_in(whole(path)) if key.endswith(ABOUT)]
    if any(says(event.title, name.rstrip(".")) for name in (event.actor or "", *named)):
        return True
    return not alert and says_where(event, path)


def declared() -> list[tuple[Path, Event]]:
    return [
        (path, event)
        for slug, path in BODIES
        for event in all_sources()[slug].parse(headers_of(path), path.read_bytes())
        if event.kind in all_sources()[slug].kinds
    ]


def headers_of(path: Path) -> dict[str, str]:
    named = json.loads(path.with_suffix(".headers.json").read_text(encoding="utf-8"))
    return {name.lower(): value for name, value in named.items()}


@needed
@pytest.mark.parametrize("says_it", [says_where, says_who_or_what])
def test_ninety_nine_of_a_hundred_titles_say(says_it: Callable[[Event, Path], bool]) -> None:
    events = declared()
    silent = [(path, one) for path, one in events if not says_it(one, path)]
    listed = "\n".join(f"{path.relative_to(CORPUS)}: {one.title}" for path, one in silent)
    assert len(silent) <= 0.01 * len(events), listed
