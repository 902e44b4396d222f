"""Code Climate: coverage, ratings, security warnings, and checks of pull requests.

https://github.com/codeclimate/codeclimate-services

Code Climate has no webhook for everybody: what is read rests on the events that it hands to its
services, in the shapes that their public code takes. Where it sends none, post the same from a
build, for instance

    {"name": "coverage", "repo_name": "acme/shop", "covered_percent": 87.5, "previous_covered_percent": 86.1,
     "details_url": "https://codeclimate.com/github/acme/shop"}

Nothing is signed: put `?token=SECRET` behind the address, or send a bearer token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._builds import TASK, Build, event_of, kinds
from sovereign.integrations._named import kind_of
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, link, shown, words
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

STATES: Mapping[str, Status] = {
    "pending": Status.RUNNING,
    "success": Status.SUCCEEDED,
    "failure": Status.FAILED,
    "error": Status.FAILED,
    "skipped": Status.SKIPPED,
}
VERBS = {"error": "could not run"}
CHECKS = {
    "pull_request": "Code Climate",
    "pull_request_coverage": "Code Climate coverage",
    "pull_request_diff_coverage": "Code Climate diff coverage",
    "pull_request_total_coverage": "Code Climate total coverage",
}
MOST_NAMED = 5


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    type = payload.at("name").text()
    if type in CHECKS:
        return [_check(payload, CHECKS[type])]
    return [READERS.get(type, _other)(payload)]


def _check(payload: Payload, name: str) -> Event:
    slug, word = line(payload, "github_slug"), line(payload, "state")
    found = {
        "Coverage": _percent(payload, "covered_percent"),
        "Change": _percent(payload, "covered_percent_delta"),
        "New issues": line(payload, "issue_comparison_counts.new"),
        "Fixed issues": line(payload, "issue_comparison_counts.fixed"),
    }
    build = Build(
        source="codeclimate",
        family=TASK,
        name=name,
        id=line(payload, "commit_sha"),
        status=STATES.get(word, Status.UNKNOWN),
        verb=VERBS.get(word, "" if word in STATES else f"reported {words(word) or 'no state'}"),
        address=f"https://github.com/{slug}" if slug else "",
        project=line(payload, "repo_name"),
        sha=line(payload, "commit_sha"),
        pull=line(payload, "number"),
        text=line(payload, "message"),
        url=link(payload, "details_url", "compare_url"),
        more=found,
    )
    return event_of(build)


def _coverage(payload: Payload) -> Event:
    now, before = line(payload, "covered_percent"), line(payload, "previous_covered_percent")
    up = _number(now) - _number(before)
    did = "stayed" if not before or not up else "rose" if up > 0 else "fell"
    title = f"Coverage of {_repo(payload)} {did} {'at' if did == 'stayed' else 'to'} {_short(now)} %"
    fields = {
        "Coverage": f"{_short(now)} %" if now else "",
        "Before": f"{_short(before)} %" if before else "",
    }
    return _event(payload, "coverage.updated", title, fields, worse=did == "fell")


def _quality(payload: Payload) -> Event:
    now, before = line(payload, "rating"), line(payload, "previous_rating")
    name = line(payload, "constant_name") or "a part"
    did = "has improved" if now < before else "has got worse"
    rated = f"from {before} to {now}" if before else f"to {now}"
    title = f"{name} in {_repo(payload)} {did if before else 'was rated'} {rated}"
    fields = {"Rating": now, "Before": before, "Cost of repair": line(payload, "remediation_cost")}
    return _event(payload, "quality.updated", title, fields, worse=bool(before) and now > before)


def _snapshot(payload: Payload) -> Event:
    changed = payload.list_at("changed_constants")
    better = [one for one in changed if line(one, "to.rating") < line(one, "from.rating")]
    worse = [one for one in changed if line(one, "to.rating") > line(one, "from.rating")]
    new = payload.list_at("new_constants")
    title = (
        f"{_repo(payload)} was compared: {len(better)} better, {len(worse)} worse,"
        f" {count(len(new), 'new part')}"
    )
    fields = {"Better": _rated(better), "Worse": _rated(worse), "New": _rated(new)}
    return _event(payload, "quality.updated", title, fields, worse=bool(worse))


def _vulnerability(payload: Payload) -> Event:
    found = payload.list_at("vulnerabilities")
    type = line(payload, "warning_type") or line(found[0] if found else None, "warning_type") or "A warning"
    places = ", ".join(filter(None, (line(one, "location") for one in found[:MOST_NAMED])))
    title = f"Code Climate found {type} in {_repo(payload)}"
    title = f"{title} ({count(len(found), 'place')})" if len(found) > 1 else title
    return _event(payload, "vulnerability.detected", title, {"Where": places}, worse=True)


def _test(payload: Payload) -> Event:
    return _event(payload, "ping.received", f"Code Climate tried the webhook for {_repo(payload)}", {})


def _other(payload: Payload) -> Event:
    """The best that can be said of a type that is declared by nobody."""
    type = words(line(payload, "name")) or "something"
    kind = kind_of(f"codeclimate.{line(payload, 'name')}", otherwise="codeclimate.event")
    return _event(payload, kind, f"Code Climate sent {type} of {_repo(payload)}", {})


def _event(
    payload: Payload, kind: str, title: str, fields: Mapping[str, str], *, worse: bool = False
) -> Event:
    repo = line(payload, "github_slug", "repo_name")
    return Event(
        source="codeclimate",
        kind=kind,
        subject=repo or "a repository",
        title=title,
        status=Status.OPEN if kind == "vulnerability.detected" else Status.INFO,
        severity=Severity.LOW if worse else Severity.INFO,
        url=link(payload, "compare_url", "details_url"),
        repo=repo if repo.count("/") == 1 else None,
        service=repo or None,
        fields=shown({**fields, "Commit": line(payload, "commit_sha")[:7]}),
    )


def _repo(payload: Payload) -> str:
    return line(payload, "github_slug", "repo_name") or "a repository"


def _rated(parts: list[Payload]) -> str:
    named = (f"{line(one, 'name')} {line(one, 'to.rating')}".strip() for one in parts)
    return ", ".join([one for one in named if one][:MOST_NAMED])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _short(percent: str) -> str:
    return f"{_number(percent):.1f}".removesuffix(".0")


def _percent(payload: Payload, key: str) -> str:
    found = line(payload, key)
    return f"{_short(found)} %" if found else ""


READERS: Mapping[str, Callable[[Payload], Event]] = {
    "coverage": _coverage,
    "quality": _quality,
    "snapshot": _snapshot,
    "vulnerability": _vulnerability,
    "test": _test,
}

SOURCE = Source(
    slug="codeclimate",
    title="Code Climate",
    docs="https://github.com/codeclimate/codeclimate-services",
    home="ci-cd-pipeline",
    secret="env://CODECLIMATE_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=kinds(TASK, "started", "finished")
    | {"coverage.updated", "quality.updated", "vulnerability.detected", "ping.received"},
    quiet=frozenset({"ping.received"}),
)
