"""Pictures: a PNG of the size that was promised, whatever there is to draw, with its numbers."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sovereign.domain.dora import WEEK, Delivered, Figures, figures
from sovereign.render.pictures import delivery
from sovereign.render.pictures.charts import DARK, LIGHT, WIDTH, Palette
from sovereign.render.pictures.delivery import MOST_BARS, picture

START = datetime(2026, 3, 2, tzinfo=UTC)


def delivered(weeks: int) -> Figures:
    """Two a week and one on top, every fourth of which did not stay."""
    found = [Delivered(at=START + timedelta(days=3 * day), stayed=day % 4 != 0) for day in range(2 * weeks)]
    return figures(found, (), START, START + weeks * WEEK)


@pytest.mark.parametrize("palette", [DARK, LIGHT])
@pytest.mark.parametrize("weeks", [1, 12, 52])
def test_the_deployments_of_weeks_are_a_png_1200_pixels_wide(weeks: int, palette: Palette) -> None:
    drawn = picture(delivered(weeks), "shop in prod", palette)
    assert drawn.startswith(b"\x89PNG")
    assert struct.unpack(">I", drawn[16:20]) == (1200,)


def drawn(monkeypatch: pytest.MonkeyPatch, weeks: int, place: str = "shop in prod") -> Any:
    kept: list[Any] = []

    def keep(figure: Any) -> bytes:
        figure.canvas.draw()
        kept.append(figure)
        return b""

    monkeypatch.setattr(delivery, "png", keep)
    picture(delivered(weeks), place)
    return kept[0]


@pytest.mark.parametrize("weeks", [1, 12, 13, 14, 30, 52])
def test_every_bar_bears_its_number_and_no_week_is_lost(monkeypatch: pytest.MonkeyPatch, weeks: int) -> None:
    [axes] = drawn(monkeypatch, weeks).axes
    heights = [int(bar.get_height()) for bar in axes.patches]
    numbers = [text.get_text() for text in axes.texts]
    assert len(heights) <= 2 * MOST_BARS
    assert numbers == [str(height) if height else "" for height in heights]
    assert sum(heights) == 2 * weeks
    share = -(-weeks // MOST_BARS)
    assert axes.get_ylabel() == f"deployments {'a week' if share == 1 else f'in {share} weeks'}"


def test_numbers_stand_beside_each_other_and_titles_within_the_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figure = drawn(monkeypatch, 52, "the-service-with-the-longest-name in $production$")
    [axes] = figure.axes
    boxes = [text.get_window_extent() for text in axes.texts if text.get_text()]
    assert not any(one.overlaps(other) for at, one in enumerate(boxes) for other in boxes[at + 1 :])
    title = axes.title if axes.title.get_text() else axes._left_title
    assert "$production$" in title.get_text().replace("\n", " ")
    assert title.get_window_extent().x1 <= WIDTH * figure.dpi


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_words_and_bars_stand_out_from_the_ground_that_a_picture_brings_along(palette: Palette) -> None:
    """WCAG 2.2: 4.5 for text, 3 for what has to be told apart. https://www.w3.org/TR/WCAG22/#contrast-minimum"""
    assert contrast(palette.ink, palette.ground) >= 4.5
    for colour in (palette.ok, palette.failing, palette.running):
        assert contrast(colour, palette.ground) >= 3


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(part * share for part, share in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
