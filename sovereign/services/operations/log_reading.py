"""Reads lines of a service's logs, from its pods or from a log store: once, or as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sovereign.core import clock
from sovereign.core.errors import NotFound, SovereignError
from sovereign.core.redaction import redact
from sovereign.core.tasks import Crew
from sovereign.domain.cluster import Identity, LogRequest, Pod
from sovereign.domain.estate import Place
from sovereign.domain.logs import LogLine, line, merged, query, span
from sovereign.services.clusters import Clusters
from sovereign.services.operations.log_silence import Silent
from sovereign.services.ports.logs import LogStore, LokiAddress

TAIL, MOST_LINES = 100, 5000
MOST_PODS = 10
"""Pods of a service whose logs are read together; the newest go first."""
EVERY = 1.5
"""Seconds between two looks at a log store."""
DEFAULT_SPAN = timedelta(hours=1)
"""How far back a log store is searched where nothing else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`filters` is LogQL behind the stream of the service; `since` such as 15m."""

    service: str | None = None
    environment: str | None = None
    tail: int = TAIL
    pod: str = ""
    container: str = ""
    since: str = ""
    grep: str = ""
    filters: str = ""
    previous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """`lines` are redacted; `pods` of `running` were read; `ended` says why no more comes."""

    place: Place
    source: str
    lines: Sequence[LogLine]
    asked: Asked
    pods: int = 0
    running: int = 0
    missing: str = ""
    follow: str = ""
    ended: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSetup:
    """`loki` is looked up anew at each use; None: logs come from the clusters. `labels` as configured."""

    loki: Callable[[], LokiAddress] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


class LogReading:
    def __init__(self, setup: LogSetup, clusters: Clusters, store: LogStore) -> None:
        self.setup, self._clusters, self._store = setup, clusters, store

    async def page(self, place: Place, asked: Asked, who: Identity) -> LogPage:
        """Raises NotFound, UserError, ClusterSilent and LogsSilent."""
        if self._uses_store(asked):
            return redacted(await self._of_store(place, asked))
        return redacted(await self._of_pods(place, asked, who))

    async def pods(self, place: Place, who: Identity) -> Sequence[Pod]:
        """The service's own pods, the newest first: no other pod of the namespace can be asked for."""
        cluster = self._clusters.of(place)
        workload = await cluster.workload(place.namespace, place.deployment, as_who=who)
        found = await cluster.pods(place.namespace, workload.selector, as_who=who)
        return sorted(found, key=lambda one: one.created_at or clock.EPOCH, reverse=True)

    async def follow(
        self, page: LogPage, who: Identity, take: Callable[[LogLine], None], note: Callable[[str], None]
    ) -> str:
        """Give on what comes after the page until the source ends; why it did. `note` hears in words which
        pods do not answer, and an empty text once all do. Raises UserErrors only."""
        try:
            if self._uses_store(page.asked):
                await self._poll(page, take)
            else:
                await self._tail(page, who, take, note)
        except SovereignError as problem:
            return str(problem.public)
        return "The pods have ended."

    def _uses_store(self, asked: Asked) -> bool:
        """What only a cluster can answer is asked of it in any case."""
        return self.setup.loki is not None and not (asked.pod or asked.container or asked.previous)

    async def _of_store(self, place: Place, asked: Asked, since: datetime | None = None) -> LogPage:
        if self.setup.loki is None:  # the configuration was changed since
            raise NotFound("No Loki is configured any more (observability.loki).")
        names = {
            "namespace": place.namespace, "deployment": place.deployment,
            "service": place.service, "environment": place.environment,
        }  # fmt: skip
        labels = {name: _filled(value, names) for name, value in self.setup.labels.items()}
        now = clock.now()
        begin = since or now - (span(asked.since) if asked.since else DEFAULT_SPAN)
        logql = query(labels, asked.filters, asked.grep)
        found = await self._store.lines(
            self.setup.loki(), logql, since=begin, until=now + timedelta(seconds=1), limit=asked.tail
        )
        return LogPage(place=place, source="Loki", lines=merged(found, asked.tail), asked=asked)

    async def _of_pods(self, place: Place, asked: Asked, who: Identity) -> LogPage:
        running = await self.pods(place, who)
        chosen = _chosen(running, asked, place)
        results = await asyncio.gather(
            *(self._of_pod(place, asked, pod, who) for pod in chosen), return_exceptions=True
        )
        lines: list[LogLine] = []
        problems: list[BaseException] = []
        for result in results:
            if isinstance(result, BaseException):
                problems.append(result)
            else:
                lines += result
        if problems and (len(problems) == len(chosen) or not isinstance(problems[0], SovereignError)):
            raise problems[0]
        return LogPage(
            place=place,
            source=place.cluster,
            lines=merged(lines, asked.tail, asked.grep),
            asked=asked,
            pods=len(chosen) - len(problems),
            running=len(running),
            missing=str(problems[0].public) if problems and isinstance(problems[0], SovereignError) else "",
        )

    async def _of_pod(self, place: Place, asked: Asked, pod: Pod, who: Identity) -> Sequence[LogLine]:
        wanted = _request(asked, pod, place, tail=MOST_LINES if asked.grep else asked.tail)
        text = await self._clusters.of(place).log(place.namespace, wanted, as_who=who)
        return [line(raw, pod.name) for raw in text.splitlines()]

    async def _poll(self, page: LogPage, take: Callable[[LogLine], None]) -> None:
        seen = {(one.at, one.pod, one.text) for one in page.lines}
        since = max((one.at for one in page.lines if one.at), default=clock.now())
        while True:
            await asyncio.sleep(EVERY)
            found = (await self._of_store(page.place, page.asked, since)).lines
            for one in found:
                if (one.at, one.pod, one.text) not in seen:
                    take(one)
            since = max((one.at for one in found if one.at), default=since)
            seen |= {(one.at, one.pod, one.text) for one in found}

    async def _tail(
        self, page: LogPage, who: Identity, take: Callable[[LogLine], None], note: Callable[[str], None]
    ) -> None:
        """Of each pod from now on, and of those that take their places from their beginning.

        Raises NotAllowed where none of them may be read.
        """
        place, asked = page.place, page.asked
        present = {pod.name for pod in _chosen(await self.pods(place, who), asked, place)}
        heard, silent = {one.pod: one.at for one in page.lines if one.at}, Silent()
        async with Crew(2 * MOST_PODS, lambda: None) as crew:  # some end while others begin
            while True:
                running, busy = await self.pods(place, who), crew.busy
                chosen = _chosen(running, asked, place) if running or asked.pod else ()
                for pod in chosen:
                    if pod.name not in busy and crew.has_room() and not silent.is_given_up(pod):
                        tail = 0 if pod.name in present else asked.tail
                        present.discard(pod.name)
                        crew.start(pod.name, self._hear(page, pod, who, tail, heard, silent, take))
                silent.tell(chosen, note)
                await asyncio.sleep(EVERY)
                silent.forget(busy & crew.busy)  # who is listened to all the while answers

    async def _hear(
        self,
        page: LogPage,
        pod: Pod,
        who: Identity,
        tail: int,
        heard: dict[str, datetime],
        silent: Silent,
        take: Callable[[LogLine], None],
    ) -> None:
        """What one pod says after what was heard of it, until it ends. One that can say nothing yet, such as
        one that is just made, is asked again, and so is one whose container began anew."""
        place, asked = page.place, page.asked
        last = heard.get(pod.name) if tail else None
        wanted = replace(_request(asked, pod, place, tail=tail), since=None)
        with silent.heeding(pod):
            async with aclosing(
                self._clusters.of(place).follow_log(place.namespace, wanted, as_who=who)
            ) as lines:
                async for raw in lines:
                    one = line(raw, pod.name)
                    if one.at and last and one.at <= last:
                        continue
                    heard[pod.name] = one.at or clock.now()
                    if asked.grep.lower() in one.text.lower():
                        take(one)


