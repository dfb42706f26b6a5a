"""A picture of a few numbers in one line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notify_slack.mrkdwn import code

if TYPE_CHECKING:
    from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
GAP = "·"
SHOWN = 30  # a longer line would be broken on a phone


def draw(values: Sequence[float | None], limits: Sequence[float]) -> str:
    """The newest values as bars, with the bars that the limits would have: `▁▃▇█`, threshold `▅`.

    Empty for fewer than two values. The lowest of all is the lowest bar, the highest the highest.
    """
    shown = values[-SHOWN:]
    known = [value for value in shown if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(*known, *limits), max(*known, *limits)
    bars = "".join(GAP if value is None else _bar(value, low, high) for value in shown)
    ends = [code(_bar(limit, low, high)) for limit in limits]
    said = f", threshold {ends[0]}" if len(ends) == 1 else f", expected {' to '.join(ends)}" if ends else ""
    return code(bars) + said


def _bar(value: float, low: float, high: float) -> str:
    # Halved, since the distance of the two ends can be more than a float holds.
    share = (value / 2 - low / 2) / (high / 2 - low / 2) if high / 2 > low / 2 else 0.5
    return BARS[round(share * (len(BARS) - 1))]
