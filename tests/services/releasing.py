"""Releases over the cluster in memory; registry, members and smoke address say what a test lets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sovereign.config.loader import parse
from sovereign.config.secrets import SecretSource
from sovereign.domain.images import Image
from sovereign.domain.permission import Actor
from sovereign.integrations._source import all_sources
from sovereign.services import setup
from sovereign.services.auditing import Auditing
from sovereign.services.ports.registry import RegistryLogin
from sovereign.services.releasing.delivery import Delivery, World, delivery
from sovereign.store.database import Database
from tests.services.clusters import CONFIGURATION, Yard, yard_over


@dataclass(slots=True)
class FakeRegistry:
    """Implements Registry: `digests` by tag."""

    digests: dict[str, str] = field(default_factory=dict)

    async def tags(self, image: Image, login: RegistryLogin | None = None) -> Sequence[str]:
        return [*self.digests]

    async def digest(self, image: Image, login: RegistryLogin | None = None) -> str | None:
        return self.digests.get(image.tag or "")


@dataclass(slots=True)
class FakeMembers:
    """Implements Members."""

    known: Mapping[int, Actor] = field(default_factory=dict)

    async def actor(self, member_id: int) -> Actor | None:
        return self.known.get(member_id)

    async def reactions(self, channel_id: int, message_id: int, emoji: str) -> Sequence[Actor] | None:
        return []


@dataclass(slots=True)
class Dock:
    """What versions pass on their way to the cluster."""

    yard: Yard
    registry: FakeRegistry
    delivery: Delivery
    members: FakeMembers


async def _well(url: str) -> int:
    return 200


def dock_over(database: Database, rules: str, configuration: str = CONFIGURATION) -> Dock:
    """`rules` are those of `deploy`."""
    text = f"{configuration}\ndeploy:\n  rules: [{rules}]\n"
    yard = yard_over(database, text)
    discovery = parse(text, "discovery.yml", sources=all_sources().keys()).discovery
    registry, members = FakeRegistry(), FakeMembers()
    places = yard.operations.places
    made = delivery(
        database,
        setup.setup(discovery, SecretSource(environment={}, sandbox=True)),
        places._clusters,
        places,
        yard.permissions,
        Auditing(database, yard.permissions),
        World(members=members, registry=registry, probing=_well),
        lambda: yard.announced.append(None),
        lambda: None,
    )
    return Dock(yard=yard, registry=registry, delivery=made, members=members)
