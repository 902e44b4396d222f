"""Tells from a record's text whether it is the one that is due, without reading more than that needs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from sovereign.domain import audit
from sovereign.domain.canonical import canonical, quoted


def names(text: str, seq: int, prev: str | None) -> bool:
    """Whether it is that record after that one: the same for one without columns. What else it says is not
    read here; it is what was hashed."""
    place = text.rfind('"prev":"')
    return text.startswith(f'"prev":"{prev}","result":"', place) and text.startswith(
        f'","seq":{seq},"subject":"', text.find('","seq":', place)
    )


def is_due(text: str, seq: int, prev: str | None, columns: Sequence[object]) -> bool:
    """Whether it is that record, and says what stands in its columns, told without reading it as a whole.

    Members are sorted, and no text has a bare quotation mark: what is looked for stands at one place only.
    """
    at, actor_id, actor_name, action, subject, result, trace, intent = columns
    actor = "null" if actor_id is None else f'{{"id":"{actor_id}","name":{quoted(str(actor_name))},'
    number = "null" if intent is None else intent
    return (
        text.endswith(
            f'"prev":"{prev}","result":"{result}","seq":{seq},"subject":{quoted(str(subject))}'
            f',"trace":{quoted(str(trace))},"v":1}}'
        )
        and text.startswith(f'{{"action":{quoted(str(action))},"actor":{actor}')
        and text.startswith(f',"at":{at},"details":', text.find(',"at":'))
        and text.startswith(f',"intent":{number},"parameters":', text.find(',"intent":'))
    )


def read(text: str) -> Mapping[str, object] | None:
    """The record, or None for what is none in its one spelling."""
    try:
        found = json.loads(text)
        if (
            canonical(found) != text
            or not isinstance(found["seq"], int)
            or not isinstance(found["prev"], str)
        ):
            return None
        audit.columns(found)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return cast("Mapping[str, object]", found)
