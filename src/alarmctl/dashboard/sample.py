"""Curves for a drawing without data: quiet ones, on the good side of every threshold."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

POINTS = 90
CALM = 0.55  # of the lowest threshold that must not be reached
AMPLE = 1.6  # of the highest threshold that must not be missed
SWING = 0.12


def curve(name: str, above: Sequence[float], below: Sequence[float]) -> list[float]:
    """A day's shape for the metric of this name, the same at every call.

    `above` are the thresholds of alarms on too much, `below` of those on too little.
    """
    level = _level(above, below)
    noise = random.Random(name)  # noqa: S311  a drawing, not a secret
    phase = noise.uniform(0, math.tau)
    return [
        level * (1 + SWING * math.sin(phase + math.tau * step / POINTS) + noise.gauss(0, SWING / 5))
        for step in range(POINTS)
    ]


def _level(above: Sequence[float], below: Sequence[float]) -> float:
    if above and below:
        return (min(above) + max(below)) / 2
    if above:
        return CALM * min(above) if min(above) > 0 else min(above)
    if below:
        return AMPLE * max(below) if max(below) > 0 else 1.0
    return 1.0
