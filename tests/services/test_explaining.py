"""The explainer's answer is what happens: for random rules and events, through the real pipeline."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sovereign.domain import hours, joining
from sovereign.domain.correlation import Correlation
from sovereign.domain.events import Event, Severity, Status
from sovereign.domain.quiet import Noise, Quiet
from sovereign.domain.routing import Route, Rules
from sovereign.integrations._authorization import bearer
from sovereign.integrations._source import Source
from sovereign.services import parsing
from sovereign.services.alerting import Calling
from sovereign.services.endpoints import Endpoint
from sovereign.services.parsing import Routed
from sovereign.services.pipeline import Pipeline
from sovereign.services.setup import Setup
from sovereign.store.database import Database, opened
from sovereign.store.deliveries import NewDelivery
from sovereign.store.keeping import keep
from sovereign.store.sqlite import Connection
from tests.store.prepared import prepared

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def read(_: Mapping[str, str], body: bytes) -> list[Event]:
    said = json.loads(body)
    words = {"severity": Severity(said["severity"]), "status": Status(said["status"])}
    return [Event(**said | words | {"aliases": tuple(said["aliases"])})]


PROBE = Source(
    slug="probe", title="Probe", docs="", home="dev-feed", secret="env://PROBE", scheme=bearer(), parse=read,
    kinds=frozenset({"incident.detected", "incident.resolved", "change.created", "taskrun.finished",
                     "taskrun.started", "odd.kind"}),
    quiet=frozenset({"taskrun.started"}),
)  # fmt: skip

words = st.sampled_from(["shop", "pay"])


def seldom(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly nothing, so that rules with many conditions still fit now and then."""
    return st.integers(0, 3).flatmap(lambda number: values if number == 3 else st.none())


conditions: dict[str, Any] = {
    "kind": seldom(st.sampled_from(["change.*", "incident.*", "taskrun.*", "unknown.kind"])),
    "severity": seldom(st.sampled_from(Severity)),
    "label": seldom(words | words.map(lambda word: f"team={word}")),
    "service": seldom(words),
    "environment": seldom(words),
    "hours": seldom(st.sampled_from([hours.read("08:00-12:05"), hours.read("12:10-13:00")])),
}
routes = st.builds(
    Route,
    name=st.sampled_from(["one", "two", "two drops it"]),
    channel=st.none() | st.sampled_from(["alpha", "beta"]),
    mention=st.sampled_from([(), ("DBA",)]),
    thread=st.booleans(),
    drop=seldom(st.just(True)).map(bool),
    **conditions,
)
correlations = st.builds(
    Correlation,
    name=st.uuids().map(str),
    same=st.sampled_from([(), ("service",), ("team",), ("service", "team"), ("fingerprint",)]),
    within=st.sampled_from([timedelta(minutes=1), timedelta(minutes=20)]),
    **conditions,
)


@dataclass(frozen=True, slots=True)
class Said:
    event: Event
    after: int


def made(kind: str, thing: int, after: int, resolved: bool, severity: Severity, **more: Any) -> Said:
    alarm = kind.startswith("incident.")
    status = (Status.RESOLVED if resolved else Status.FIRING) if alarm else Status.SUCCEEDED
    change, commit = f"probe:acme/shop#{thing}", f"probe:acme/shop@{thing}aaaaaaa"
    names = {"change.created": (change, (commit,)), "taskrun.finished": (commit, ()),
             "taskrun.started": (commit, ())}.get(kind, (None, ()))  # fmt: skip
    labels = {"team": more.pop("team")} if more.get("team") else more.pop("team") or {}
    return Said(
        Event(
            source="probe",
            kind=kind,
            subject=f"thing {thing}",
            title=f"{kind} {thing}",
            severity=severity,
            status=status,
            labels=labels,
            check="build" if kind.startswith("taskrun") else None,
            conversation=f"probe:group{thing // 2}" if alarm else names[0],
            aliases=names[1],
            fingerprint=f"f{thing}" if alarm else None,
            repo="acme/shop",
            **more,
        ),
        after,
    )


said = st.builds(
    made,
    kind=st.sampled_from([*sorted(PROBE.kinds), *["incident.detected"] * 6, "unknown.kind"]),
    thing=st.integers(0, 5),
    after=st.integers(0, 400),
    resolved=seldom(st.just(True)).map(bool),
    severity=st.sampled_from([Severity.CRITICAL, Severity.HIGH, Severity.LOW]),
    team=st.just("shop") | seldom(words),
    service=st.just("shop") | seldom(words),
    environment=seldom(words),
)


def configured(
    routes: Sequence[Route],
    correlate: Sequence[Correlation],
    endpoint: str | None,
    repo: str | None,
    quiet: bool,
) -> Setup:
    way_in = Endpoint(
        name="probe",
        path="/hooks/probe",
        source=PROBE,
        secrets=lambda: [""],
        authenticated=True,
        channel=endpoint,
    )
    return Setup(
        endpoints={"probe": way_in},
        rules=Rules(routes=routes, repo_channels={"acme/shop": repo} if repo else {}),
        calling=Calling(role="On-Call", mention_from=Severity.HIGH),
        grants=(),
        max_body=1000,
        noise=Noise(quiet=[Quiet(name="lunch", hours=hours.read("12:00-12:10"))] if quiet else []),
        correlations=tuple(correlate),
    )


