"""Bodies that people write a template for: JSON or a form of the same fields, and their blanks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qs

from sovereign.core.errors import BadPayload
from sovereign.integrations._json import is_form
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line

MOST_FIELDS = 100


def read(headers: Mapping[str, str], body: bytes) -> Payload:
    """JSON, or a form as an object of texts, the first of each field."""
    if not is_form(headers, body):
        return Payload.from_json(body)
    try:
        fields = parse_qs(body.decode(errors="replace"), max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise BadPayload("$", "is not a form") from error
    return Payload({name: values[0] for name, values in fields.items()})


def filled(payload: Payload | None, blank: re.Pattern[str], *paths: str) -> str:
    """The first text at one of these dotted paths that the sender has put something in, on one line."""
    texts = (line(payload, path) for path in paths)
    return next((text for text in texts if text and not blank.fullmatch(text)), "")
