"""A new source: its module, a sample, and what the sample must give."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from sovereign.core.errors import UserError

CASE = "first"
"""Name of the sample that a new source begins with."""
LONGEST_SLUG, LONGEST_TITLE = 40, 40

_TEMPLATES = Path(__file__).parent / "_templates" / "source"
_SLUG = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_TITLE = re.compile(r"[^\W_](?:[^\"\\${}]*[^\s\"\\${}])?")


def new_source(checkout: Path, slug: str, title: str) -> Sequence[Path]:
    """Write it into the checkout, and give its files. Raises UserError before anything is written."""
    _check_slug(checkout, slug)
    _check_title(title)
    words = {
        "slug": slug,
        "title": title,
        "header": slug.replace("_", "-"),
        "variable": f"{slug.upper()}_WEBHOOK_SECRET",
    }
    texts = {path: _filled(name, words) for path, name in _places(slug).items()}
    for path, text in texts.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_text(text, encoding="utf-8")
    return list(texts)


def _places(slug: str) -> Mapping[Path, str]:
    """Where each template goes."""
    samples = Path("sovereign/samples", slug)
    return {
        Path("sovereign/integrations", f"{slug}.py"): "source.py.txt",
        samples / f"{CASE}.json": "sample.json",
        samples / f"{CASE}.headers.json": "headers.json",
        Path("tests/integrations", slug, f"{CASE}.expected.json"): "expected.json",
    }


def _filled(name: str, words: Mapping[str, str]) -> str:
    return Template((_TEMPLATES / name).read_text(encoding="utf-8")).substitute(words)


def _check_slug(checkout: Path, slug: str) -> None:
    if not _SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise UserError(
            f"{slug!r} cannot name a source: expected small letters, digits and single underscores,"
            f" such as uptime_watch, at most {LONGEST_SLUG} characters."
        )
    if keyword.iskeyword(slug):
        raise UserError(f"{slug!r} is a word of Python and cannot name a module. Choose another name.")
    integrations = checkout / "sovereign/integrations"
    taken = (integrations / f"{slug}.py", integrations / slug, checkout / "sovereign/samples" / slug)
    if found := next((path for path in taken if path.exists()), None):
        raise UserError(f"There is a source called {slug} already: {found.relative_to(checkout)}.")


def _check_title(title: str) -> None:
    if not _TITLE.fullmatch(title) or not title.isprintable() or len(title) > LONGEST_TITLE:
        raise UserError(
            f"{title!r} cannot be a title: expected one line of at most {LONGEST_TITLE} characters"
            " without quotes, backslashes, dollar signs and braces."
        )
