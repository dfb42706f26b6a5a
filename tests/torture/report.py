"""Storms, and what came of them: lost, doubled, late, wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.torture.world import Event

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from tests.torture.world import Simulation

SEVERITIES = ("critical",) + ("warning",) * 14 + ("info",) * 5  # 5 % are critical


@dataclass(frozen=True)
class Report:
    """What a run did. Delays are seconds from a state change to its place in the channel."""

    events: int
    lost: int
    elsewhere: int
    doubled: int
    wrong: int
    dead: int
    posts: int
    calls: int
    critical: tuple[float, ...]
    p99: float
    invocations: int
    crashes: int

    @property
    def critical_p50(self) -> float:
        """Half of the criticals were told within so many seconds."""
        return percentile(self.critical, 0.5)

    @property
    def critical_p99(self) -> float:
        """Nearly all were."""
        return percentile(self.critical, 0.99)

    @property
    def doubled_share(self) -> float:
        """Of the events, in percent."""
        return 100 * self.doubled / max(self.events, 1)

    def __str__(self) -> str:
        return (
            f"events {self.events} lost {self.lost} elsewhere {self.elsewhere} dead {self.dead} "
            f"doubled {self.doubled} ({self.doubled_share:.2f} %) wrong final state {self.wrong} "
            f"critical p50/p99 {self.critical_p50:.1f}/{self.critical_p99:.1f} s all p99 {self.p99:.1f} s "
            f"posts {self.posts} calls {self.calls}"
        )


def storm(world: Simulation, alarms: int, seconds: float, flapping: float = 0.2) -> None:
    """So many alarms within so many seconds; a share of them goes back to OK within half a minute."""
    chance, start = world.chance, world.time.now + 1.0
    for number in range(alarms):
        severity = chance.choice(SEVERITIES)
        at = start + seconds * number / alarms + chance.uniform(0, 0.5)
        name = f"t-{number:05d}"
        world.emit(Event(name, severity, "ALARM", "OK", at))
        if chance.random() < flapping:
            world.emit(Event(name, severity, "OK", "ALARM", at + _soon(chance)))


def _soon(chance: random.Random) -> float:
    return chance.uniform(1.5, 30.0)


def report(world: Simulation) -> Report:
    """Count."""
    first: dict[tuple[str, str, str], float] = {}
    for line in world.channel.lines:
        first.setdefault((line.alarm, line.state, line.clock), line.at)
    copies = world.channel.copies()
    told = "\n".join(text for _, _, text in world.published)
    missing = [event for event in world.events if event.key not in first]
    elsewhere = [event for event in missing if event.alarm in told]
    final = {event.alarm: event for event in sorted(world.events, key=lambda event: event.at)}
    shown = world.channel.last()
    delays = [(first[event.key] - event.at, event.severity) for event in world.events if event.key in first]
    return Report(
        events=len(world.events),
        lost=len(missing) - len(elsewhere),
        elsewhere=len(elsewhere),
        doubled=sum(count - 1 for count in copies.values()),
        wrong=sum(shown.get(alarm) != event.state for alarm, event in final.items()),
        dead=world.queue.dead(),
        posts=len(world.channel.posts),
        calls=len(world.channel.calls),
        critical=tuple(delay for delay, severity in delays if severity == "critical"),
        p99=percentile([delay for delay, _ in delays], 0.99),
        invocations=world.invocations,
        crashes=world.crashes,
    )


def busiest_minute(times: list[float]) -> int:
    """The most posts in any sixty seconds."""
    most = begin = 0
    for end, at in enumerate(times):
        while at - times[begin] >= 60.0:
            begin += 1
        most = max(most, end - begin + 1)
    return most


def percentile(values: Sequence[float], share: float) -> float:
    """By the nearest rank; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0
