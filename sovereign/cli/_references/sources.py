"""The reference of sources: where each sender calls, how it proves itself, and what it tells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sovereign.cli._references._markdown import code, codes, page, section, table
from sovereign.config.endpoints import DEFAULT_SOURCES
from sovereign.core.samples import cases
from sovereign.integrations._source import Inbound, Scheme, Source, all_sources

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_SECRET = "the-secret-itself"  # noqa: S105 - a word to be found again in what a scheme signs


def text() -> str:
    sources = all_sources()
    overview = [
        (f"[{source.title}](#{slug})", code(_path(slug)), codes([source.home]))
        for slug, source in sources.items()
    ]
    return page(
        "Sources",
        "Every sender whose webhooks Sovereign reads. Each may call its path once its secret is set; an entry"
        " under `event_gateway.endpoints` changes that, or adds a second one."
        " [extending.md](../extending.md) shows how to add a source.",
        table(("Source", "Path", "Channel of what has no better place"), overview),
        *(_section(slug, source) for slug, source in sources.items()),
    )


def _section(slug: str, source: Source) -> str:
    loud = sorted(source.kinds - source.quiet)
    rows = [
        ("Sender's documentation", f"<{source.docs}>"),
        ("Path", code(_path(slug))),
        ("Secret, unless another is named", code(source.secret)),
        ("Proof", "; or ".join(proofs(source.scheme))),
        ("Header that numbers deliveries", code(source.delivery_header or "")),
        (
            "Kinds that are posted",
            codes(loud) + (", and any that the body names" if source.open_kinds else ""),
        ),
        ("Kinds posted only if a route names them", codes(sorted(source.quiet))),
        ("Samples (`sovereign send`)", codes(cases().get(slug, ()))),
    ]
    return section(slug, source.title, table(("", ""), [row for row in rows if row[1]]))


def proofs(scheme: Scheme) -> Sequence[str]:
    """In words, each of the ways in which a sender may prove itself: found out by letting it sign."""
    return [one for part in scheme.parts for one in proofs(part)] if scheme.parts else [_proof(scheme)]


def _proof(scheme: Scheme) -> str:
    """What only the sender can sign, or puts into the body, has no more than its name."""

    def signed(body: bytes, at: datetime) -> dict[str, str]:
        inbound = Inbound(headers={}, body=body, url="https://example.com/", received_at=at)
        return dict(scheme.sign(inbound, _SECRET))

    one, other, later = (signed(b"{}", _NOW), signed(b"[]", _NOW), signed(b"{}", _NOW + timedelta(hours=1)))
    names = codes(one)
    if not one:
        return f"a {scheme.name}"
    if one == other:
        plain = any(_SECRET in value for value in one.values())
        return f"{'the secret itself' if plain else 'a digest of other things than the body'}, in {names}"
    return f"a signature of the body{' and the time' if one != later else ''}, in {names}"


def _path(slug: str) -> str:
    return next((path for path, reader in DEFAULT_SOURCES.items() if reader == slug), f"/hooks/{slug}")
