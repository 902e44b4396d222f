"""Writes the field names and types of the simulated cluster's kinds anew, from the client library's models.

python tools/cluster_fields.py > sovereign/sandbox/cluster/fields.json
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from kubernetes_asyncio.client import models

ROOTS = (
    "V1Namespace",
    "V1Node",
    "V1Pod",
    "V1Service",
    "V1Endpoints",
    "CoreV1Event",
    "V1ResourceQuota",
    "V1ConfigMap",
    "V1Secret",
    "V1ServiceAccount",
    "V1Deployment",
    "V1ReplicaSet",
    "V1EndpointSlice",
    "EventsV1Event",
    "V1Lease",
    "V1Role",
    "V1RoleBinding",
    "V1ClusterRole",
    "V1ClusterRoleBinding",
    "V1SubjectAccessReview",
    "V1SelfSubjectAccessReview",
    "V1LocalSubjectAccessReview",
    "V1SelfSubjectRulesReview",
    "V1SelfSubjectReview",
    "V1Scale",
)
PLAIN = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "datetime": "string",
    "object": "any",
}


def main() -> None:
    found: dict[str, dict[str, str]] = {}
    for root in ROOTS:
        collect(root, found)
    json.dump(found, sys.stdout, separators=(",", ":"), sort_keys=True)
    sys.stdout.write("\n")


def collect(name: str, found: dict[str, dict[str, str]]) -> str:
    """What the type is called among ours; its fields are in `found` afterwards."""
    if name in PLAIN:
        return PLAIN[name]
    if name.startswith("list["):
        return "[]" + collect(name[5:-1], found)
    mapping = re.fullmatch(r"dict\((\w+), (.+)\)|dict\[(\w+), (.+)\]", name)
    if mapping:
        return "{}" + collect(mapping[2] or mapping[4], found)
    short = re.sub(r"^V1(?=[A-Z])", "", name)
    if short not in found:
        model: Any = getattr(models, name)
        found[short] = {}
        for attribute, kind in model.openapi_types.items():
            found[short][model.attribute_map[attribute]] = collect(kind, found)
    return short


if __name__ == "__main__":
    main()
