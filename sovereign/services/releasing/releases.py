"""What is to be deployed where: the image of a version, its digest now, and whether it may begin."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from sovereign.core.errors import ConfigError, NotFound, Unavailable, UserError
from sovereign.domain import compare, configured, images
from sovereign.domain.approval import Proposal
from sovereign.domain.audit import Entry
from sovereign.domain.cluster import Identity
from sovereign.domain.deployment import OVERRIDDEN, Deployment, Phase
from sovereign.domain.estate import Estate, Place
from sovereign.domain.images import Image
from sovereign.domain.permission import Actor, Capability
from sovereign.domain.rollout.terms import Strategy
from sovereign.services.auditing import record
from sovereign.services.clearance import freezes_over, require_clear
from sovereign.services.clusters import Clusters
from sovereign.services.operations.places import Places
from sovereign.services.permissions import Permissions
from sovereign.services.ports.registry import Registry
from sovereign.services.releasing import notes, telling
from sovereign.services.releasing.release import Release
from sovereign.services.setup import Setup
from sovereign.services.thawing import Ways, ways
from sovereign.store import deployments
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

SUGGESTING = 2.0
"""Seconds; Discord forgets a completion that nobody has answered within three."""


class Releases:
    """`wake` is called when a deployment has begun."""

    def __init__(
        self,
        database: Database,
        setup: Setup,
        clusters: Clusters,
        places: Places,
        permissions: Permissions,
        registry: Registry,
        wake: Callable[[], None],
    ) -> None:
        self._database, self._setup, self._clusters, self._places = database, setup, clusters, places
        self._permissions, self._registry, self.wake = permissions, registry, wake

    def follow(self, setup: Setup) -> None:
        """Go by the rules of this configuration from now on."""
        self._setup = setup

    @property
    def estate(self) -> Estate:
        return self._clusters.estate

    async def prepare(
        self, actor: Actor, version: str, service: str, environment: str, strategy: str | None = None
    ) -> Release:
        """Look up what that version is and what runs now. Raises NotFound, UserError and Unavailable."""
        place = self._clusters.estate.place(service, environment)
        rule = self._setup.deploy.rule(place.environment)
        policy, terms = rule.policy(production=place.production), rule.terms()
        cluster, who = self._clusters.of(place), self._permissions.identity(actor)
        workload = await cluster.workload(place.namespace, place.deployment, as_who=who)
        runs = place.image(workload.images)
        image = images.read(runs).at(version)
        repo = self._setup.repositories.get(place.service)
        digest = await self._digest(who, place, image)
        if digest is None and place.production:
            raise UserError(
                f"Nobody could say which digest {image.tagged} has, and {place.environment} takes only what"
                " can be told from what the tag may mean tomorrow. Try again when the registry answers."
            )
        return Release(
            place=place,
            version=version,
            image=image,
            digest=digest,
            workload=workload,
            as_who=who,
            policy=policy,
            terms=replace(terms, strategy=Strategy(strategy)) if strategy else terms,
            repo=repo,
            compare=compare.address(self._setup.provider, repo, images.version_of(runs), version),
            configured=configured.words(place, policy, terms),
        )

    async def again(self, actor: Actor, proposal: Proposal) -> Release:
        """The same as it is now."""
        found = await self.prepare(
            actor, proposal.version, proposal.service, proposal.environment, proposal.strategy
        )
        return replace(found, policy=proposal.policy)

    async def versions(
        self,
        actor: Actor,
        capability: Capability,
        service: str | None,
        environment: str | None,
        channel: Sequence[str],
        typed: str,
    ) -> Sequence[str]:
        """Tags that hold what was typed, the registry's last first; none where it is unclear of what, or the
        member may not deploy it."""
        try:
            place = self._places.require(actor, capability, service, environment, channel)
            cluster, who = self._clusters.of(place), self._permissions.identity(actor)
            async with asyncio.timeout(SUGGESTING):
                workload = await cluster.workload(place.namespace, place.deployment, as_who=who)
                image = images.read(place.image(workload.images))
                login = self._setup.registries.get(image.registry)
                tags = await self._registry.tags(image, login() if login else None)
        except (UserError, Unavailable, ConfigError, TimeoutError):
            return []
        return [tag for tag in reversed(tags) if typed.strip().lower() in tag.lower()][:25]

    async def notes(self, release: Release) -> Mapping[str, object]:
        """What people should know before they agree."""
        return await notes.notes(self._database, self._clusters, release)

    async def _digest(self, who: Identity, place: Place, image: Image) -> str | None:
        """By the registry; where that is silent, by pods that run it. Raises NotFound."""
        if image.digest:
            return image.digest
        try:
            login = self._setup.registries.get(image.registry)
            found = await self._registry.digest(image, login() if login else None)
        except Unavailable as silent:
            log.warning("registry.silent", image=image.tagged, problem=str(silent))
            return await self._running(who, place, image)
        if found is None:
            raise NotFound(f"{image.registry} has no {image.path}:{image.tag}.")
        return found

    async def _running(self, who: Identity, place: Place, image: Image) -> str | None:
        """The digest with which pods of any environment of the service run that tag."""
        estate = self._clusters.estate
        for environment in estate.environments_of(estate.service(place.service)):
            there = estate.place(place.service, environment)
            cluster = self._clusters.of(there)
            try:
                workload = await cluster.workload(there.namespace, there.deployment, as_who=who)
                pods = await cluster.pods(there.namespace, workload.selector, as_who=who)
            except (Unavailable, UserError):
                continue
            for container in (one for pod in pods for one in pod.containers):
                runs = images.read(container.image)
                found = images.DIGEST.search(container.image_id)
                if (runs.name, runs.tag) == (image.name, image.tag) and found:
                    return found[0]
        return None

    def ways(self, actor: Actor, release: Release, proposal: Proposal | None = None) -> Ways:
        """What can be done about a freeze that stops it: `/deploy run` carries out proposals, too."""
        place, strategy = release.place, release.terms.strategy
        usual = proposal or self._setup.deploy.rule(place.environment).terms().strategy == strategy
        command = f"/deploy run version:{release.version} service:{place.service} env:{place.environment}"
        if not usual:
            command += f" strategy:{strategy}"
        asked = proposal.id if proposal else None
        return ways(self._permissions, actor, place.environment, command=command, proposal=asked)

    def begin(
        self,
        tx: Connection,
        actor: Actor,
        release: Release,
        at: datetime,
        *,
        conversation_id: int,
        proposal: Proposal | None = None,
        approved_by: tuple[Actor, ...] = (),
        override: bool = False,
        glass: str = "",
    ) -> Deployment:
        """Take the lock of the place and write the deployment down; the worker carries it out.

        `override` goes through freezes; `glass` is why it goes without its quorum. Raises InvalidTransition
        where it is frozen or somebody else deploys.
        """
        place = release.place
        require_clear(tx, place, at, self.ways(actor, release, proposal), override=override)
        over = [one.words for one in freezes_over(tx, place.service, place.environment, at)]
        deployment = deployments.add(
            tx,
            Deployment(
                proposal_id=proposal.id if proposal else None,
                conversation_id=conversation_id,
                place=place,
                version=release.version,
                image=release.pinned,
                from_version=release.from_version,
                from_image=release.from_image,
                terms=release.terms,
                by=actor,
                as_who=release.as_who,
                approved_by=tuple(one.name for one in approved_by),
                change=proposal.change if proposal else None,
                glass=glass,
                configured=release.configured,
                memory={OVERRIDDEN: over} if over else {},
                phase=Phase.APPLYING,
                phase_at=at,
                started_at=at,
            ),
        )
        record(tx, replace(_begun(actor, deployment, at, override=override), approved_by=approved_by))
        if over:
            telling.overridden(tx, deployment, actor, over, at)
        return deployment


def _begun(actor: Actor, deployment: Deployment, at: datetime, *, override: bool) -> Entry:
    return Entry(
        at=at,
        actor=actor,
        action="deploy.execute",
        subject=deployment.subject,
        parameters={
            "deployment": deployment.id,
            "proposal": deployment.proposal_id,
            "image": deployment.image,
            "from": deployment.from_image,
            "strategy": deployment.strategy,
            **({"freezes": "overridden"} if override else {}),
        },
    )
