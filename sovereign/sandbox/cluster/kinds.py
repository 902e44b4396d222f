"""Which kinds of objects the API knows, under which names and paths, and what can be done with them."""

from __future__ import annotations

from dataclasses import dataclass

READ = ("get", "list", "watch")
ALL = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One resource of one group and version. Two resources with one `storage` show the same objects."""

    group: str
    version: str
    name: str
    plural: str
    short: tuple[str, ...] = ()
    namespaced: bool = True
    verbs: tuple[str, ...] = ALL
    subresources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    counts_generations: bool = False
    storage: str = ""

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """`deployments.apps`, as messages name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def typed(self) -> str:
        """`Deployment.apps`, as messages about an invalid object name it."""
        return f"{self.name}.{self.group}" if self.group else self.name

    @property
    def table(self) -> str:
        return self.storage or self.resource

    @property
    def has_status(self) -> bool:
        return "status" in self.subresources


NAMESPACE = Kind(
    group="", version="v1", name="Namespace", plural="namespaces", short=("ns",), namespaced=False,
    subresources=("status",),
)  # fmt: skip
NODE = Kind(
    group="", version="v1", name="Node", plural="nodes", short=("no",), namespaced=False,
    subresources=("status",),
)  # fmt: skip
POD = Kind(
    group="", version="v1", name="Pod", plural="pods", short=("po",), categories=("all",),
    subresources=("log", "status"), counts_generations=True,
)  # fmt: skip
SERVICE = Kind(
    group="", version="v1", name="Service", plural="services", short=("svc",), categories=("all",),
    subresources=("status",),
)  # fmt: skip
ENDPOINTS = Kind(group="", version="v1", name="Endpoints", plural="endpoints", short=("ep",))
EVENT = Kind(group="", version="v1", name="Event", plural="events", short=("ev",))
QUOTA = Kind(
    group="", version="v1", name="ResourceQuota", plural="resourcequotas", short=("quota",),
    subresources=("status",),
)  # fmt: skip
CONFIG_MAP = Kind(group="", version="v1", name="ConfigMap", plural="configmaps", short=("cm",))
SECRET = Kind(group="", version="v1", name="Secret", plural="secrets")
SERVICE_ACCOUNT = Kind(group="", version="v1", name="ServiceAccount", plural="serviceaccounts", short=("sa",))
DEPLOYMENT = Kind(
    group="apps", version="v1", name="Deployment", plural="deployments", short=("deploy",),
    categories=("all",), subresources=("scale", "status"), counts_generations=True,
)  # fmt: skip
REPLICA_SET = Kind(
    group="apps", version="v1", name="ReplicaSet", plural="replicasets", short=("rs",),
    categories=("all",), subresources=("scale", "status"), counts_generations=True,
)  # fmt: skip
SLICE = Kind(
    group="discovery.k8s.io", version="v1", name="EndpointSlice", plural="endpointslices",
    counts_generations=True,
)  # fmt: skip
NEW_EVENT = Kind(
    group="events.k8s.io", version="v1", name="Event", plural="events", short=("ev",), storage="events"
)
LEASE = Kind(group="coordination.k8s.io", version="v1", name="Lease", plural="leases")
_RBAC = "rbac.authorization.k8s.io"
ROLE = Kind(group=_RBAC, version="v1", name="Role", plural="roles")
ROLE_BINDING = Kind(group=_RBAC, version="v1", name="RoleBinding", plural="rolebindings")
CLUSTER_ROLE = Kind(group=_RBAC, version="v1", name="ClusterRole", plural="clusterroles", namespaced=False)
CLUSTER_ROLE_BINDING = Kind(
    group=_RBAC, version="v1", name="ClusterRoleBinding", plural="clusterrolebindings", namespaced=False
)
_ASKED = ("create",)
SUBJECT_ACCESS = Kind(
    group="authorization.k8s.io", version="v1", name="SubjectAccessReview", plural="subjectaccessreviews",
    namespaced=False, verbs=_ASKED,
)  # fmt: skip
SELF_ACCESS = Kind(
    group="authorization.k8s.io", version="v1", name="SelfSubjectAccessReview",
    plural="selfsubjectaccessreviews", namespaced=False, verbs=_ASKED,
)  # fmt: skip
LOCAL_ACCESS = Kind(
    group="authorization.k8s.io", version="v1", name="LocalSubjectAccessReview",
    plural="localsubjectaccessreviews", verbs=_ASKED,
)  # fmt: skip
SELF_RULES = Kind(
    group="authorization.k8s.io", version="v1", name="SelfSubjectRulesReview",
    plural="selfsubjectrulesreviews", namespaced=False, verbs=_ASKED,
)  # fmt: skip
SELF_REVIEW = Kind(
    group="authentication.k8s.io", version="v1", name="SelfSubjectReview", plural="selfsubjectreviews",
    namespaced=False, verbs=_ASKED,
)  # fmt: skip
POD_METRICS = Kind(
    group="metrics.k8s.io", version="v1beta1", name="PodMetrics", plural="pods", verbs=("get", "list")
)
NODE_METRICS = Kind(
    group="metrics.k8s.io", version="v1beta1", name="NodeMetrics", plural="nodes", namespaced=False,
    verbs=("get", "list"),
)  # fmt: skip

REVIEWS = (SUBJECT_ACCESS, SELF_ACCESS, LOCAL_ACCESS, SELF_RULES, SELF_REVIEW)
METRICS = (POD_METRICS, NODE_METRICS)
STORED = (
    NAMESPACE, NODE, POD, SERVICE, ENDPOINTS, EVENT, QUOTA, CONFIG_MAP, SECRET, SERVICE_ACCOUNT, DEPLOYMENT,
    REPLICA_SET, SLICE, NEW_EVENT, LEASE, ROLE, ROLE_BINDING, CLUSTER_ROLE, CLUSTER_ROLE_BINDING,
)  # fmt: skip
KINDS = (*STORED, *REVIEWS, *METRICS)
TABLES = {kind.table: kind for kind in STORED if not kind.storage}
"""The kinds as they are kept, by the name of their table."""
_BY_PATH = {(kind.group, kind.version, kind.plural): kind for kind in KINDS}
_BY_NAME = {(kind.api_version, kind.name): kind for kind in KINDS}


def by_path(group: str, version: str, plural: str) -> Kind | None:
    return _BY_PATH.get((group, version, plural))


def by_name(api_version: str, name: str) -> Kind | None:
    return _BY_NAME.get((api_version, name))


def groups() -> dict[str, tuple[str, ...]]:
    """The versions of each group, the core group (named by the empty text) included."""
    found: dict[str, list[str]] = {}
    for kind in KINDS:
        versions = found.setdefault(kind.group, [])
        if kind.version not in versions:
            versions.append(kind.version)
    return {group: tuple(versions) for group, versions in found.items()}
