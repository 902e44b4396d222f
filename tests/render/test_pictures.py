"""Pictures: a PNG of the size that was promised, whatever there is to draw."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

import pytest

from sovereign.domain.dora import WEEK, Delivered, figures
from sovereign.render.pictures.charts import DARK, LIGHT, Palette
from sovereign.render.pictures.delivery import picture

START = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize("palette", [DARK, LIGHT])
@pytest.mark.parametrize("weeks", [1, 12])
def test_the_deployments_of_weeks_are_a_png_1200_pixels_wide(weeks: int, palette: Palette) -> None:
    delivered = [
        Delivered(at=START + timedelta(days=3 * day), stayed=day % 4 != 0) for day in range(2 * weeks)
    ]
    drawn = picture(figures(delivered, (), START, START + weeks * WEEK), "shop in prod", palette)
    assert drawn.startswith(b"\x89PNG")
    assert struct.unpack(">I", drawn[16:20]) == (1200,)
