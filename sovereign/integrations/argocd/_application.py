"""The Application resource, as much of it as a template sends."""

from __future__ import annotations

from dataclasses import dataclass

from sovereign.core.errors import BadPayload
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """`cluster` is as the destination names it, `source` the first of several."""

    name: str
    namespace: str
    cluster: str
    environment: str
    source: Payload | None
    url: str | None
    app: Payload

    @classmethod
    def read(cls, payload: Payload) -> Application:
        app = payload.get("app") or payload
        name, spec = line(app, "metadata.name"), app.get("spec")
        if not name:
            raise BadPayload("$.app.metadata.name", "is missing")
        sources = spec.list_at("sources") if spec else []
        base, home = link(payload, "context.argocdUrl"), line(app, "metadata.namespace")
        page = "/".join(filter(None, ("applications", home, name)))
        return cls(
            name=name,
            namespace=line(spec, "destination.namespace"),
            cluster=line(spec, "destination.name", "destination.server"),
            environment=line(payload, "context.environment", "environment"),
            source=(spec.get("source") if spec else None) or (sources[0] if sources else None),
            url=f"{base.rstrip('/')}/{page}" if base else None,
            app=app,
        )

    @property
    def identity(self) -> tuple[str, str]:
        return (line(self.app, "metadata.namespace"), self.name)

    def event(self, kind: str, title: str) -> Event:
        return Event(
            source="argocd",
            kind=kind,
            subject=self.name,
            title=title,
            url=self.url,
            service=self.name,
            environment=self.environment or None,
        )
