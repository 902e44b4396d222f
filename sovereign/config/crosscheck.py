"""What no single value of discovery.yml can show: names that stand twice, values that contradict others.

It reads the file as written, not the models, so that its findings come together with theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase

from sovereign.config.discord import channel_key
from sovereign.config.document import Document, Path
from sovereign.config.endpoints import DEFAULT_SOURCES
from sovereign.config.models import qualified
from sovereign.config.problems import Problem, did_you_mean, listed
from sovereign.config.wording import shown, spelt

Named = Iterable[tuple[Path, str]]


def problems(document: Document, sources: Collection[str]) -> Iterator[Problem]:
    """The contradictions in a document whose single values may also be wrong."""
    own = "a name of its own"
    yield from _repeated(
        document, _texts(document, ("event_gateway", "endpoints"), "path"), "one entry for a path"
    )
    yield from _repeated(document, _endpoint_names(document), own, "give it a name with `name:`")
    yield from _repeated(document, _repositories(document), "one entry for a repository")
    yield from _repeated(document, _texts(document, ("services",), "name"), own)
    yield from _repeated(document, _texts(document, ("playbooks",), "name"), own)
    for things in ("clusters", "environments"):
        yield from _repeated(document, _texts(document, ("infra", things), "name"), own)
    yield from _unknown_clusters(document)
    for programs in ("readers", "webhooks"):
        yield from _repeated(document, _texts(document, ("outwards", programs), "name"), own)
    yield from _repeated(document, _texts(document, ("event_gateway", "correlate"), "name"), own)
    yield from _repeated(document, _texts(document, ("people",), "discord"), "one entry for a member")
    yield from _channel_keys_twice(document)
    yield from _unknown_rule_sources(document, sources)
    yield from _unknown_retained_sources(document, sources)
    yield from _two_prod_roles(document)


def entries(document: Document, path: Path) -> list[tuple[Path, dict[str, object]]]:
    """The mappings of the list at `path`, each with its own path; what is of another shape is left out."""
    found = _get(document, path)
    items = found if isinstance(found, list) else []
    return [((*path, index), item) for index, item in enumerate(items) if isinstance(item, dict)]


def _get(document: Document, path: Path) -> object:
    return document.value(path) if path in document.values else None


def _texts(document: Document, path: Path, key: str) -> Named:
    return [
        ((*at, key), str(item[key]))
        for at, item in entries(document, path)
        if isinstance(item.get(key), str | int)
    ]


def _repeated(document: Document, named: Named, expected: str, hint: str = "") -> Iterator[Problem]:
    first: dict[str, Path] = {}
    for path, name in named:
        if name not in first:
            first[name] = path
            continue
        before = document.values.get(first[name])
        where = f"as on line {before[0]}" if before else f"as for {first[name][-1]}"
        yield document.problem(path, f"{spelt(path)} is {shown(path, name)}, {where}", expected, hint=hint)


def _endpoint_names(document: Document) -> Named:
    """Explicit and implied names; the paths that exist unasked come first and have no place in the file."""
    given = entries(document, ("event_gateway", "endpoints"))
    paths = {item.get("path") for _, item in given if isinstance(item.get("path"), str)}
    for unasked, source in DEFAULT_SOURCES.items():
        if unasked not in paths:
            yield ("", unasked), source
    seen: set[str] = set()
    for at, item in given:
        path, name = item.get("path"), item.get("name")
        if not isinstance(path, str) or path in seen:
            continue
        seen.add(path)
        implied = item.get("source") or DEFAULT_SOURCES.get(path)
        implied = implied if path in DEFAULT_SOURCES else path.rpartition("/")[2]
        yield (*at, "name"), str(name or implied)


def _repositories(document: Document) -> Named:
    org = _get(document, ("git", "org"))
    owner = org if isinstance(org, str) else None
    for path in (("git", "repos"), ("repos",)):
        for at, name in _texts(document, path, "name"):
            yield at, qualified(name, owner).lower()


def _channel_keys_twice(document: Document) -> Iterator[Problem]:
    found = _get(document, ("discord", "channels"))
    first: dict[str, str] = {}
    for key in found if isinstance(found, dict) else ():
        other = first.setdefault(channel_key(key), key)
        if other != key:
            path: Path = ("discord", "channels", key)
            said = f"{spelt(path)} is {shown((), other)} spelt otherwise"
            yield document.problem(path, said, f"one spelling: {channel_key(key)}")


def _unknown_rule_sources(document: Document, sources: Collection[str]) -> Iterator[Problem]:
    named = {*sources, *(name for _, name in _endpoint_names(document))}
    asked = [
        (path, source, named)
        for rules in ("routes", "correlate", "maintenance")
        for path, source in _texts(document, ("event_gateway", rules), "source")
    ]
    asked += [(path, pattern, {*sources}) for path, pattern in _outward_sources(document)]
    for path, source, known in asked:
        if source not in known and not any(fnmatchcase(one, source) for one in known):
            yield document.problem(
                path,
                f"{spelt(path)} is {shown(path, source)}",
                listed(sorted(known)),
                hint=did_you_mean(source, known),
                value=shown(path, source),
            )


def _unknown_retained_sources(document: Document, sources: Collection[str]) -> Iterator[Problem]:
    at: Path = ("event_gateway", "retention", "sources")
    found = _get(document, at)
    for slug in found if isinstance(found, dict) else ():
        if slug not in sources:
            said = f"{spelt(at)} names {shown((), slug)}"
            yield document.problem(
                (*at, slug), said, listed(sorted(sources)), hint=did_you_mean(slug, sources)
            )


def _outward_sources(document: Document) -> Named:
    for programs in ("readers", "webhooks"):
        for at, item in entries(document, ("outwards", programs)):
            given = item.get("sources")
            if isinstance(given, str):
                yield (*at, "sources"), given
            for index, one in enumerate(given if isinstance(given, list) else ()):
                if isinstance(one, str):
                    yield (*at, "sources", index), one


def _unknown_clusters(document: Document) -> Iterator[Problem]:
    known = {name for _, name in _texts(document, ("infra", "clusters"), "name")}
    for path, name in _texts(document, ("infra", "environments"), "cluster"):
        if name not in known:
            yield document.problem(
                path,
                f"{spelt(path)} is {shown(path, name)}",
                listed(sorted(known)) if known else "a cluster of infra.clusters, which names none",
                hint=did_you_mean(name, known),
                value=shown(path, name),
            )


def _two_prod_roles(document: Document) -> Iterator[Problem]:
    new, old = ("discord", "rbac", "prod_role"), ("discord", "bot", "rbac", "prod_role")
    ours, theirs = _get(document, new), _get(document, old)
    if ours and theirs and ours != theirs:
        yield document.problem(
            old, f"{spelt(old)} is not the role of {spelt(new)}", f"one of the two: {spelt(new)}"
        )
