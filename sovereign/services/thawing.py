"""What a member whom a freeze stops can do about it, in words: only what there is, and only what they may."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sovereign.domain.freeze import Freeze
from sovereign.domain.permission import Actor, Capability, listed
from sovereign.services.permissions import Permissions

Ways = Callable[[Sequence[Freeze]], str]
"""From the freezes that hold to a sentence."""


def ways(
    permissions: Permissions,
    actor: Actor,
    environment: str,
    *,
    command: str = "",
    proposal: int | None = None,
) -> Ways:
    """`command` does the same as a button that was pressed, and takes `override_freeze`; `proposal` is one
    whose glass can be broken."""

    def said(holding: Sequence[Freeze]) -> str:
        endless = any(one.until is None for one in holding)
        it = "it" if len(holding) == 1 else "them"
        options = ["wait until somebody lifts " + it if endless else "wait for the end"]
        if all(permissions.allows(actor, Capability.FREEZE_SET, one.environment) for one in holding):
            options.append(f"lift {it} with {_off(holding)}")
        if command and permissions.allows(actor, Capability.FREEZE_OVERRIDE, environment):
            options.append(f"go through {it} with `{command} override_freeze:True`")
        elif proposal and permissions.allows(actor, Capability.DEPLOY_BREAK_GLASS, environment):
            options.append(f"break the glass with `/deploy break-glass proposal:{proposal}`")
        if len(options) > 1:
            return f"You can {listed(options, 'or')}."
        return f"{options[0].capitalize()}{_who(permissions, holding, it)}."

    return said


def _off(holding: Sequence[Freeze]) -> str:
    return listed([f"`/freeze off freeze:{one.id}`" for one in holding], "and")


def _who(permissions: Permissions, holding: Sequence[Freeze], it: str) -> str:
    """Who may lift them all."""
    able = [permissions.enough(Capability.FREEZE_SET, one.environment) for one in holding]
    names = [name for name in able[0] if all(name in others for others in able)] if able else []
    return f", or ask {listed(names, 'or')} to lift {it} ({_off(holding)})" if names else ""
