"""The sample permissions: the bot impersonates, and each Discord role may do what discovery.yml grants."""

from __future__ import annotations

from sovereign.sandbox.cluster.objects import Object

_READ = ["get", "list", "watch"]
_EVERY = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
_SEEN = {
    "": [
        "namespaces",
        "nodes",
        "pods",
        "pods/log",
        "services",
        "endpoints",
        "events",
        "resourcequotas",
        "configmaps",
    ],
    "apps": ["deployments", "deployments/scale", "deployments/status", "replicasets"],
    "discovery.k8s.io": ["endpointslices"],
    "events.k8s.io": ["events"],
    "coordination.k8s.io": ["leases"],
    "metrics.k8s.io": ["pods", "nodes"],
}
_CHANGED = {
    "": ["pods", "services", "configmaps", "events"],
    "apps": ["deployments", "deployments/scale", "replicasets"],
    "coordination.k8s.io": ["leases"],
}
_VIEW = [{"apiGroups": [group], "resources": names, "verbs": _READ} for group, names in _SEEN.items()]
_EDIT = [
    *_VIEW,
    *({"apiGroups": [group], "resources": names, "verbs": _EVERY} for group, names in _CHANGED.items()),
]
_BOT = [
    *_EDIT,
    {"apiGroups": [""], "resources": ["users", "groups"], "verbs": ["impersonate"]},
    {
        "apiGroups": ["authorization.k8s.io"], "verbs": ["create"],
        "resources": ["subjectaccessreviews", "localsubjectaccessreviews"],
    },
]  # fmt: skip
_ALL = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
CLUSTER_ROLES = {"cluster-admin": _ALL, "admin": _EDIT, "edit": _EDIT, "view": _VIEW, "sovereign": _BOT}

EVERYWHERE = {
    "Owner": "cluster-admin",
    "DevOps": "edit",
    "On-Call": "edit",
    "Developers": "view",
    "QA": "view",
    "ReleaseMgr": "view",
}
"""What members with a Discord role may do in every namespace."""
IN_NAMESPACE = {
    ("prod", "ReleaseMgr"): "edit",
    ("staging", "ReleaseMgr"): "edit",
    ("dev", "Developers"): "edit",
    ("staging", "Developers"): "edit",
}


def role(name: str) -> Object:
    return {"metadata": {"name": name}, "rules": CLUSTER_ROLES[name]}


def group(discord_role: str) -> str:
    return f"sovereign:{discord_role}"


def binding(subject: Object, cluster_role: str) -> Object:
    """A ClusterRoleBinding, or a RoleBinding to a ClusterRole; its name follows from both."""
    who = str(subject["name"]).replace(":", "-").replace(" ", "-").lower()
    return {
        "metadata": {"name": f"{who}-{cluster_role}"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": cluster_role},
        "subjects": [subject],
    }


def of_group(name: str) -> Object:
    return {"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": name}


def of_user(name: str) -> Object:
    return {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": name}
