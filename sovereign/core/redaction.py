"""Takes secrets out of text on its way to Discord, to a model or to a log.

Outside text comes through here, so every pattern is bounded: none looks at a letter more than a few times.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

MASK = "[redacted]"

_PATTERNS = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
        (r"\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{20,}", 0),
        (r"\bgithub_pat_[A-Za-z0-9_]{20,}", 0),
        (r"\bglpat-[A-Za-z0-9_-]{16,}", 0),
        (r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}", 0),
        (r"\bsk-[A-Za-z0-9_-]{16,}", 0),
        (r"\bwhsec_[A-Za-z0-9+/=]{16,}", 0),
        (r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", 0),
        (r"\beyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]*", 0),
        (r"(?<=/api/webhooks/)\d{5,25}/[\w-]{20,}", 0),
        (r"(?<=hooks\.slack\.com/services/)[\w/]{10,}", 0),
        (r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)", 0),
    )
)
_NAMED = re.compile(
    r"(?i)((?:\b(?:bearer|basic)\s{1,5})"
    r"|(?:passw(?:or)?d|secret|api[_-]?key|access[_-]?key|token)[\"']?\s{0,5}[:=]\s{0,5}[\"']?)"
    r"(?!\[?(?:env|file|vault|store)://[\w./#-]+(?:[\s\"',;\]})]|\Z))"
    r"([^\s\"',;&<>]{6,})"
)
"""What stands behind a name that tells of a secret, unless it only says where the secret is."""
_NAMES = re.compile(r"(?i)(?:passw(?:or)?d|secret|token|api[_-]?key|authorization|cookie|signature)s?$")
"""Names whose value is a secret, whatever it looks like."""
_HINTS = (
    *(
        "gho_",
        "ghp_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat",
        "glpat",
        "xox",
        "sk-",
        "whsec",
        "akia",
        "asia",
        "eyj",
    ),
    *("://", "/api/webhooks/", "hooks.slack.com", "-----begin"),
    *("bearer", "basic", "pass", "secret", "key", "token"),
)
"""In small letters: one of them is in whatever a pattern finds."""
_LIKE_OURS = frozenset("\u0130\u0131\u017f\u212a")
"""Letters that a pattern takes for an i, s or k, and that are no such letter when they are made small."""


def redact(text: str) -> str:
    """The text with whatever looks like a credential replaced by `[redacted]`."""
    if not _may_hold_secrets(text):
        return text
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    return _NAMED.sub(lambda match: match[1] + MASK, text)


def redact_within(value: object) -> object:
    """The same structure without credentials; the name of a label or field tells of its value too."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redact(str(name)): _named(str(name), inner) for name, inner in value.items()}
    if isinstance(value, Sequence):
        if len(value) == 2 and isinstance(value[0], str):
            return [redact(value[0]), _named(value[0], value[1])]
        return [redact_within(inner) for inner in value]
    return value


def _named(name: str, value: object) -> object:
    if not isinstance(value, str):
        return redact_within(value)
    prefix = f"{name}="
    if redact(prefix + value) == prefix + redact(value):
        return redact(value)
    return MASK


def _may_hold_secrets(text: str) -> bool:
    """Whether the patterns are worth their time: nearly every text is short, and has nothing of the kind."""
    small = text.lower()
    return any(hint in small for hint in _HINTS) or not (text.isascii() or _LIKE_OURS.isdisjoint(text))


@lru_cache(maxsize=1024)
def is_secret_name(name: str) -> bool:
    """Whether what is called so is a secret, whatever it looks like: `webhook_secret`, `Authorization`."""
    return _NAMES.search(name) is not None
