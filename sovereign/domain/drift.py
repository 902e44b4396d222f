"""What of a workload's pods is wanted otherwise than it was: names, images, resources, and never a value that
may be a secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sovereign.domain.cluster import RESTARTED_AT, short_image

OWN = frozenset({"pod-template-hash", RESTARTED_AT})
"""Labels and annotations that the cluster, or a restart, sets."""
_CONTAINERS = ("initContainers", "containers")

Part = Mapping[str, object]


def differences(then: Part, now: Part) -> Sequence[str]:
    """Between two templates of pods, as the API gave them; a line for each thing."""
    return [*_of_metadata(then, now), *_of_spec(_part(then, "spec"), _part(now, "spec"))]


def _of_metadata(then: Part, now: Part) -> Iterator[str]:
    before, after = _part(then, "metadata"), _part(now, "metadata")
    for kind in ("labels", "annotations"):
        yield from _named(kind, _part(before, kind), _part(after, kind))


def _of_spec(then: Part, now: Part) -> Iterator[str]:
    for kind in _CONTAINERS:
        before, after = _by_name(then.get(kind)), _by_name(now.get(kind))
        for name in dict.fromkeys((*before, *after)):
            if name not in after:
                yield f"{name}: removed"
            elif name not in before:
                yield f"{name}: added, {_image(after[name])}"
            else:
                yield from (f"{name}: {line}" for line in _of_container(before[name], after[name]))
    others = [key for key in dict.fromkeys((*then, *now)) if key not in _CONTAINERS]
    yield from (f"{key} changed" for key in others if then.get(key) != now.get(key))


def _of_container(then: Part, now: Part) -> Iterator[str]:
    if _image(then) != _image(now):
        yield f"image {_image(then)} → {_image(now)}"
    yield from _named("env", _by_name(then.get("env")), _by_name(now.get("env")))
    before, after = _part(then, "resources"), _part(now, "resources")
    for kind in ("requests", "limits"):
        yield from _amounts(kind, _part(before, kind), _part(after, kind))
    others = [key for key in dict.fromkeys((*then, *now)) if key not in ("name", "image", "env", "resources")]
    yield from (f"{key} changed" for key in others if then.get(key) != now.get(key))


def _amounts(kind: str, then: Part, now: Part) -> Iterator[str]:
    for name in dict.fromkeys((*then, *now)):
        if then.get(name) != now.get(name):
            yield f"{kind}.{name} {then.get(name, 'none')} → {now.get(name, 'none')}"


def _named(kind: str, then: Part, now: Part) -> Iterator[str]:
    """Which are there, are not, or are different: never what they hold."""
    told = {
        "added": [name for name in now if name not in then],
        "removed": [name for name in then if name not in now],
        "changed": [name for name in now if name in then and then[name] != now[name]],
    }
    for word, names in told.items():
        if mine := [name for name in names if name not in OWN]:
            yield f"{kind} {word}: {', '.join(mine)}"


def _image(container: Part) -> str:
    return short_image(str(container.get("image", "")))


def _part(given: Part, key: str) -> Part:
    found = given.get(key)
    return found if isinstance(found, Mapping) else {}


def _by_name(given: object) -> Mapping[str, Part]:
    several = given if isinstance(given, Sequence) and not isinstance(given, str) else ()
    return {str(one.get("name", "")): one for one in several if isinstance(one, Mapping)}
