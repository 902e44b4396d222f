"""Checks of the clusters: whether each answers, and lets Sovereign read and act for members."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from sovereign.config.loader import Loaded
from sovereign.config.secrets import SecretSource
from sovereign.core.errors import ConfigError, SovereignError
from sovereign.domain.cluster import Access
from sovereign.domain.cluster_rights import IMPERSONATE_USERS, OWN, impersonate_group
from sovereign.domain.estate import Estate
from sovereign.services.doctor.findings import Check, Finding, Group, joined
from sovereign.services.operations import configured
from sovereign.services.ports.cluster import Cluster, ClusterAddress, ClusterDoor

NONE = Check(Group.CLUSTERS, "Clusters")
MOST_NAMED = 5
SEE = "Apply deploy/kubernetes/rbac.yml, with the names of your roles and namespaces."


async def findings(loaded: Loaded, secrets: SecretSource, door: ClusterDoor) -> Sequence[Finding]:
    """Each cluster of the configuration; they are asked at the same time."""
    given = loaded.discovery.infra.clusters
    if not given:
        said = "None is configured: /status, /logs, /scale and the like have nothing to look at."
        return [NONE.skipped(said, "Name one under infra.clusters, if services run in Kubernetes.")]
    setup = configured.clusters(loaded.discovery, secrets)
    roles = tuple(dict.fromkeys(grant.role for grant in loaded.discovery.discord.rbac.grants))
    found = await asyncio.gather(
        *(_one(one.name, setup.addresses[one.name], door, setup.estate, roles) for one in given)
    )
    return [each for group in found for each in group]


async def _one(
    name: str, address: Callable[[], ClusterAddress], door: ClusterDoor, estate: Estate, roles: Sequence[str]
) -> Sequence[Finding]:
    try:
        address()
    except ConfigError as missing:
        said, _, todo = str(missing).partition("; ")
        todo = todo or "Set it, or take the cluster out of infra.clusters."
        return [Check(Group.CLUSTERS, name).warning(f"{said.rstrip('.')}.", f"{todo[:1].upper()}{todo[1:]}")]
    cluster = door(name, address)
    try:
        return await _asked(cluster, estate, roles)
    finally:
        await cluster.close()


async def _asked(cluster: Cluster, estate: Estate, roles: Sequence[str]) -> Sequence[Finding]:
    reached = Check(Group.CLUSTERS, cluster.name)
    rights = Check(Group.CLUSTERS, f"{cluster.name}: rights")
    acting = Check(Group.CLUSTERS, f"{cluster.name}: members")
    try:
        version = await cluster.version()
    except SovereignError as problem:
        todo = "Look at its address, its credentials and the way to it (infra.clusters)."
        why = "The cluster must answer first."
        return [reached.error(str(problem.public), todo), rights.skipped(why), acting.skipped(why)]
    found = [reached.ok(f"It answers, version {version or 'unknown'}.")]
    try:
        found.append(_rights(rights, await _missing(cluster, _wanted(cluster, estate))))
        found.append(_acting(acting, await _missing(cluster, _impersonation(roles))))
    except SovereignError as problem:
        found.append(rights.error(str(problem.public), "Look at its log."))
    return found


def _wanted(cluster: Cluster, estate: Estate) -> Sequence[Access]:
    spaces = dict.fromkeys(place.namespace for place in estate.places() if place.cluster == cluster.name)
    own = [one for one in OWN if one.verb != "create"]
    everywhere = [one for one in OWN if one.verb == "create"]
    return [*(replace(one, namespace=space) for space in spaces for one in own), *everywhere]


def _impersonation(roles: Sequence[str]) -> Sequence[Access]:
    return [IMPERSONATE_USERS, *(impersonate_group(role) for role in roles)]


async def _missing(cluster: Cluster, wanted: Sequence[Access]) -> Sequence[str]:
    answers = await asyncio.gather(*(cluster.may(None, one) for one in wanted))
    return [f"{one} {one.name}".rstrip() for one, allowed in zip(wanted, answers, strict=True) if not allowed]


def _rights(check: Check, missing: Sequence[str]) -> Finding:
    if not missing:
        return check.ok("It lets Sovereign read what it follows.")
    return check.error(f"It does not let Sovereign {_few(missing)}.", SEE)


def _acting(check: Check, missing: Sequence[str]) -> Finding:
    if not missing:
        return check.ok("It lets Sovereign act for members, with the groups of every granted role.")
    return check.error(f"It does not let Sovereign {_few(missing)}: members are refused there.", SEE)


def _few(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return joined([*names[:MOST_NAMED], f"{more} more"] if more > 0 else names)
