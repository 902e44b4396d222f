"""Codacy: the analysis of a branch or a pull request has ended.

https://docs.codacy.com/organizations/integrations/webhooks/

What is read rests on that page, and on the one about the older webhooks of single repositories,
which are not signed: put `?token=SECRET` behind their address. The newer ones say whether Codacy's
tools ran, and not what they found; the older ones count what is new and what is fixed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._builds import TASK, Build, event_of, kinds
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, link, when
from sovereign.integrations._source import Headers, Source, by_header
from sovereign.integrations._verify import any_of, hmac_sha256, static_secret

STATUSES: Mapping[str, tuple[Status, str]] = {
    "success": (Status.SUCCEEDED, "finished"),
    "partial_success": (Status.SUCCEEDED, "finished in part, as some tools failed,"),
    "failure": (Status.FAILED, "failed"),
}
NAME = "Codacy analysis"
HOSTS = {"gh": "github.com", "gl": "gitlab.com", "bb": "bitbucket.org"}
_PAGE = re.compile(r"https://[^/]+/(?P<host>[a-z]+)/(?P<path>[^/]+/[^/?]+?)(?:\.git)?/commits?\b")
"""Where a commit is shown: the code host, and the repository there; `public` names no host."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    return [_of_commit(payload.at("commit")) if payload.get("commit") else _of_target(payload)]


def _of_target(payload: Payload) -> Event:
    """Codacy names the repository without its owner, so that nobody can tell which one it is of."""
    word, is_pull = line(payload, "status"), line(payload, "target.type") == "pullRequest"
    organisation, target = line(payload, "organization.id"), line(payload, "target.value")
    status, verb = STATUSES.get(word, (Status.UNKNOWN, f"reported {word or 'no state'}"))
    sha = line(payload, "commitSha")
    build = Build(
        source="codacy",
        family=TASK,
        name=NAME,
        id=f"{organisation}/{target}/{sha}",
        status=status,
        verb=verb,
        phase="finished",
        project=line(payload, "repository.name"),
        branch="" if is_pull else target,
        pull=target if is_pull else "",
        sha=sha,
        at=when(payload, "timestamp"),
        more={"Organization": organisation},
    )
    return replace(event_of(build), service=build.project)


def _of_commit(commit: Payload) -> Event:
    url = link(commit, "data.urls.delta")
    page = _PAGE.match(url or "")
    host, path = (page["host"], page["path"]) if page else ("", "")
    new, fixed = commit.integer_at("results", "new_count"), commit.integer_at("results", "fixed_count")
    sha = line(commit, "data.uuid")
    build = Build(
        source="codacy",
        family=TASK,
        name=NAME,
        id=sha,
        status=Status.SUCCEEDED,
        verb=f"found {count(new, 'new issue')} and {fixed} fixed",
        phase="finished",
        address=f"https://{HOSTS[host]}/{path}" if host in HOSTS else "",
        repo=path,
        project="" if path else "a repository",
        sha=sha,
        url=url,
        more={"New": str(new), "Fixed": str(fixed)},
    )
    return event_of(build)


SOURCE = Source(
    slug="codacy",
    title="Codacy",
    docs="https://docs.codacy.com/organizations/integrations/webhooks/",
    home="ci-cd-pipeline",
    secret="env://CODACY_WEBHOOK_SECRET",
    scheme=any_of(hmac_sha256("x-codacy-signature", prefix="sha256="), static_secret()),
    parse=parse,
    kinds=kinds(TASK, "finished"),
    transmission=by_header("x-codacy-delivery"),
    delivery_header="x-codacy-delivery",
    shown_headers=frozenset({"x-codacy-event", "x-codacy-delivery"}),
)
