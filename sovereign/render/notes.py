"""What people should know before they agree to a deployment: from `services/releasing/notes`, as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sovereign.core.redaction import redact
from sovereign.domain.approval import short_digest
from sovereign.render.cards import FIELD_VALUE
from sovereign.render.text import code, link, one_line
from sovereign.services.approving.steps import SHOWN_CHANGES

Notes = Mapping[str, Any]


def step(notes: Notes, version: str) -> str:
    """From which version to which, and where the code host compares them."""
    before = notes.get("from_version")
    words = f"{code(before, 60)} → {code(version, 60)}" if before else code(version, 60)
    return f"{words} · {link('compare', notes['compare'])}" if notes.get("compare") else words


def image(name: str, digest: str | None, strategy: str) -> str:
    return f"{code(name, 160)} {code(short_digest(digest), 40)} · {strategy}"


def warnings(notes: Notes) -> list[str]:
    """What speaks against it, one line at most for each."""
    found = []
    if frozen := notes.get("frozen"):
        found.append(f"**Frozen**: {one_line(str(frozen[0]), 160)}")
    if notes.get("dry_run") not in (None, "ok"):
        found.append(f"**The cluster would refuse it**: {one_line(str(notes['dry_run']), 200)}")
    if notes.get("colours_first"):
        found.append("Its pods are replaced once first, so that they carry a colour")
    return found[:2]


def fields(notes: Notes) -> tuple[tuple[str, str], ...]:
    """What else changed or happened."""
    return (
        ("Merged since", _merged(notes)),
        ("Configuration changed since", _configuration(notes)),
        ("Deployed in the last hour", _lines(notes.get("recent"), notes.get("recent_more", 0))),
        ("Open incidents", _lines(notes.get("incidents"))),
    )


def attached(notes: Notes) -> tuple[tuple[str, str], ...]:
    """A file with all that changed in the configuration, where the message has no room for it."""
    given = notes.get("configuration") or ()
    text = redact("\n".join(map(str, given)))
    return (("configuration.txt", text),) if len(given) > SHOWN_CHANGES else ()


def _configuration(notes: Notes) -> str:
    given = [one_line(str(each), 72) for each in notes.get("configuration") or ()]
    more = len(given) - SHOWN_CHANGES
    return "\n".join((*given[:SHOWN_CHANGES], *([f"and {more} more"] if more > 0 else [])))


def _merged(notes: Notes) -> str:
    rows: list[str] = []
    for each in notes.get("changes") or ():
        by = f" · {one_line(str(each['by']), 32)}" if each.get("by") else ""
        row = f"{link(one_line(str(each['title']), 60), each.get('url'))}{by}"
        if sum(map(len, rows)) + len(row) > FIELD_VALUE - 12:
            return "\n".join((*rows, "and more"))
        rows.append(row)
    return "\n".join(rows)


def _lines(given: object, more: int = 0) -> str:
    rows = [one_line(str(each), 80) for each in cast("Sequence[object]", given or ())]
    return "\n".join((*rows, *([f"and {more} more"] if more else [])))[:FIELD_VALUE]
