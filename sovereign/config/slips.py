"""Likely slips in rules: names that nothing can meet, and conditions that meet more than was meant.

What a rule asks for may be rare, but a kind that no source declares comes from nowhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from types import MappingProxyType

from sovereign.config.document import Path
from sovereign.config.loader import Loaded
from sovereign.config.problems import did_you_mean
from sovereign.config.rules import ConditionsSection
from sovereign.config.wording import shown, spelt
from sovereign.domain import hours

Kinds = Mapping[str, Collection[str]]
"""By source, every kind that it declares, and `*` where it takes any besides."""
UNKNOWN: Kinds = MappingProxyType({})
"""Whoever does not know the kinds has none looked at."""
Slip = tuple[Path, str, str, str]
"""Where it is, what is wrong, what was expected, and a hint."""


def slips(loaded: Loaded, kinds: Kinds) -> Iterator[Slip]:
    if kinds:
        yield from _kinds(loaded, kinds)
        yield from _endpoints_for_sources(loaded, kinds)
    yield from _services(loaded)
    yield from _joined_at_large(loaded)
    yield from _whole_days(loaded)


def _rules(loaded: Loaded) -> Iterator[tuple[Path, ConditionsSection]]:
    gateway = loaded.discovery.event_gateway
    for name, given in (("routes", gateway.routes), ("correlate", gateway.correlate)):
        yield from ((("event_gateway", name, index), rule) for index, rule in enumerate(given))


def _programs(loaded: Loaded, key: str) -> Iterator[tuple[Path, str, Sequence[str]]]:
    """Each pattern under a key of the programs outside, with the sources that the program asks for."""
    outwards = loaded.discovery.outwards
    for name, given in (("readers", outwards.readers), ("webhooks", outwards.webhooks)):
        for index, one in enumerate(given):
            for place, pattern in enumerate(getattr(one, key)):
                yield ("outwards", name, index, key, place), pattern, one.sources


def _kinds(loaded: Loaded, kinds: Kinds) -> Iterator[Slip]:
    asked: Iterable[tuple[Path, str, Sequence[str]]] = (
        *(
            ((*at, "kind"), one.kind, (one.source,) if one.source else ())
            for at, one in _rules(loaded)
            if one.kind
        ),
        *_programs(loaded, "kinds"),
    )
    mapped = {str((one.mapping or {}).get("kind", "")) for one in loaded.discovery.event_gateway.endpoints}
    for at, pattern, wanted in asked:
        chosen = {slug: said for slug, said in kinds.items() if _fits(slug, wanted or ["*"])}
        if wanted and any("*" in said for said in chosen.values()):
            continue
        known = mapped.union(*chosen.values()) - {"*"}
        if any(fnmatchcase(kind, pattern) for kind in known):
            continue
        every = {*known, *(f"{kind.partition('.')[0]}.*" for kind in known)}
        whose = f"no kind of {', '.join(wanted)} fits" if wanted else "no source declares"
        open_ones = next((slug for slug, said in kinds.items() if "*" in said), "")
        yield (
            at,
            f"{spelt(at)} is {shown((), pattern)}, which {whose}",
            "a kind that is declared, such as change.*"
            + (f"; with source {open_ones} any" if open_ones else ""),
            did_you_mean(pattern, sorted(every)),
        )


def _endpoints_for_sources(loaded: Loaded, kinds: Kinds) -> Iterator[Slip]:
    """An endpoint may have a name of its own; its events have that of their source."""
    slugs = {one.name: one.source for one in loaded.discovery.event_gateway.resolved_endpoints()}
    gateway = loaded.discovery.event_gateway
    asked: Iterable[tuple[Path, str | None]] = (
        *((at, rule.source) for at, rule in _rules(loaded)),
        *((("event_gateway", "maintenance", i), one.source) for i, one in enumerate(gateway.maintenance)),
    )
    for at, source in asked:
        if source in slugs and source not in kinds:
            path = (*at, "source")
            said = f"{spelt(path)} is the name of an endpoint, which no event has as its source"
            yield path, said, f"the source that it reads: {slugs[source]}", ""


def _services(loaded: Loaded) -> Iterator[Slip]:
    """What is watched is more than what is listed: only a name that is nearly one of them is a slip."""
    known = [one.name for one in loaded.discovery.services]
    gateway = loaded.discovery.event_gateway
    asked: Iterable[tuple[Path, str | None]] = (
        *(((*at, "service"), rule.service) for at, rule in _rules(loaded)),
        *(
            (("event_gateway", "maintenance", i, "service"), one.service)
            for i, one in enumerate(gateway.maintenance)
        ),
        *((at, pattern) for at, pattern, _ in _programs(loaded, "services")),
    )
    for at, name in asked:
        if name and not any(fnmatchcase(one, name) for one in known) and (hint := did_you_mean(name, known)):
            yield at, f"{name} is not among services", "one that is listed there", hint


def _joined_at_large(loaded: Loaded) -> Iterator[Slip]:
    for index, rule in enumerate(loaded.discovery.event_gateway.correlate):
        if not rule.same and rule.service is None:
            at: Path = ("event_gateway", "correlate", index)
            said = f"{spelt(at)} makes one incident of all alerts that meet its conditions"
            yield (*at, "same"), said, "what they must agree in, such as same: [service, environment]", ""


def _whole_days(loaded: Loaded) -> Iterator[Slip]:
    gateway = loaded.discovery.event_gateway
    asked: Iterable[tuple[Path, str | None]] = (
        *((at, rule.hours) for at, rule in _rules(loaded)),
        *((("event_gateway", "quiet_hours", i), one.hours) for i, one in enumerate(gateway.quiet_hours)),
        *((("event_gateway", "maintenance", i), one.hours) for i, one in enumerate(gateway.maintenance)),
    )
    for at, given in asked:
        span = hours.read(given) if given else None
        if span and span.start == span.end and (span.start.hour or span.start.minute):
            path = (*at, "hours")
            said = f"{spelt(path)} is {given}, which is a whole day: it ends on the next one"
            yield path, said, "another end; whole days are 00:00-00:00", ""


def _fits(slug: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(slug, pattern) for pattern in patterns)
