"""What changed between two templates of pods is named, and no value of it that may be a secret."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sovereign.domain import drift
from sovereign.domain.cluster import RESTARTED_AT

TEMPLATE: dict[str, Any] = {
    "metadata": {"labels": {"app": "shop"}, "annotations": {"team": "web"}},
    "spec": {
        "serviceAccountName": "shop",
        "containers": [
            {
                "name": "shop",
                "image": "registry.example:5000/acme/shop:v1",
                "env": [
                    {"name": "LEVEL", "value": "info"},
                    {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "shop", "key": "token"}}},
                ],
                "resources": {"limits": {"memory": "256Mi"}, "requests": {"cpu": "50m"}},
                "args": ["--port=8080"],
            },
            {"name": "proxy", "image": "acme/proxy:3"},
        ],
    },
}


def changed(**values: Any) -> list[str]:
    """The differences after setting what each dotted path (`__` for a dot) names."""
    now = copy.deepcopy(TEMPLATE)
    for path, value in values.items():
        *way, last = path.split("__")
        at: Any = now
        for step in way:
            at = at[int(step)] if step.isdigit() else at[step]
        if value is None:
            del at[int(last) if last.isdigit() else last]
        else:
            at[int(last) if last.isdigit() else last] = value
    return [*drift.differences(TEMPLATE, now)]


SHOP = "spec__containers__0__"


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        ({}, []),
        ({f"{SHOP}image": "registry.example:5000/acme/shop:v9"}, ["shop: image acme/shop:v1 → acme/shop:v9"]),
        ({f"{SHOP}env": [{"name": "LEVEL", "value": "hunter2"}, {"name": "NEW", "value": "hunter3"}]},
         ["shop: env added: NEW", "shop: env removed: TOKEN", "shop: env changed: LEVEL"]),
        ({f"{SHOP}env__1__valueFrom": {"secretKeyRef": {"name": "shop", "key": "other"}}},
         ["shop: env changed: TOKEN"]),
        ({f"{SHOP}resources": {"limits": {"memory": "1Gi", "cpu": "2"}}},
         ["shop: requests.cpu 50m → none", "shop: limits.memory 256Mi → 1Gi", "shop: limits.cpu none → 2"]),
        ({f"{SHOP}args": ["--token=hunter2"]}, ["shop: args changed"]),
        ({f"{SHOP}envFrom": [{"secretRef": {"name": "more"}}]}, ["shop: envFrom changed"]),
        ({"spec__containers__1": None}, ["proxy: removed"]),
        ({"spec__initContainers": [{"name": "migrate", "image": "acme/shop:v1"}]},
         ["migrate: added, acme/shop:v1"]),
        ({"spec__serviceAccountName": "root"}, ["serviceAccountName changed"]),
        ({"metadata__labels__tier": "gold"}, ["labels added: tier"]),
        ({"metadata__annotations__team": "hunter2"}, ["annotations changed: team"]),
        ({"metadata__annotations__" + RESTARTED_AT: "now", "metadata__labels__pod-template-hash": "5d4"}, []),
    ],
    ids=lambda value: ", ".join(value)[:40] if isinstance(value, list) else None,
)  # fmt: skip
def test_each_change_has_its_line(values: dict[str, Any], lines: list[str]) -> None:
    found = changed(**values)
    assert found == lines
    assert "hunter" not in str(found)


def test_an_order_is_no_change() -> None:
    now = copy.deepcopy(TEMPLATE)
    now["spec"]["containers"].reverse()
    now["spec"]["containers"][1]["env"].reverse()
    assert [*drift.differences(TEMPLATE, now)] == []


@pytest.mark.parametrize("odd", [{}, {"spec": None}, {"spec": {"containers": "none"}}, {"metadata": []}])
def test_what_is_oddly_made_is_compared_as_far_as_it_goes(odd: dict[str, Any]) -> None:
    assert all(isinstance(line, str) for line in drift.differences(odd, TEMPLATE))
    assert all(isinstance(line, str) for line in drift.differences(TEMPLATE, odd))
