"""The reference of metrics: what `/metrics` tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sovereign.cli._references._markdown import code, codes, page, sentence, table
from sovereign.core import metrics


def text() -> str:
    return page(
        "Metrics",
        "What `GET /metrics` on the gateway's port tells in Prometheus' format (`sovereign/core/metrics.py`)."
        " Beside these stand the `process_*` and `python_*` metrics of prometheus-client. A histogram has the"
        " series `_bucket`, `_sum` and `_count`.",
        table(("Name", "Type", "Labels", "What it counts"), _rows()),
    )


def _rows() -> Iterator[tuple[str, str, str, str]]:
    for metric in _metrics():
        (family,) = metric.describe()
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = vars(metric).get("_labelnames", ())
        yield code(name), family.type, codes(labels), sentence(family.documentation)


def _metrics() -> Iterator[Any]:
    """In the order in which the module defines them."""
    return (
        each
        for each in vars(metrics).values()
        if hasattr(each, "describe") and hasattr(each, "collect") and not isinstance(each, type)
    )
