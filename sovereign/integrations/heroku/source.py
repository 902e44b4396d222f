"""Heroku: releases, builds and dynos of an app, and the deploy hooks of old.

https://devcenter.heroku.com/articles/app-webhooks

Give the webhook a secret, with which it signs in `Heroku-Webhook-Hmac-SHA256`, or its `authorization`,
`Bearer SECRET`. Deploy hooks were forms with nothing to prove them: `?token=SECRET` in the address does.
That a delivery keeps its id over all attempts is not confirmed.
"""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._builds import by_run
from sovereign.integrations._forms import read
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import any_of, hmac_sha256_base64, static_secret
from sovereign.integrations.heroku.happenings import KINDS, build, dyno, other, release


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = read(headers, body)
    if payload.get("data") is None and payload.get("app") is not None:
        return [_of_hook(payload)]
    data, resource = payload.at("data"), line(payload, "resource")
    app = line(data, "app.name", "app.id") or (line(data, "name") if resource == "app" else "")
    if not app:
        raise BadPayload("$.data.app.name", "is missing")
    readers = {"release": release, "build": build, "dyno": dyno}
    event = readers.get(resource, other)(payload, data, app)
    who = line(payload, "actor.email")
    return [
        replace(
            event,
            actor=who or None,
            service=app,
            url=link(data, "web_url") or _page(app),
            occurred_at=when(data, "updated_at", "created_at") or when(payload, "created_at", "published_at"),
        )
    ]


def _page(app: str) -> str | None:
    return f"https://dashboard.heroku.com/apps/{app}/activity" if app.replace("-", "").isalnum() else None


def _of_hook(payload: Payload) -> Event:
    app, who, release = line(payload, "app"), line(payload, "user"), line(payload, "release")
    if not app:
        raise BadPayload("$.app", "is missing")
    what = f"{app} {release}".strip()
    return Event(
        source="heroku",
        kind="service.deployed",
        subject=what,
        title=f"{who or 'Heroku'} released {what}",
        text=prose(payload, "git_log"),
        status=Status.SUCCEEDED,
        url=link(payload, "url"),
        actor=who or None,
        service=app,
        fields=shown({"Version": release, "Commit": line(payload, "head", "head_long")[:7]}),
        conversation=f"heroku:{app}/releases/{release or line(payload, 'head_long', 'head')}",
    )


def _said(headers: Headers, body: bytes) -> tuple[str, ...]:
    payload = read(headers, body)
    if payload.get("webhook_metadata"):
        return ("delivery", line(payload, "webhook_metadata.delivery.id"))
    app = f"{line(payload, 'app')} {line(payload, 'app_uuid')}"
    return ("hook", app, line(payload, "release"), line(payload, "head_long", "head"))


SOURCE = Source(
    slug="heroku",
    title="Heroku",
    docs="https://devcenter.heroku.com/articles/app-webhooks",
    home="deployments",
    secret="env://HEROKU_WEBHOOK_SECRET",
    scheme=any_of(hmac_sha256_base64("heroku-webhook-hmac-sha256"), static_secret()),
    parse=parse,
    kinds=KINDS,
    quiet=frozenset({"build.started", "dyno.changed", "environment.modified"}),
    transmission=by_run(_said, window=None),
)
