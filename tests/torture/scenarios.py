"""The gates' scenarios, sizes as arguments: small ones run with the tests, all with `make torture`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.torture.channel import Answer, Faults
from tests.torture.report import Report, report, storm
from tests.torture.world import Event, Simulation

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.torture.queues import Queue

DAY = 86_400.0

# 30 % of posts fail, none of them ambiguously: what hangs and what is reset was not posted.
FAULTS = {"limited": 0.10, "broken": 0.12, "hung": 0.05, "reset": 0.02, "wrong": 0.01}


@dataclass(frozen=True)
class Outage:
    """How an outage went. `backlog_p99`: seconds after its end; `told_at`: seconds after its begin."""

    report: Report
    waited: int
    backlog_p99: float
    calls: int
    receives: int
    told_at: tuple[float, ...]
    left: int

    def __str__(self) -> str:
        told = ", ".join(f"{at / 60:.1f}" for at in self.told_at[:3])
        return (
            f"lost {self.report.lost} dead {self.report.dead} wrong final state {self.report.wrong} "
            f"doubled {self.report.doubled} waited {self.waited} backlog p99 {self.backlog_p99:.0f} s "
            f"calls while away {self.calls} receives of one message {self.receives} left {self.left}; "
            f"fallback told {len(self.told_at)} times, first after {told} min"
        )


def clean(world: Simulation, alarms: int = 1000, seconds: float = 60.0) -> Report:
    """A storm, and Slack in good health."""
    storm(world, alarms, seconds)
    world.drain(900)
    return report(world)


def faulty(
    seed: int, alarms: int, seconds: float, queue: Callable[[Callable[[], float]], Queue], *, ambiguous: bool
) -> tuple[Simulation, Report]:
    """A storm while 30 % of the posts fail; `ambiguous`: 1 % are posted unanswered, 0.5 % kill us."""
    faults = Faults(**FAULTS, ghost=0.01 * ambiguous, crash=0.005 * ambiguous)
    world = Simulation(seed, faults, queue)
    storm(world, alarms, seconds)
    world.drain(3000)
    return world, report(world)


def outage(
    world: Simulation, seconds: float, each: float, answer: Callable[[], Answer], after: float = 0.0
) -> Outage:
    """Slack is away for so long; an alarm every `each` seconds, from ten minutes before it to `after`."""
    begin = world.time.now + 600
    end = begin + seconds
    count = int((600 + seconds + after) / each)
    for number in range(count):
        severity = "critical" if number % 20 == 0 else "warning"
        at = world.time.now + 1 + number * each
        world.emit(Event(f"t-{number:05d}", severity, "ALARM", "OK", at))
    world.emit(Event("t-99999", "critical", "ALARM", "OK", begin + 1))
    world.channel.outage = lambda: answer() if begin <= world.time.now < end else None
    world.run(600)
    before = len(world.channel.calls)
    world.run(seconds)
    calls = len(world.channel.calls) - before
    world.drain(7200)
    first: dict[str, float] = {}
    for line in world.channel.lines:
        first.setdefault(line.alarm, line.at)
    lags = sorted(
        first[event.alarm] - end for event in world.events if event.at < end <= first.get(event.alarm, 0.0)
    )
    return Outage(
        report(world),
        len(lags),
        lags[int(len(lags) * 0.99)] if lags else 0.0,
        calls,
        int(getattr(world.queue, "most_receives", 0)),
        tuple(at - begin for at, _, _ in world.published),
        world.queue.waiting(),
    )
