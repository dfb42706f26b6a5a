"""Which alarms are noise: they flap, end at once, never end, wake people, or nobody takes them up."""

from __future__ import annotations

import itertools
import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from alarmctl.report import history
from alarmctl.report.page import Page, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from alarmctl.report.history import Episode, Transition
    from alarmctl.report.releases import Releases

SHORT = timedelta(minutes=2)
LONG = timedelta(hours=48)
AGAIN = timedelta(minutes=15)  # fired again so soon after it went out of ALARM: a flap
FLAPS = 3  # this many make an alarm a flapping one
SATURDAY = 5
WEEK = timedelta(days=7)
SEVERITIES = ("critical", "warning", "info", "unknown")


@dataclass(frozen=True)
class Span:
    """What is looked at, and when people are at work: `office` has the first hour and the one after."""

    since: datetime
    until: datetime
    zone: tzinfo
    office: tuple[int, int] = (8, 18)

    @property
    def weeks(self) -> float:
        return max((self.until - self.since) / WEEK, 1 / 7)

    def off_hours(self, at: datetime) -> bool:
        """Is it night or the weekend there?"""
        local = at.astimezone(self.zone)
        return local.weekday() >= SATURDAY or not self.office[0] <= local.hour < self.office[1]


@dataclass(frozen=True)
class AlarmNoise:
    """One alarm's figures. Times in seconds; `detect` and `recover` are means, None where not known."""

    name: str
    severity: str
    fired: int
    seconds: float
    longest: float
    flaps: int
    short: int
    long: int
    off_hours: int
    unacknowledged: int | None
    detect: float | None
    recover: float | None

    @property
    def flapping(self) -> bool:
        return self.flaps >= FLAPS

    @property
    def noisy(self) -> bool:
        """Does it want a change? One that fires in earnest at night does not."""
        return bool(self.flapping or self.short or self.long or self.ignored)

    @property
    def ignored(self) -> bool:
        """Did nobody ever take it up, as far as that is known?"""
        return bool(self.fired) and self.unacknowledged == self.fired


@dataclass(frozen=True)
class Noise:
    """The figures of a span, by alarm, the noisiest first."""

    span: Span
    alarms: tuple[AlarmNoise, ...]
    releases: Releases | None = None

    def mean(self, what: str, severity: str | None = None) -> float | None:
        """Mean time to detect or to recover in seconds, each alarm weighing as often as it fired."""
        pairs = [
            (value, alarm.fired)
            for alarm in self.alarms
            if severity in {None, alarm.severity} and (value := getattr(alarm, what)) is not None
        ]
        weight = sum(fired for _, fired in pairs)
        return sum(value * fired for value, fired in pairs) / weight if weight else None


def measure(
    changes: Sequence[Transition],
    span: Span,
    severities: Mapping[str, str],
    acknowledged: Mapping[str, Sequence[datetime]] | None = None,
    gone: Collection[str] = (),
) -> Noise:
    """The figures. `acknowledged`: when somebody took an alarm up, by its name; None: that is not known.

    `gone`: alarms that were deleted. One that was in ALARM then is not in ALARM ever since, and how long it
    was is not known: that time counts as fired, with no duration.
    """
    by_alarm: dict[str, list[Episode]] = defaultdict(list)
    for episode in history.episodes(changes):
        if episode.seconds(span.since, span.until) > 0 or (episode.began and episode.began >= span.since):
            by_alarm[episode.alarm].append(episode)
    found = (
        _of_alarm(name, of_one, span, severities.get(name, "unknown"), acknowledged, deleted=name in gone)
        for name, of_one in by_alarm.items()
    )
    return Noise(span, tuple(sorted(found, key=lambda a: (-a.fired, -a.seconds, a.name))))


def _of_alarm(
    name: str,
    episodes: Sequence[Episode],
    span: Span,
    severity: str,
    acknowledged: Mapping[str, Sequence[datetime]] | None,
    *,
    deleted: bool,
) -> AlarmNoise:
    begun = [e for e in episodes if e.began]
    closed = [(e.began, e.ended) for e in episodes if e.began and e.ended]
    lasted = [e.seconds(span.since, span.until) for e in episodes if e.ended or not deleted]
    return AlarmNoise(
        name=name,
        severity=severity,
        fired=len(begun),
        seconds=sum(lasted),
        longest=max(lasted, default=0.0),
        flaps=sum(
            next_.began is not None and this.ended is not None and next_.began - this.ended <= AGAIN
            for this, next_ in itertools.pairwise(episodes)
        ),
        short=sum(ended - began < SHORT for began, ended in closed),
        long=sum(seconds >= LONG.total_seconds() for seconds in lasted),
        off_hours=sum(span.off_hours(e.began) for e in begun if e.began),
        unacknowledged=None if acknowledged is None else _left(begun, acknowledged.get(name, ()), span),
        detect=_mean((e.began - e.breached).total_seconds() for e in begun if e.began and e.breached),
        recover=_mean((ended - began).total_seconds() for began, ended in closed),
    )


def _left(episodes: Iterable[Episode], times: Sequence[datetime], span: Span) -> int:
    """How many times nobody took it up before it ended."""
    return sum(not any(e.began <= at <= (e.ended or span.until) for at in times) for e in episodes if e.began)


