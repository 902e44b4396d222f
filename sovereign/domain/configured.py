"""What the configuration says of a place to deploy to, in words that are kept with each deployment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sovereign.domain.approval import Policy
from sovereign.domain.estate import Place
from sovereign.domain.rollout.blue_green import GREEN
from sovereign.domain.rollout.terms import Terms


def words(place: Place, policy: Policy, terms: Terms) -> Mapping[str, str]:
    """By the key in discovery.yml."""
    limit = f"{place.least} to {place.most}" if place.most is not None else f"at least {place.least}"
    return {
        "cluster": place.cluster,
        "namespace": place.namespace,
        "deployment": place.deployment.removesuffix(f"-{GREEN}"),
        "container": place.container or "the first",
        "production": _yes(place.production),
        "replicas": limit,
        "quorum": _quorum(policy.needs),
        "requester_counts": _yes(policy.requester_counts),
        "change_link": _yes(policy.change_link),
        "expires": str(policy.expires),
        "windows": " or ".join(map(str, policy.windows)) or "always",
        "execute": "at_once" if policy.at_once else "button",
        "tier": policy.tier or "any",
        "strategy": str(terms.strategy),
        "deadline": str(terms.deadline),
        "promote": "at_once" if terms.promote_at_once else "by_hand",
        "promote_within": str(terms.promote_within),
        "rollback_window": str(terms.keep_old),
        "smoke": terms.smoke or "none",
        "steps": ", ".join(map(str, terms.steps)),
        "pause": str(terms.pause),
    }


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> Sequence[str]:
    """`quorum: 3 of ReleaseMgr → 1`, for what both know."""
    return [
        f"{name}: {before[name]} → {value}" for name, value in now.items() if before.get(name, value) != value
    ]


def _quorum(needs: Mapping[str, int]) -> str:
    return " and ".join(f"{count} of {role}" if role else str(count) for role, count in needs.items()) or "0"


def _yes(given: bool) -> str:
    return "yes" if given else "no"
