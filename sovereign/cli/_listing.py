"""Prints rows below headings: for a person in the width of the terminal, for a program whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import typer
from rich.cells import cell_len, set_cell_size
from rich.console import Console

from sovereign.core.redaction import redact

T = TypeVar("T")

WIDE = 110
"""Columns of a terminal in which everything has room."""
LEAST = 16
"""Columns that the last cell has at least, however narrow the terminal is."""
GAP = "  "


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """`narrow` is what a narrow terminal shows instead; it does not show what is `wide` alone."""

    heading: str
    cell: Callable[[T], object]
    narrow: Callable[[T], object] | None = None
    wide: bool = False


UNCUT = 100_000
"""Columns for whoever reads what is no terminal."""


def console(*, highlight: bool = True) -> Console:
    """One that neither cuts nor folds where nobody looks: programs and files get whole lines."""
    made = Console(highlight=highlight)
    return made if made.is_terminal else Console(highlight=highlight, width=UNCUT)


def listing(rows: Sequence[T], columns: Sequence[Column[T]]) -> None:
    """One line for each row, the last cell cut to the terminal; nothing is cut where nobody looks."""
    console = Console()
    for line in lines(rows, columns, console.width if console.is_terminal else None):
        typer.echo(line)


def lines(rows: Sequence[T], columns: Sequence[Column[T]], width: int | None) -> Sequence[str]:
    """For a terminal of `width` columns; None for a file or a pipe."""
    narrow = width is not None and width < WIDE
    shown = [one for one in columns if not (narrow and one.wide)]
    table = [[one.heading for one in shown]]
    table += [[_plain(_of(one, row, narrow=narrow)) for one in shown] for row in rows]
    widths = [max(cell_len(cells[index]) for cells in table) for index in range(len(shown))]
    if width is not None:
        widths[-1] = max(LEAST, min(widths[-1], width - sum(widths[:-1]) - len(GAP) * (len(widths) - 1)))
    return [GAP.join(map(_fitted, cells, widths)).rstrip() for cells in table]


def _of(column: Column[T], row: T, *, narrow: bool) -> object:
    return column.narrow(row) if narrow and column.narrow else column.cell(row)


def _plain(value: object) -> str:
    """On one line, without credentials and what would steer the terminal."""
    text = "" if value is None else redact(str(value)).strip().rpartition("\n")[2]
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _fitted(text: str, width: int) -> str:
    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"