def _mean(values: Iterable[float]) -> float | None:
    listed = list(values)
    return statistics.fmean(listed) if listed else None


# -- what a person reads


def lasting(seconds: float | None) -> str:
    """A duration in the unit that a person would use."""
    if seconds is None:
        return "not known"
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size * (1 if unit == "min" else 2):
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.0f} s"


def _often(count: int | None) -> str:
    return "once" if count == 1 else f"{count} times"


def page(noise: Noise) -> Page:
    """The report."""
    span = noise.span
    days = (span.until - span.since) / timedelta(days=1)
    counted = _counts(noise)
    fired = sum(a.fired for a in noise.alarms)
    tables = (
        Table(
            "Noisiest alarms",
            ("alarm", "severity", "fired#", "a week#", "in ALARM#", "off hours#"),
            tuple(
                (
                    a.name,
                    a.severity,
                    str(a.fired),
                    f"{a.fired / span.weeks:.1f}",
                    lasting(a.seconds),
                    str(a.off_hours),
                )
                for a in noise.alarms
            ),
        ),
        Table(
            "Want a change",
            ("alarm", "what", "then"),
            tuple((a.name, what, then) for a in noise.alarms for what, then in _advice(a)),
            shown=20,
        ),
        _times(noise),
        *(noise.releases.tables() if noise.releases else ()),
    )
    acknowledged = counted["unacknowledged"]
    notes = [
        f"Off hours: outside of {span.office[0]}:00 to {span.office[1]}:00 and on weekends, {span.zone}.",
        (
            f"A flap: it fired again within {AGAIN.seconds // 60} minutes. CloudWatch keeps "
            f"{history.KEPT_DAYS} days of history."
        ),
        "Time to detect: from the first value that made it fire. Time to recover: until it left ALARM.",
        *(["Who took an alarm up is not known: give --acknowledgements."] if acknowledged is None else []),
    ]
    headline = (
        (
            f"fired {_often(fired)} in {days:.0f} days: {fired / span.weeks:.1f} a week, "
            f"{counted['off_hours']} of them off hours"
        ),
        (
            f"{counted['flapping']} flapping, {_often(counted['short'])} shorter than 2 minutes, "
            f"{_often(counted['long'])} 48 hours or more"
        ),
        f"mean time to detect {lasting(noise.mean('detect'))}, to recover {lasting(noise.mean('recover'))}",
        *([f"nobody took it up {_often(acknowledged)}"] if acknowledged is not None else []),
        *((noise.releases.headline(),) if noise.releases else ()),
    )
    return Page("Noise of the alarms", headline, tables, tuple(notes), _data(noise), _findings(noise))


def _findings(noise: Noise) -> int:
    return sum(alarm.noisy for alarm in noise.alarms)


def _counts(noise: Noise) -> dict[str, int | None]:
    known = [a.unacknowledged for a in noise.alarms if a.unacknowledged is not None]
    return {
        "fired": sum(a.fired for a in noise.alarms),
        "off_hours": sum(a.off_hours for a in noise.alarms),
        "flapping": sum(a.flapping for a in noise.alarms),
        "short": sum(a.short for a in noise.alarms),
        "long": sum(a.long for a in noise.alarms),
        "unacknowledged": sum(known) if known else None,
    }


def _advice(alarm: AlarmNoise) -> Iterable[tuple[str, str]]:
    if alarm.flapping:
        yield (
            f"flapped {_often(alarm.flaps)}",
            "ask for more breaching values (M of N): alarmctl backtest tells which",
        )
    if alarm.short:
        yield f"{_often(alarm.short)} shorter than 2 minutes", "nobody can act on it: ask for more values"
    if alarm.long:
        yield f"{_often(alarm.long)} 48 hours or more", "nobody acts on it: mend it, or take the alarm out"
    if alarm.ignored:
        yield "nobody ever took it up", "make it info, or take it out"


def _times(noise: Noise) -> Table:
    rows = []
    for severity in SEVERITIES:
        fired = sum(a.fired for a in noise.alarms if a.severity == severity)
        if fired:
            times = (lasting(noise.mean(what, severity)) for what in ("detect", "recover"))
            rows.append((severity, str(fired), f"{fired / noise.span.weeks:.1f}", *times))
    columns = ("severity", "fired#", "a week#", "time to detect#", "time to recover#")
    return Table("By severity", columns, tuple(rows))


def _data(noise: Noise) -> dict[str, object]:
    by_severity = Counter[str]()
    for alarm in noise.alarms:
        by_severity[alarm.severity] += alarm.fired
    return {
        "since": noise.span.since.isoformat(),
        "until": noise.span.until.isoformat(),
        "totals": _counts(noise),
        "fired_by_severity": dict(by_severity),
        "mean_seconds_to_detect": noise.mean("detect"),
        "mean_seconds_to_recover": noise.mean("recover"),
        "alarms": [
            {**vars(alarm), "flapping": alarm.flapping, "noisy": alarm.noisy} for alarm in noise.alarms
        ],
        **({"releases": noise.releases.data()} if noise.releases else {}),
    }
