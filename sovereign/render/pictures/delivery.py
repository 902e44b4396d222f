"""Deployments of each week as bars, those that did not stay on top in red."""

from __future__ import annotations

from sovereign.domain.dora import Figures
from sovereign.render.pictures.charts import DARK, TEXT, Palette, chart, png

MOST_LABELS = 8


def picture(figures: Figures, place: str, palette: Palette = DARK) -> bytes:
    """A PNG. `place` says of what, such as `shop in prod`."""
    with chart(_finding(figures, place), palette) as (figure, axes):
        weeks = figures.weeks
        at = range(len(weeks))
        stayed, failed = [week.stayed for week in weeks], [week.failed for week in weeks]
        axes.bar(at, stayed, color=palette.ok, width=0.7, label="stayed")
        axes.bar(at, failed, bottom=stayed, color=palette.failing, width=0.7, label="failed or taken back")
        step = -(-len(weeks) // MOST_LABELS)
        axes.set_xticks(list(at)[::step], [f"{week.begins:%d %b}" for week in weeks][::step])
        axes.set_ylabel("deployments a week", color=palette.ink, fontsize=TEXT)
        axes.set_ylim(0, max(1, *(a + b for a, b in zip(stayed, failed, strict=True))) * 1.15)
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.legend(
            loc="upper left", fontsize=TEXT, frameon=False, labelcolor=palette.ink, ncols=2, borderpad=0
        )
        return png(figure)


def _finding(figures: Figures, place: str) -> str:
    count = f"{figures.per_week:.1f} deployments a week to {place}"
    if figures.failure_rate is None:
        return f"Nothing was deployed to {place}"
    if figures.failure_rate == 0:
        return f"{count}, and every one stayed"
    return f"{count}, {figures.failure_rate:.0%} did not stay"
