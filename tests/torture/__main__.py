"""The gates in full, over the given seeds: `make torture SEEDS="1 2 3"`. Minutes; exits 1 when a gate fails.

Storms run on moto's SQS; outages, which would take it hours, on the queue that a test holds against it. The
ledger is the table in memory that a test holds against moto's DynamoDB.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest.mock import patch

from moto.sqs.models import sqs_backends
from tests.torture.channel import Answer
from tests.torture.queues import MotoQueue, Queue
from tests.torture.report import busiest_minute, percentile, report, storm
from tests.torture.scenarios import DAY, clean, faulty, outage
from tests.torture.world import Simulation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass
class Gates:
    """What was demanded and not reached."""

    missed: list[str]

    def hold(self, name: str, **demands: bool) -> None:
        """Name what does not hold."""
        self.missed += [f"{name}: {demand}" for demand, held in demands.items() if not held]


def moto_queue(now: Callable[[], float]) -> Queue:
    """A queue in moto, on this clock."""
    for clock, factor in (("unix_time", 1.0), ("unix_time_millis", 1000.0)):
        patch(f"moto.sqs.models.{clock}", lambda *_, factor=factor: now() * factor).start()
    backend = sqs_backends["123456789012"]["eu-west-1"]
    backend.reset()
    return MotoQueue(backend)


def say(title: str, seed: int, told: object, began: float) -> None:
    """One line per run."""
    print(f"{title:<22} seed {seed}: {told} [{time.monotonic() - began:.0f} s]", flush=True)


def storms(seeds: Sequence[int], gates: Gates) -> None:
    """1,000 alarms in a minute."""
    critical: list[float] = []
    for seed in seeds:
        began = time.monotonic()
        world = Simulation(seed, queue=moto_queue)
        found = clean(world)
        critical += found.critical
        say("1,000 in 60 s", seed, found, began)
        gates.hold(
            f"storm {seed}",
            none_lost=found.lost + found.elsewhere + found.dead + found.wrong + found.doubled == 0,
            all_p99_within_5_s=found.p99 <= 5.0,
            at_most_60_posts=found.posts <= 60,
        )
        world.time.stop()
    pooled = percentile(critical, 0.99)
    print(f"{'':<22} all seeds: critical p99 {pooled:.2f} s")
    gates.hold("storm", critical_p99_within_3_s=pooled <= 3.0)


def faults(seeds: Sequence[int], gates: Gates, *, ambiguous: bool) -> None:
    """10,000 alarms in ten minutes, 30 % of the posts fail."""
    title = "10,000, 30 %, ambiguous" if ambiguous else "10,000, 30 % faults"
    doubled = []
    for seed in seeds:
        began = time.monotonic()
        world, found = faulty(seed, 10_000, 600.0, moto_queue, ambiguous=ambiguous)
        doubled.append(found.doubled_share)
        most = busiest_minute(world.channel.posts)
        say(title, seed, f"{found}, at most {most} in a minute, {world.crashes} crashes", began)
        gates.hold(
            f"{title} {seed}",
            none_lost=found.lost + found.elsewhere == 0,
            none_dead=found.dead == 0,
            final_states_right=found.wrong == 0,
            none_doubled=ambiguous or found.doubled == 0,
            pace=most <= 60,
        )
        world.time.stop()
    mean = sum(doubled) / len(doubled)
    print(f"{'':<22} all seeds: doubled {mean:.2f} %, at most {max(doubled):.2f} %")
    gates.hold(title, doubled_at_most_2_5_percent=mean <= 2.5)


def hour(seeds: Sequence[int], gates: Gates) -> None:
    """Slack down for an hour, 100 alarms a minute."""
    for seed in seeds:
        began = time.monotonic()
        world = Simulation(seed)
        found = outage(world, 3600.0, 0.6, lambda: Answer(503, ""), after=300.0)
        say("Slack down 1 h", seed, found, began)
        gates.hold(
            f"hour {seed}",
            none_lost=found.report.lost + found.report.dead + found.report.wrong + found.left == 0,
            backlog_within_90_s=found.backlog_p99 <= 90.0,
            calls_at_most_7000=found.calls <= 7000,
            told_within_5_min=found.told_at[0] <= 300.0,
        )
        world.time.stop()


def days(seeds: Sequence[int], gates: Gates) -> None:
    """Slack down for four days, an alarm an hour."""
    for seed in seeds:
        began = time.monotonic()
        world = Simulation(seed)
        found = outage(world, 4 * DAY, 3600.0, lambda: Answer(503, ""))
        say("Slack down 4 d", seed, found, began)
        gates.hold(
            f"days {seed}",
            none_lost=found.report.lost + found.report.dead + found.report.wrong + found.left == 0,
            receives_at_most_500=found.receives <= 500,
            told_within_5_min=found.told_at[0] <= 300.0,
            told_once_an_hour=len(found.told_at) <= 97,
        )
        world.time.stop()


def ways(seeds: Sequence[int], gates: Gates) -> None:
    """One way gone; both gone, and the sweeper."""
    for seed in seeds:
        for gone in (("sns",), ("events",), ("sns", "events")):
            began = time.monotonic()
            world = Simulation(seed)
            world.sweep_every(300.0)
            world.run(301)
            for way in gone:
                setattr(world.ways, way, False)
            storm(world, 1000, 600.0, flapping=0.0)
            world.run(1800)
            found = report(world)
            say(f"without {' and '.join(gone)}", seed, found, began)
            gates.hold(
                f"without {gone} {seed}",
                none_lost=found.lost + found.elsewhere + found.wrong == 0,
                within_10_min=found.p99 <= 600.0,
            )
            world.time.stop()


GATES: dict[str, Callable[[Sequence[int], Gates], None]] = {
    "storm": storms,
    "faults": lambda seeds, gates: faults(seeds, gates, ambiguous=False),
    "ambiguous": lambda seeds, gates: faults(seeds, gates, ambiguous=True),
    "ways": ways,
    "days": days,
    "hour": hour,
}


def main() -> int:
    """Run the gates and say which do not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=main.__doc__)
    parser.add_argument("seeds", nargs="*", type=int, default=[1, 2, 3, 4, 5])
    parser.add_argument("--only", choices=GATES, action="append", help="a gate; may be given several times")
    options = parser.parse_args()
    gates = Gates([])
    for name in options.only or GATES:
        GATES[name](options.seeds, gates)
    for missed in gates.missed:
        print(f"MISSED {missed}")
    print("all gates hold" if not gates.missed else f"{len(gates.missed)} gates do not hold")
    return bool(gates.missed)


if __name__ == "__main__":
    sys.exit(main())
