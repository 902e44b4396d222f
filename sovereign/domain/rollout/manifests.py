"""The manifest of a workload that is put beside another one."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, cast

from sovereign.domain.cluster import Workload
from sovereign.domain.rollout.steps import Copy

MANAGED_BY = {"app.kubernetes.io/managed-by": "sovereign"}


def copied(workload: Workload, existing: Workload | None, container: str, step: Copy) -> Mapping[str, object]:
    """A Deployment like `workload`, but for what the step says. One that exists keeps its selector, which
    Kubernetes never lets change."""
    template = copy.deepcopy(cast("dict[str, Any]", dict(workload.template)))
    name, value = step.label
    labels = {**template.get("metadata", {}).get("labels", {}), name: value}
    template["metadata"] = {**template.get("metadata", {}), "labels": labels}
    for each in template.get("spec", {}).get("containers", ()):
        if each.get("name") == container:
            each["image"] = step.image
    selector = dict(existing.selector) if existing else {**workload.selector, name: value}
    spec: dict[str, object] = {
        "replicas": step.replicas,
        "selector": {"matchLabels": selector},
        "template": template,
    }
    if workload.deadline is not None:
        spec["progressDeadlineSeconds"] = workload.deadline
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": step.name,
            "namespace": workload.namespace,
            "labels": {**workload.labels, **MANAGED_BY, name: value},
        },
        "spec": spec,
    }
