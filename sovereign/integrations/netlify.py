"""Netlify: deploys of a site, from the start of the build to the page that people see.

https://docs.netlify.com/site-deploys/notifications/

With a JWS secret token Netlify signs the hash of the body in `X-Webhook-Signature`; without one, put
`?token=SECRET` into the address. The name of the event is in `X-Netlify-Event`; without it the state of the
deploy tells it. Event names are as Netlify's documentation has them; the bodies of requests that
wait for approval are taken to be the deploy's, like those of all other events.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._builds import by_run, hosted
from sovereign.integrations._jws import jws_of_body
from sovereign.integrations._named import kind_of
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import duration, line, link, prose, seconds, shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import any_of, static_secret

EVENTS: Mapping[str, tuple[str, Status, str]] = {
    "deploy_building": ("deployment.started", Status.RUNNING, "Netlify is deploying {what}"),
    "deploy_created": ("service.deployed", Status.SUCCEEDED, "Netlify deployed {what}"),
    "deploy_succeeded": ("service.deployed", Status.SUCCEEDED, "Netlify deployed {what}"),
    "deploy_restored": ("service.deployed", Status.SUCCEEDED, "Netlify restored {what}"),
    "deploy_failed": ("deployment.failed", Status.FAILED, "Netlify failed to deploy {what}"),
    "deploy_deleted": ("deployment.retired", Status.INFO, "Netlify deleted a deploy of {what}"),
    "deploy_locked": ("deployment.updated", Status.INFO, "Netlify locked {site} to its published deploy"),
    "deploy_unlocked": ("deployment.updated", Status.INFO, "Netlify unlocked the deploys of {site}"),
    "deploy_request_pending": (
        "deployment.approval_requested",
        Status.QUEUED,
        "A deploy of {what} waits for approval",
    ),
    "deploy_request_accepted": (
        "deployment.reviewed",
        Status.APPROVED,
        "Somebody approved the deploy of {what}",
    ),
    "deploy_request_rejected": (
        "deployment.reviewed",
        Status.CANCELLED,
        "Somebody rejected the deploy of {what}",
    ),
}
STATES: Mapping[str, str] = {
    "new": "deploy_building",
    "enqueued": "deploy_building",
    "pending_review": "deploy_request_pending",
    "building": "deploy_building",
    "uploading": "deploy_building",
    "processing": "deploy_building",
    "ready": "deploy_created",
    "error": "deploy_failed",
    "rejected": "deploy_request_rejected",
}


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_body(headers, body)
    name = _event(headers, payload)
    site, context = line(payload, "name", "site_id"), line(payload, "context")
    if not site:
        raise BadPayload("$.name", "is missing")
    if name not in EVENTS:  # a form that somebody filled in, for one
        kind = kind_of(f"netlify.{name}", otherwise="webhook.received")
        return [Event(source="netlify", kind=kind, subject=site, title=f"Netlify sent {name} of {site}")]
    kind, status, did = EVENTS[name]
    branch, sha = line(payload, "branch"), line(payload, "commit_ref")
    actor = line(payload, "committer")
    what = " ".join(filter(None, (site, branch))) + (f" to {context}" if context else "")
    title = did.format(what=what, site=site)
    _, repo = hosted(line(payload, "commit_url").partition("/commit")[0])
    fields = {
        "Environment": context,
        "Branch": branch,
        "Commit": sha[:7],
        "Duration": duration(seconds(payload, "deploy_time")) if status is Status.SUCCEEDED else "",
        "Address": link(payload, "deploy_ssl_url", "ssl_url", "deploy_url", "url") or "",
        "Pull request": f"#{number}" if (number := line(payload, "review_id")) else "",
    }
    event = Event(
        source="netlify",
        kind=kind,
        subject=" ".join(filter(None, (site, branch or sha[:7]))),
        name=line(payload, "title"),
        title=f"{title} ({actor})" if actor else title,
        text=prose(payload, "error_message"),
        status=status,
        severity=_severity(status, context),
        url=_page(payload),
        actor=actor or None,
        service=site,
        environment=context or None,
        repo=repo or None,
        branch=branch or None,
        fields=shown(fields),
        occurred_at=when(payload, "updated_at", "created_at"),
        conversation=f"netlify:{site}/deploys/{deploy}" if (deploy := line(payload, "id")) else None,
    )
    return [event]


def _event(headers: Headers, payload: Payload) -> str:
    name = " ".join(headers.get("x-netlify-event", "").split())
    return name or STATES.get(line(payload, "state"), "") or "an event without a name"


def _severity(status: Status, context: str) -> Severity:
    if status is not Status.FAILED:
        return Severity.INFO
    return Severity.HIGH if context == "production" else Severity.LOW


def _page(payload: Payload) -> str | None:
    """The deploy's log where the site's own page is known."""
    page, deploy = link(payload, "admin_url"), line(payload, "id")
    return (
        f"{page}/deploys/{deploy}" if page and deploy.isalnum() else page or link(payload, "ssl_url", "url")
    )


def _said(headers: Headers, body: bytes) -> tuple[str, ...]:
    payload = Payload.from_body(headers, body)
    return (
        line(payload, "id"),
        _event(headers, payload),
        line(payload, "state"),
        line(payload, "updated_at"),
    )


SOURCE = Source(
    slug="netlify",
    title="Netlify",
    docs="https://docs.netlify.com/site-deploys/notifications/",
    home="deployments",
    secret="env://NETLIFY_WEBHOOK_SECRET",
    scheme=any_of(jws_of_body("x-webhook-signature", "netlify"), static_secret()),
    parse=parse,
    kinds=frozenset(kind for kind, _, _ in EVENTS.values()),
    quiet=frozenset({"deployment.retired"}),
    transmission=by_run(_said),
    shown_headers=frozenset({"x-netlify-event"}),
)
