"""No event is lost, nor its name, over a time that nobody can read: it counts from its arrival then."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from sovereign.core.samples import cases, sample
from sovereign.domain.events import Event
from sovereign.integrations._source import all_sources
from tests.integrations.test_sources import NOW, SLUGS

TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


def garbled(node: Any) -> Any:
    """The same with every time made unreadable, however it is written."""
    if isinstance(node, dict):
        return {key: garbled(value) for key, value in node.items()}
    if isinstance(node, list):
        return [garbled(value) for value in node]
    is_time = isinstance(node, str) and TIME.match(node)
    return "half past nine" if is_time else node


def parsed(slug: str, headers: dict[str, str], body: Any) -> list[Event]:
    return list(all_sources()[slug].parse(headers, json.dumps(body).encode()))


@pytest.mark.parametrize("slug", SLUGS)
def test_an_unreadable_time_costs_no_event_its_name(slug: str) -> None:
    for case in cases()[slug]:
        taken = sample(slug, case, NOW)
        body, headers = json.loads(taken.body), dict(taken.headers)
        told, odd = parsed(slug, headers, body), parsed(slug, headers, garbled(body))
        assert [one.subject for one in odd] == [one.subject for one in told], case
        assert not [one.title for one in odd if "cannot be read" in one.title]