def _chosen(running: Sequence[Pod], asked: Asked, place: Place) -> Sequence[Pod]:
    if asked.pod:
        found = [one for one in running if one.name == asked.pod]
        if not found:
            raise NotFound(f"{place} has no pod {asked.pod[:80]!r} now.")
        return found
    if asked.previous:
        running = [one for one in running if one.restarts]
        if not running:
            raise NotFound(f"No pod of {place} was restarted: there is no log of before.")
    if not running:
        raise NotFound(f"{place} has no pods now.")
    return running[:MOST_PODS]


def _request(asked: Asked, pod: Pod, place: Place, *, tail: int) -> LogRequest:
    names = {one.name: one.image for one in pod.containers}
    seconds = span(asked.since).total_seconds() if asked.since else None
    return LogRequest(
        pod=pod.name,
        container=asked.container or place.main_container(names),
        tail=tail,
        since=int(seconds) if seconds else None,
        previous=asked.previous,
        timestamps=True,
    )


def redacted(page: LogPage) -> LogPage:
    """A secret may go over several lines: they are looked at together."""
    if not page.lines:
        return page
    joined = redact("\n".join(one.text for one in page.lines)).split("\n")
    if len(joined) != len(page.lines):  # one did: its lines are one now
        lines: Sequence[LogLine] = [LogLine(text=text) for text in joined]
    else:
        lines = [
            LogLine(text=text, at=one.at, pod=one.pod) for text, one in zip(joined, page.lines, strict=True)
        ]
    return replace(page, lines=lines)


def _filled(pattern: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        pattern = pattern.replace("{" + name + "}", value)
    return pattern
