"""What Sovereign itself must be allowed in a cluster, beside what members are: `deploy/kubernetes/rbac.yml`.

Whatever a member asks for is judged by the member's own rights; what is followed after that, Sovereign reads.
"""

from __future__ import annotations

from sovereign.domain.cluster import Access

REVIEWS = "authorization.k8s.io"

OWN = (
    Access(verb="get", resource="deployments", group="apps"),
    Access(verb="list", resource="deployments", group="apps"),
    Access(verb="watch", resource="deployments", group="apps"),
    Access(verb="list", resource="replicasets", group="apps"),
    Access(verb="list", resource="pods"),
    Access(verb="watch", resource="pods"),
    Access(verb="create", resource="subjectaccessreviews", group=REVIEWS),
)
"""Everywhere where a service runs."""

IMPERSONATE_USERS = Access(verb="impersonate", resource="users")


def impersonate_group(role: str) -> Access:
    """To act for members with that role."""
    return Access(verb="impersonate", resource="groups", name=f"sovereign:{role}")
