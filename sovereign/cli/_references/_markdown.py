"""The form of every generated reference: a note, an intro, and tables that a person can read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NOTE = (
    "<!-- Written by `sovereign dev references` (`make docs`) from the code: change that, not this page. -->"
)


def page(title: str, intro: str, *parts: str) -> str:
    """A whole page; each part is a table, a paragraph or a section."""
    return "\n\n".join(filter(None, (NOTE, f"# {title}", intro, *parts))) + "\n"


def section(title: str, *parts: str, level: int = 2) -> str:
    return "\n\n".join(filter(None, (f"{'#' * level} {title}", *parts)))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Empty where there are no rows; columns that are empty in every row are left out."""
    filled = list(rows)
    kept = [place for place in range(len(head)) if any(row[place] for row in filled)]
    if not kept:
        return ""
    lines = [[head[place] for place in kept], ["---"] * len(kept)]
    lines += [[_cell(row[place]) for place in kept] for row in filled]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def codes(texts: Iterable[str]) -> str:
    return ", ".join(map(code, texts))


def sentence(text: str) -> str:
    """Words on one line; what begins with a capital ends with a full stop."""
    words = " ".join(text.split())
    return f"{words}." if words[:1].isupper() and words[-1] not in ".?:" else words


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
