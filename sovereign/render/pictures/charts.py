"""What every picture shares: its size, its colours, light or dark, and how it becomes a PNG."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

WIDTH, HEIGHT, DOTS = 12.0, 6.75, 100
"""Inches and dots per inch: 1200 pixels wide, as a phone and a screen both show well."""
MARGIN = 0.2
"""Inches around everything that is drawn."""
TITLE, TEXT = 24, 18
"""Points: twice what a page would have, so that it reads at a third of its size."""
LONGEST_LINE = 56
"""Letters of a title that stand beside each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Hexadecimal colours; those of states are the same as in messages."""

    ground: str
    ink: str
    grid: str
    ok: str = "#2E9E5B"
    failing: str = "#D64545"
    running: str = "#3B82F6"


# A picture has a ground of its own, so that it reads on whatever background Discord has.
DARK = Palette(ground="#1E1F22", ink="#F2F3F5", grid="#3F4147")
LIGHT = Palette(ground="#FFFFFF", ink="#1E1F22", grid="#D5D8DC")

LOOKS = {"dark": DARK, "light": LIGHT}
"""By the name that somebody chooses."""


def can_draw() -> bool:
    """Whether the library is there: it is an extra."""
    return find_spec("matplotlib") is not None


@contextmanager
def chart(title: str, palette: Palette) -> Iterator[tuple[Any, Any]]:
    """A figure and its axes, with the finding for a title. Not for the loop: drawing takes a while."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=MARGIN, h_pad=MARGIN)
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DOTS, facecolor=palette.ground, layout=layout)
    axes = figure.subplots()
    axes.set_facecolor(palette.ground)
    lines = "\n".join(textwrap.wrap(title, LONGEST_LINE))
    axes.set_title(lines, color=palette.ink, fontsize=TITLE, loc="left", pad=18, parse_math=False)
    axes.tick_params(colors=palette.ink, labelsize=TEXT, length=0)
    axes.grid(axis="y", color=palette.grid, linewidth=1)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)
    yield figure, axes


def png(figure: Any) -> bytes:
    held = io.BytesIO()
    figure.savefig(held, format="png")
    return held.getvalue()
