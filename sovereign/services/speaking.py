"""In whose words an incident is shown: those of the alert that speaks for all of its alerts."""

from __future__ import annotations

from collections.abc import Sequence

from sovereign.core.records import replace
from sovereign.domain.alerts import Alert
from sovereign.domain.incidents import Incident, Tally
from sovereign.services.sentences import Changed
from sovereign.store.conversations import Stored


def widened(stored: Stored, changed: Sequence[Changed]) -> Stored:
    """With the sources whose alerts it holds, and the rules that brought some of them here."""
    facts = stored.facts
    sources = dict.fromkeys(
        (*(facts.sources or (facts.source,)), *(one.heard.event.source for one in changed))
    )
    rules = dict.fromkeys((*facts.joined_by, *(one.rule for one in changed if one.rule)))
    return replace(stored, facts=replace(facts, sources=tuple(sources), joined_by=tuple(rules)))


def named(incident: Incident, speaker: Alert) -> Incident:
    """By what fires, so that it has one name wherever it is shown."""
    said = speaker.said
    if said is None:
        return incident
    return replace(incident, title=said.title, service=said.service or incident.service)


def spoken_for(stored: Stored, speaker: Alert, tally: Tally) -> Stored:
    """With the words of the alert that speaks for all; what tells one of several apart is no name of them."""
    said = speaker.said
    if said is None:
        return stored
    facts = replace(
        stored.facts,
        subject=speaker.title,
        name=said.name if tally.total == 1 and said.name != speaker.title else "",
        title=said.title,
        text=said.text,
        url=said.url or stored.facts.url,
        service=said.service or stored.facts.service,
        fields=said.fields,
    )
    return replace(stored, facts=facts)
