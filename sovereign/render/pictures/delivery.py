"""Deployments as bars, each with its number: those that stayed, and beside them in hatched red the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sovereign.domain.dora import Figures, Week
from sovereign.render.pictures.charts import DARK, TEXT, Palette, chart, png

MOST_BARS, MOST_LABELS = 13, 7
"""Spans that leave room for their numbers, and for their days below; more weeks than that share a bar."""
BAR = 0.4
"""Of the room of a span."""


def picture(figures: Figures, place: str, palette: Palette = DARK) -> bytes:
    """A PNG. `place` says of what, such as `shop in prod`."""
    with chart(_finding(figures, place), palette) as (figure, axes):
        share = max(1, -(-len(figures.weeks) // MOST_BARS))
        spans = [_together(figures.weeks[at : at + share]) for at in range(0, len(figures.weeks), share)]
        stayed, failed = [one.stayed for one in spans], [one.failed for one in spans]
        left, right = [at - BAR / 2 for at in range(len(spans))], [at + BAR / 2 for at in range(len(spans))]
        _bars(axes, left, stayed, palette.ok, palette, "stayed")
        _bars(axes, right, failed, palette.failing, palette, "failed or taken back", hatch="//")
        step = -(-len(spans) // MOST_LABELS)
        days = [f"{one.begins:%d %b}" for one in spans]
        axes.set_xticks(list(range(len(spans)))[::step], days[::step])
        axes.set_xlim(-0.6, max(len(spans), 4) - 0.4)  # a few bars are not as wide as the picture
        what = "a week" if share == 1 else f"in {share} weeks"
        axes.set_ylabel(f"deployments {what}", color=palette.ink, fontsize=TEXT)
        axes.set_ylim(0, max(1, *stayed, *failed) * 1.3)  # room for the numbers and the legend
        axes.yaxis.get_major_locator().set_params(integer=True)
        legend = axes.legend(loc="upper left", fontsize=TEXT, labelcolor=palette.ink, ncols=2, borderpad=0)
        legend.get_frame().set(facecolor=palette.ground, edgecolor=palette.ground, alpha=1)
        return png(figure)


def _bars(
    axes: Any,
    at: Sequence[float],
    counts: Sequence[int],
    colour: str,
    palette: Palette,
    label: str,
    hatch: str = "",
) -> None:
    """Told apart by more than their colour; what is none has no number."""
    drawn = axes.bar(at, counts, color=colour, width=BAR, label=label, hatch=hatch, edgecolor=palette.ground)
    numbers = [str(count) if count else "" for count in counts]
    axes.bar_label(drawn, numbers, padding=3, color=palette.ink, fontsize=TEXT)


def _together(weeks: Sequence[Week]) -> Week:
    return Week(
        begins=weeks[0].begins,
        stayed=sum(one.stayed for one in weeks),
        failed=sum(one.failed for one in weeks),
    )


def _finding(figures: Figures, place: str) -> str:
    count = f"{figures.per_week:.1f} deployments a week to {place}"
    if figures.failure_rate is None:
        return f"Nothing was deployed to {place}"
    if figures.failure_rate == 0:
        return f"{count}, and every one stayed"
    return f"{count}, {figures.failure_rate:.0%} did not stay"
