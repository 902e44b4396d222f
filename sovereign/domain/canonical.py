"""The one spelling of what is hashed and signed: JSON as RFC 8785 has it, for the values that we use.

Those are objects, arrays, texts, whole numbers within ±2⁵³, true, false and null. There are no fractions, and
names of members lie within the basic plane, where the order of code points is RFC 8785's order of code units.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

LARGEST = 2**53 - 1
"""Beyond it a number is written as text: RFC 8785 knows doubles only."""

_SURROGATE = re.compile(r"[\ud800-\udfff\x00]")
_BEYOND = re.compile(r"[^\x01-\ud7ff\ue000-\uffff]")
_encoder = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
)
quoted = json.encoder.encode_basestring
"""A text as it stands in canonical JSON, with its quotes."""


def canonical(value: Mapping[str, object]) -> str:
    """The value's only spelling; its bytes are this text in UTF-8."""
    return _encoder.encode(value)


def text(given: str) -> str:
    """Without what UTF-8 or a database cannot hold: lone surrogates and NUL."""
    return given if given.isascii() and "\x00" not in given else _SURROGATE.sub("\ufffd", given)


def name(given: str) -> str:
    """Fit for the name of a member."""
    return given if given.isascii() and "\x00" not in given else _BEYOND.sub("\ufffd", given)


def read(line: str) -> dict[str, object]:
    """The object that a text spells. Raises ValueError where another spelling would be the canonical one."""
    found = json.loads(line)
    if not isinstance(found, dict) or canonical(found) != line:
        raise ValueError("it is not canonical JSON")
    return found
