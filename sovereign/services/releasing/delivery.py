"""Everything between a wish to deploy and what runs, put together once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sovereign.services.approving.approvals import Approvals
from sovereign.services.auditing import Auditing
from sovereign.services.clusters import Clusters
from sovereign.services.freezing import Freezing
from sovereign.services.operations.places import Places
from sovereign.services.permissions import Permissions
from sovereign.services.ports.calls import Probing
from sovereign.services.ports.discord import Members
from sovereign.services.ports.registry import Registry
from sovereign.services.releasing.acting import Acting
from sovereign.services.releasing.deploying import Deploying
from sovereign.services.releasing.figures import DeliveryFigures
from sovereign.services.releasing.history import History
from sovereign.services.releasing.looking import Looking
from sovereign.services.releasing.releases import Releases
from sovereign.services.releasing.rollouts import Rollouts
from sovereign.services.serving import Serving
from sovereign.services.setup import Setup
from sovereign.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is outside: who the members are, what images are, whether an address is well."""

    members: Members
    registry: Registry
    probing: Probing


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    approvals: Approvals
    deploying: Deploying
    rollouts: Rollouts
    freezing: Freezing
    releases: Releases
    serving: Serving
    figures: DeliveryFigures
    history: History

    def workers(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        return {
            "approvals": self.approvals.run,
            "freezes": self.freezing.run,
            "rollouts": self.rollouts.run,
        }

    def follow(self, setup: Setup) -> None:
        self.releases.follow(setup)
        self.freezing.follow(setup)
        self.figures.follow(setup)


def delivery(
    database: Database,
    setup: Setup,
    clusters: Clusters,
    places: Places,
    permissions: Permissions,
    auditing: Auditing,
    world: World,
    announced: Callable[[], None],
    delivered: Callable[[], None],
) -> Delivery:
    """`announced` is called after each transaction that put something into the outbox, `delivered` after one
    that put an event of our own among the deliveries."""
    serving = Serving(database, clusters)
    looking, acting = Looking(clusters, serving), Acting(clusters, world.probing)
    rollouts = Rollouts(database, auditing, permissions, looking, acting, announced, delivered)
    releases = Releases(database, setup, clusters, places, permissions, world.registry, rollouts.wake)
    approvals = Approvals(database, auditing, permissions, world.members, releases, announced)
    history = History(database, permissions, clusters, places)
    return Delivery(
        approvals=approvals,
        deploying=Deploying(database, auditing, permissions, releases, approvals, announced),
        rollouts=rollouts,
        freezing=Freezing(
            database,
            auditing,
            permissions,
            clusters,
            setup,
            approvals.look_again,
            announced,
            delivered,
        ),
        releases=releases,
        serving=serving,
        figures=DeliveryFigures(database, setup, permissions, history),
        history=history,
    )
