"""The subresource `scale`: the number of replicas alone."""

from __future__ import annotations

from sovereign.sandbox.cluster.kinds import Kind
from sovereign.sandbox.cluster.objects import (
    Object,
    metadata,
    name_of,
    namespace_of,
    spec_of,
    status_of,
    uid_of,
)
from sovereign.sandbox.cluster.selectors import written
from sovereign.sandbox.cluster.statuses import invalid

SCALE = Kind(group="autoscaling", version="v1", name="Scale", plural="scales")


def scale_of(item: Object) -> Object:
    return {
        "metadata": {
            "name": name_of(item), "namespace": namespace_of(item), "uid": uid_of(item),
            "resourceVersion": metadata(item).get("resourceVersion", ""),
            "creationTimestamp": metadata(item).get("creationTimestamp"),
        },
        "spec": {"replicas": spec_of(item).get("replicas", 0)},
        "status": {
            "replicas": status_of(item).get("replicas", 0),
            "selector": written(spec_of(item).get("selector") or {}),
        },
    }  # fmt: skip


def scaled(item: Object, scale: Object) -> Object:
    """The object with the replicas that the scale wants, and its version if it states one. Raises 422."""
    count = spec_of(scale).get("replicas", 0)
    if not isinstance(count, int) or count < 0:
        told = f"Invalid value: {count}: must be greater than or equal to 0"
        raise invalid(SCALE, name_of(item), [("FieldValueInvalid", told, "spec.replicas")])
    after = {**item, "spec": {**spec_of(item), "replicas": count}}
    version = metadata(scale).get("resourceVersion")
    return {**after, "metadata": {**metadata(item), "resourceVersion": version}} if version else after
