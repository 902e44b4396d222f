"""Which service in which environment a command means, and which of them a member may name at all."""

from __future__ import annotations

from collections.abc import Sequence

from sovereign.core.errors import NotFound, UserError
from sovereign.domain.estate import Estate, Place, Service
from sovereign.domain.permission import Actor, Capability
from sovereign.services.clusters import Clusters
from sovereign.services.permissions import Permissions

SUGGESTED = 25


class Places:
    def __init__(self, clusters: Clusters, permissions: Permissions) -> None:
        self._clusters, self._permissions = clusters, permissions

    @property
    def estate(self) -> Estate:
        return self._clusters.estate

    def require(
        self,
        actor: Actor,
        capability: Capability,
        service: str | None,
        environment: str | None,
        channel: Sequence[str] = (),
    ) -> Place:
        """The place that is meant, if the member may do that there.

        Without a service it is that of the channel (`channel`: its name and id); without an environment the
        only one of the service, the only one in which the member may, or, to look at, production.
        Raises NotFound, NotAllowed, and UserError where it is not clear what is meant.
        """
        meant = self._service(service, channel)
        named = self.estate.spelled(environment) if environment else None
        where = named or self._environment(actor, capability, meant)
        if where in self.estate.environments_of(meant):
            self._permissions.require(actor, capability, where)
        else:  # nobody learns by asking where a service runs
            self._permissions.require_somewhere(actor, capability)
        return self.estate.place(meant.name, where)

    def check(self, actor: Actor, capability: Capability, place: Place) -> None:
        """Ask again at the moment of acting."""
        self._permissions.require(actor, capability, place.environment)

    def visible(
        self, actor: Actor, capability: Capability, environment: str | None = None
    ) -> Sequence[Place]:
        """Every place in which the member may do it, or those of that environment. Raises NotAllowed, and
        NotFound, which names the environments that there are for the member."""
        if environment in (None, *self.estate.environment_names):
            self._require(actor, capability, environment)
        else:
            self._require(actor, capability, None)
            names = [
                name
                for name in self.estate.environment_names
                if self._permissions.allows(actor, capability, name)
            ]
            there = f"There is {', '.join(names)}." if names else "discovery.yml names none yet."
            raise NotFound(f"There is no environment {str(environment)[:60]!r}. {there}")
        return [
            place
            for place in self.estate.places()
            if environment in (None, place.environment)
            and self._permissions.allows(actor, capability, place.environment)
        ]

    def services(self, actor: Actor, capability: Capability, typed: str) -> Sequence[str]:
        """Names that hold what was typed, of services that the member may do it to somewhere."""
        names = [one.name for one in self.estate.services if self._somewhere(actor, capability, one)]
        return [name for name in names if typed.strip().lower() in name.lower()][:SUGGESTED]

    def environments(
        self, actor: Actor, capability: Capability, service: str | None, typed: str
    ) -> Sequence[str]:
        """Those of the service, or of all where none is named yet."""
        known = self.estate.by_name.get((service or "").strip().lower())
        names = (
            self.estate.environments_of(known)
            if known
            else dict.fromkeys(
                name for one in self.estate.services for name in self.estate.environments_of(one)
            )
        )
        return [
            name
            for name in names
            if typed.strip().lower() in name.lower() and self._permissions.allows(actor, capability, name)
        ][:SUGGESTED]

    def _require(self, actor: Actor, capability: Capability, environment: str | None) -> None:
        """None: anywhere."""
        if environment is None:
            self._permissions.require_somewhere(actor, capability)
        else:
            self._permissions.require(actor, capability, environment)

    def _service(self, name: str | None, channel: Sequence[str]) -> Service:
        if name:
            return self.estate.service(name)
        found = self.estate.of_channel(*channel)
        if found is None:
            raise UserError("Name a service: this channel belongs to none (services[].channel).")
        return found

    def _environment(self, actor: Actor, capability: Capability, service: Service) -> str:
        names = self.estate.environments_of(service)
        if not names:
            raise NotFound(f"{service.name} runs in no environment (services[].environments).")
        allowed = [name for name in names if self._permissions.allows(actor, capability, name)]
        if len(names) == 1 or not allowed:
            return names[0]
        if len(allowed) == 1:
            return allowed[0]
        if capability in (Capability.SERVICES_VIEW, Capability.SERVICES_LOGS):
            live = [name for name in allowed if self.estate.environment(name).production]
            return live[0] if live else allowed[0]
        if capability is Capability.DEPLOY_PROPOSE:  # what has to be agreed on is production, as a rule
            live = [name for name in allowed if self.estate.environment(name).production]
            if len(live) == 1:
                return live[0]
        raise UserError(f"{service.name} runs in {', '.join(allowed)}: say in which (`env:`).")

    def _somewhere(self, actor: Actor, capability: Capability, service: Service) -> bool:
        names = self.estate.environments_of(service)
        return any(self._permissions.allows(actor, capability, name) for name in names)
