"""Questions about access, answered by the same rules that calls are judged by."""

from __future__ import annotations

from sovereign.sandbox.cluster import kinds
from sovereign.sandbox.cluster.kinds import LOCAL_ACCESS, SELF_ACCESS, SELF_REVIEW, SELF_RULES, Kind
from sovereign.sandbox.cluster.managers import Manager, updated
from sovereign.sandbox.cluster.objects import Object, spec_of, stamp
from sovereign.sandbox.cluster.rbac import Access, Attributes, User
from sovereign.sandbox.cluster.statuses import bad_request


def answer(access: Access, kind: Kind, namespace: str, body: Object, user: User, manager: str) -> Object:
    """The review with its status."""
    if kind is SELF_REVIEW:
        about = {"username": user.name, "groups": list(user.groups)}
        return _shown(kind, {"metadata": {"creationTimestamp": stamp()}, "status": {"userInfo": about}})
    meta = body.get("metadata") or {}
    review: Object = {"metadata": {**meta}, "spec": spec_of(body)}
    review = updated({}, review, Manager(manager, kind.api_version))
    if kind is SELF_RULES:
        return _shown(
            kind, {**review, "status": _rules(access, user, str(spec_of(body).get("namespace") or ""))}
        )
    whom = user if kind is SELF_ACCESS else _subject(body)
    return _shown(kind, {**review, "status": _verdict(access, kind, namespace, body, whom)})


def _verdict(access: Access, kind: Kind, namespace: str, body: Object, whom: User) -> Object:
    spec = spec_of(body)
    asked = spec.get("resourceAttributes")
    if not asked:
        if not spec.get("nonResourceAttributes"):
            raise bad_request("exactly one of nonResourceAttributes or resourceAttributes must be specified")
        return {"allowed": spec["nonResourceAttributes"].get("verb") == "get"}
    wanted = Attributes(
        verb=str(asked.get("verb") or ""), subresource=str(asked.get("subresource") or ""),
        kind=_kind(str(asked.get("group") or ""), str(asked.get("resource") or "")),
        namespace=namespace if kind is LOCAL_ACCESS else str(asked.get("namespace") or ""),
        name=str(asked.get("name") or ""),
    )  # fmt: skip
    verdict = access.allows(whom, wanted)
    return {"allowed": verdict.allowed} | ({"reason": verdict.reason} if verdict.reason else {})


def _subject(body: Object) -> User:
    spec = spec_of(body)
    return User(str(spec.get("user") or ""), tuple(spec.get("groups") or ()))


def _kind(group: str, plural: str) -> Kind:
    """The kind of that resource; one that nobody knows is asked about all the same."""
    known = next((kind for kind in kinds.KINDS if (kind.group, kind.plural) == (group, plural)), None)
    return known or Kind(group=group, version="v1", name=plural, plural=plural)


def _rules(access: Access, user: User, namespace: str) -> Object:
    fields = ("verbs", "apiGroups", "resources", "resourceNames")
    found = [{key: rule[key] for key in fields if key in rule} for rule, _ in access.rules(user, namespace)]
    if "system:masters" in user.groups:
        found = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
    return {"resourceRules": found, "nonResourceRules": [], "incomplete": False}


def _shown(kind: Kind, review: Object) -> Object:
    return {"kind": kind.name, "apiVersion": kind.api_version, **review}
