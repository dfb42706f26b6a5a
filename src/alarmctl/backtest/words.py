"""Numbers of a backtest as people say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alarmctl.backtest.model import AlarmResult, Caught, Report, Suggestion, Totals

SHADES = "·▁▂▃▄▅▆▇█"
NONE = "-"
SHORTEST_WEEKS = 2 / 7  # of less than two days nobody can say what a week is like


def minutes(value: float | None) -> str:
    """`12 min`, `3.5 h`, `2.1 d`; a dash for None."""
    if value is None:
        return NONE
    if value < 120:
        return f"{value:.0f} min" if value >= 10 or value == round(value) else f"{value:.1f} min"
    return f"{value / 60:.1f} h" if value < 48 * 60 else f"{value / 1440:.1f} d"


def share(value: float | None) -> str:
    """`25 %`; a dash for None."""
    return NONE if value is None else f"{value:.0%}".replace("%", " %")


def pages(totals: Totals) -> tuple[str, dict[str, float]]:
    """What is counted, and how many by severity: those of a week, or all where no week can be told of."""
    if totals.weeks >= SHORTEST_WEEKS:
        return "pages a week", dict(totals.pages_per_week)
    return "pages", {name: value * totals.weeks for name, value in totals.pages_per_week.items()}


def weekly(totals: Totals) -> str:
    """`pages a week: critical 1.5, warning 12`."""
    what, counts = pages(totals)
    told = ", ".join(f"{name} {value:.3g}" for name, value in counts.items())
    return f"{what}: {told or 'none, no alarm has an action'}"


def lasting(totals: Totals) -> str:
    """`4.3 weeks`, or days and hours where it is less than one."""
    return f"{totals.weeks:.1f} weeks" if totals.weeks >= 1 else minutes(totals.weeks * 7 * 24 * 60)


def period(report: Report) -> str:
    """From when to when."""
    return f"{report.start:%Y-%m-%d %H:%M} to {report.end:%Y-%m-%d %H:%M} UTC"


def timeline(report: Report, result: AlarmResult, columns: int) -> str:
    """The report's time in so many characters, the higher the longer in ALARM."""
    start, end = report.start.timestamp(), report.end.timestamp()
    width = (end - start) / columns
    filled = [0.0] * columns
    for span in result.spans:
        low, high = span.start.timestamp() - start, span.end.timestamp() - start
        for place in range(max(0, int(low // width)), min(columns, int(high // width) + 1)):
            filled[place] += max(0.0, min(high, (place + 1) * width) - max(low, place * width))
    # The slightest stay shows.
    return "".join(
        SHADES[0] if not one else SHADES[max(1, round(one / width * (len(SHADES) - 1)))] for one in filled
    )


def standouts(report: Report) -> list[tuple[str, Sequence[str]]]:
    """The lists of names, each with its heading; empty ones are left out."""
    totals = report.totals
    found = [
        ("Always on (they say nothing)", totals.always_on),
        ("Never had data", totals.never_had_data),
        ("Never fired", totals.never_fired),
    ]
    return [(heading, names) for heading, names in found if names]


def caught(one: Caught) -> str:
    """What became of an incident, after its name."""
    if not one.is_caught:
        return "caught by no alarm"
    others = f" and {len(one.by) - 1} more" if len(one.by) > 1 else ""
    return f"caught by {one.by[0]}{others} after {minutes(one.to_detect)}"


def suggested(one: Suggestion) -> str:
    """A suggestion with its numbers, after the alarm's name."""
    count = "the incident" if one.incidents == 1 else f"all {one.incidents} incidents"
    later = f", at most {minutes(one.later_minutes)} later" if one.later_minutes > 0 else ", no later"
    return (
        f"{one.before} -> {one.after}: {one.pages_before} pages become {one.pages_after}, "
        f"{count} that it caught still caught{later} (the best of {one.tried} settings tried)"
    )