async def happens(
    database: Database, setup: Setup, event: Event, at: datetime, number: int
) -> dict[str, Any]:
    """What becomes of an event that comes then."""
    delivery = NewDelivery(
        endpoint="probe",
        source="probe",
        idempotency=str(number),
        group=None,
        window=None,
        verdict="verified",
        headers={},
        body=json.dumps(asdict(event)).encode(),
        received_at=at,
    )
    await database.write(lambda tx: keep(tx, [delivery]))
    await Pipeline(database, setup, lambda: None).drain()
    return await database.read(partial(_became, f"{number}-0"))


def _became(event_id: str, tx: Connection) -> dict[str, Any]:
    row = tx.execute(
        "SELECT e.route, e.joined, e.conversation_id, d.state, c.channel, o.channel AS noticed,"
        " o.mention_json, (SELECT r.mention_json FROM outbox AS r WHERE r.key LIKE"
        " 'head:rollcall:' || o.channel || ':%' ORDER BY r.id DESC LIMIT 1) AS called"
        " FROM events AS e JOIN deliveries AS d ON d.id = e.delivery_id"
        " LEFT JOIN conversations AS c ON c.id = e.conversation_id"
        " LEFT JOIN outbox AS o ON o.key IN ('notice:' || e.id, 'line:' || e.id) WHERE e.id = ?",
        (event_id,),
    ).fetchone()
    return dict(row)


def _called(since: int, tx: Connection) -> tuple[set[str], bool]:
    """Whom the messages after that one call, and whether one is a roll call, which speaks for others."""
    rows = tx.execute("SELECT key, mention_json FROM outbox WHERE id > ?", (since,)).fetchall()
    called = {role for row in rows for role in json.loads(row["mention_json"])}
    return called, any(row["key"].startswith("head:rollcall:") for row in rows)


def _newest(table: str, tx: Connection) -> int:
    return int(tx.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}").fetchone()[0])


def check(told: Routed, became: Mapping[str, Any], newest: int, setup: Setup) -> None:
    assert became["state"] == "ingested"
    assert became["route"] == told.decision.rule
    nowhere = (None, joining.NEVER_FIRED, joining.OVERTAKEN)
    assert became["joined"] in ((told.place.why,) if told.place else nowhere)
    if told.place is not None:
        assert became["conversation_id"] == (told.place.into or newest + 1)
        assert became["channel"] == told.channel
    else:
        assert became["conversation_id"] is None
    takers = [step.route for step in told.steps if step.took]
    decided = setup.rules.routes[told.decision.by].name if told.decision.by is not None else None
    assert takers == ([decided] if decided else [])
    if told.decision.hold or told.decision.channel is None:
        assert became["noticed"] is None or told.place is not None
    elif told.place is None and told.event.conversation is None:
        assert became["noticed"] == told.channel
        calls, roll_call = json.loads(became["mention_json"]), json.loads(became["called"] or "[]")
        assert tuple(calls) == told.decision.mention or set(told.decision.mention) <= {*calls, *roll_call}


def check_calls(told: Routed, called: set[str], *, for_others: bool) -> None:
    foreseen = {call.role for call in told.calls}
    assert foreseen == called or (for_others and foreseen <= called)


async def story(setup: Setup, events: Sequence[Said], folder: Path) -> None:
    at, endpoint = NOON, setup.endpoints["probe"]
    async with opened(prepared(folder / "s.db")) as database:
        for number, one in enumerate(events, start=1):
            at += timedelta(seconds=one.after)
            told = await database.write(partial(_explained, setup, endpoint, one.event, at))
            newest = await database.read(partial(_newest, "conversations"))
            posted = await database.read(partial(_newest, "outbox"))
            check(told, await happens(database, setup, one.event, at, number), newest, setup)
            called, for_others = await database.read(partial(_called, posted))
            check_calls(told, called, for_others=for_others)


def _explained(setup: Setup, endpoint: Endpoint, event: Event, at: datetime, tx: Connection) -> Routed:
    (((told,),),) = (parsing.try_out(tx, setup, endpoint, [[event]], at),)
    return told


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    given_routes=st.lists(routes, max_size=3),
    correlate=st.lists(correlations, max_size=3),
    endpoint=st.none() | st.just("hooked"),
    repo=st.none() | st.just("shop-dev"),
    quiet=st.booleans(),
    events=st.lists(said, min_size=1, max_size=8),
)
def test_what_the_explainer_says_is_what_happens(
    given_routes: list[Route],
    correlate: list[Correlation],
    endpoint: str | None,
    repo: str | None,
    quiet: bool,
    events: list[Said],
) -> None:
    setup = configured(given_routes, correlate, endpoint, repo, quiet)
    with TemporaryDirectory() as folder:
        asyncio.run(story(setup, events, Path(folder)))
