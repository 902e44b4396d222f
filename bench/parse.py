"""Events parsed in a second on one core, over bodies of other people: in all, and by the slowest sources."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench._processes import ROOT
from bench._report import Numbers, arguments, say, tell
from sovereign.core import clock, collector, samples
from sovereign.core.errors import BadPayload
from sovereign.integrations._source import Headers, Source, all_sources
from sovereign.services.parsing import bodies, headers_of

CORPUS = ROOT.parent / "shared" / "corpus"
OTHERWISE = {"bitbucket-cloud": "bitbucket", "gcp-pubsub": "pubsub"}
"""Folders of the corpus that are not called like their source."""
SHOWN = 8
"""How many of the slowest are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    source: Source
    headers: Headers
    body: bytes


def of_corpus(folder: Path) -> list[Body]:
    """Those of senders that there is a source for."""
    found = []
    for place in sorted(one for one in folder.iterdir() if one.is_dir()):
        source = all_sources().get(OTHERWISE.get(place.name, place.name.replace("-", "_")))
        for file in bodies([place]) if source else ():
            assert source is not None
            found.append(Body(source=source, headers=headers_of(file, None), body=file.read_bytes()))
    return found


def of_samples() -> list[Body]:
    now = clock.now()
    return [
        Body(source=all_sources()[slug], headers=one.headers, body=one.body)
        for slug, cases in samples.cases().items()
        for one in (samples.sample(slug, case, now) for case in cases)
    ]


def measure(rounds: int, corpus: Path) -> Numbers:
    found = of_corpus(corpus) if corpus.is_dir() else of_samples()
    if not corpus.is_dir():
        say(f"there is no corpus at {corpus.name}: our own samples are read instead")
    collector.settle()  # as the product does once it has started
    events, seconds = best(found, rounds)
    by_source = {
        slug: best([one for one in found if one.source.slug == slug], rounds)
        for slug in sorted({one.source.slug for one in found})
    }
    slowest = sorted(by_source, key=lambda slug: by_source[slug][0] / by_source[slug][1])[:SHOWN]
    for slug in slowest:
        count, took = by_source[slug]
        say(f"{slug}: {count / took:,.0f} events/s over {count} events")
    json_seconds = min(_decoded(found) for _ in range(rounds))
    return {
        "events_per_s": round(events / seconds),
        "bodies": len(found),
        "events": events,
        "kilobytes_each": round(sum(len(one.body) for one in found) / len(found) / 1000, 1),
        "microseconds_each": round(1e6 * seconds / events, 1),
        "json_alone_per_s": round(len(found) / json_seconds),
        "slowest": ", ".join(slowest),
    }


def best(found: Sequence[Body], rounds: int) -> tuple[int, float]:
    """The events of one pass, and the seconds of the quickest."""
    events, seconds = 0, float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        events = sum(_parsed(one) for one in found)
        seconds = min(seconds, time.perf_counter() - began)
    return events, seconds


def _parsed(one: Body) -> int:
    try:
        return len(one.source.parse(one.headers, one.body))
    except BadPayload:
        return 0


def _decoded(found: Sequence[Body]) -> float:
    """Seconds that the standard library's decoder takes for as much: the yardstick of the machine."""
    began = time.perf_counter()
    for one in found:
        if one.body[:1] in (b"{", b"["):
            json.loads(one.body)
    return time.perf_counter() - began


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--rounds", type=int, default=20, help="passes over all bodies; the quickest counts")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="a folder of bodies for each sender")
    given = parser.parse_args()
    tell("parse", measure(given.rounds, given.corpus), as_json=given.json)


if __name__ == "__main__":
    main()
