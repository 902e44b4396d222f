"""Role-based access: who may do what, by the Roles, ClusterRoles and bindings that the cluster holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sovereign.sandbox.cluster import statuses
from sovereign.sandbox.cluster.kinds import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    ROLE,
    ROLE_BINDING,
    SELF_ACCESS,
    SELF_REVIEW,
    SELF_RULES,
    Kind,
)
from sovereign.sandbox.cluster.objects import Object, name_of
from sovereign.sandbox.cluster.statuses import Refused
from sovereign.sandbox.cluster.store import Store

MASTERS = "system:masters"
_EVERYBODYS = (SELF_ACCESS, SELF_REVIEW, SELF_RULES)
"""What each caller may ask about themselves."""


@dataclass(frozen=True, slots=True)
class User:
    name: str
    groups: tuple[str, ...] = ()

    def authenticated(self) -> User:
        return replace(self, groups=(*self.groups, "system:authenticated"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """One thing that somebody wants to do."""

    verb: str
    kind: Kind
    subresource: str = ""
    namespace: str = ""
    name: str = ""

    @property
    def resource(self) -> str:
        return f"{self.kind.plural}/{self.subresource}" if self.subresource else self.kind.plural


@dataclass(frozen=True, slots=True)
class Verdict:
    allowed: bool
    reason: str = ""


class Access:
    def __init__(self, store: Store) -> None:
        self._store = store

    def allows(self, user: User, wanted: Attributes) -> Verdict:
        if MASTERS in user.groups or (wanted.kind in _EVERYBODYS and wanted.verb == "create"):
            return Verdict(allowed=True)
        for rule, why in self.rules(user, wanted.namespace):
            if _covers(rule, wanted):
                return Verdict(allowed=True, reason=why)
        return Verdict(allowed=False)

    def need(self, user: User, wanted: Attributes) -> None:
        """Raises 403."""
        if not self.allows(user, wanted).allowed:
            raise self.refusal(user, wanted)

    def refusal(self, user: User, wanted: Attributes) -> Refused:
        where = f'in the namespace "{wanted.namespace}"' if wanted.namespace else "at the cluster scope"
        return statuses.forbidden(
            wanted.kind, wanted.name,
            f'User "{user.name}" cannot {wanted.verb} resource "{wanted.resource}" in API group '
            f'"{wanted.kind.group}" {where}',
        )  # fmt: skip

    def rules(self, user: User, namespace: str) -> Iterator[tuple[Object, str]]:
        """Every rule that holds for the user there, with the words for why."""
        for binding in self._store.items(CLUSTER_ROLE_BINDING):
            subject = _subject(binding, user, "")
            if subject:
                yield from self._of_role(binding, "", f'ClusterRoleBinding "{name_of(binding)}"', subject)
        if namespace:
            for binding in self._store.items(ROLE_BINDING, namespace):
                subject = _subject(binding, user, namespace)
                if subject:
                    called = f'RoleBinding "{name_of(binding)}/{namespace}"'
                    yield from self._of_role(binding, namespace, called, subject)

    def _of_role(
        self, binding: Object, namespace: str, called: str, subject: str
    ) -> Iterator[tuple[Object, str]]:
        reference = binding.get("roleRef") or {}
        kind = ROLE if reference.get("kind") == "Role" else CLUSTER_ROLE
        role = self._store.get(kind, namespace if kind is ROLE else "", str(reference.get("name")))
        for rule in (role.get("rules") or ()) if role else ():
            told = f'RBAC: allowed by {called} of {kind.name} "{reference["name"]}" to {subject}'
            yield rule, told


def _subject(binding: Object, user: User, namespace: str) -> str:
    """Which of the binding's subjects the user is, in words; empty when none."""
    for subject in binding.get("subjects") or ():
        kind, name = subject.get("kind"), subject.get("name")
        if kind == "User" and name == user.name:
            return f'User "{name}"'
        if kind == "Group" and name in user.groups:
            return f'Group "{name}"'
        if kind == "ServiceAccount":
            full = f"system:serviceaccount:{subject.get('namespace') or namespace}:{name}"
            if full == user.name:
                return f'ServiceAccount "{name}/{subject.get("namespace") or namespace}"'
    return ""


def _covers(rule: Object, wanted: Attributes) -> bool:
    return (
        _has(rule.get("verbs"), wanted.verb)
        and _has(rule.get("apiGroups"), wanted.kind.group)
        and _has_resource(rule.get("resources"), wanted)
        and (not rule.get("resourceNames") or wanted.name in rule["resourceNames"])
    )


def _has(names: Sequence[str] | None, name: str) -> bool:
    return names is not None and ("*" in names or name in names)


def _has_resource(names: Sequence[str] | None, wanted: Attributes) -> bool:
    if _has(names, wanted.resource):
        return True
    return bool(wanted.subresource) and f"*/{wanted.subresource}" in (names or ())
