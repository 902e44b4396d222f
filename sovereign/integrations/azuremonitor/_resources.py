"""What all bodies of Azure Monitor have in common: states, severities, the resources that they are about."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import alarm
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, shown
from sovereign.integrations._severity import graded

STATES: Mapping[str, Status] = {
    "fired": Status.FIRING,
    "activated": Status.FIRING,
    "resolved": Status.RESOLVED,
    "deactivated": Status.RESOLVED,
}
SEVERITIES: Mapping[str, Severity] = {
    "0": Severity.CRITICAL,
    "1": Severity.HIGH,
    "2": Severity.MEDIUM,
    "3": Severity.LOW,
    "4": Severity.INFO,
}
"""Azure calls them critical, error, warning, informational and verbose."""
MOST_NAMED = 3
"""Resources that a title names."""
_GROUP = re.compile(r"/resourcegroups/([^/]+)", re.IGNORECASE)


def alert(status: Status, rule: str, items: list[str], ids: list[str]) -> Event:
    """The bare alert of a rule about resources, by name or else by the ends of their ids."""
    named = [item for item in items if item] or [part for one in ids if (part := one.rpartition("/")[2])]
    groups = [found[1] for one in ids if (found := _GROUP.search(one))]
    where = f" on {', '.join(named[:MOST_NAMED])}" if named else ""
    return replace(
        alarm("azuremonitor", status, rule or "(unnamed rule)", where),
        service=named[0] if len(named) == 1 else None,
        fields=shown({"Resource": ", ".join(named), "Resource group": ", ".join(dict.fromkeys(groups))}),
    )


def conditions(condition: Payload | None) -> list[Payload]:
    return condition.list_at("allOf") if condition else []


def measured(one: Payload) -> str:
    """`CounterValue LowerThan 1, is 0`"""
    name = line(one, "metricName", "metricMeasureColumn", "searchQuery")
    value = line(one, "metricValue")
    said = " ".join(filter(None, (name, line(one, "operator"), line(one, "threshold"))))
    return f"{said}, is {value}" if value else said


def severity(word: str) -> Severity:
    return SEVERITIES.get(word.lower().removeprefix("sev")) or graded(word)
