"""How fast a backtest is: 1,000 alarms over 14 days of minutes. `tools/bench.py` runs it.

Each function gives a row's fields. A third of the alarms has every value, a third lacks one in twenty, the
last third sums five minutes that slide by the minute. The engine takes most of an hour for all of them: it is
timed on SAMPLED alarms over one day, and scaled by alarms and days. Seconds are those of the processor.
"""

import functools
import statistics
import tempfile
import time
from array import array
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from alarmctl.backtest import replaying
from alarmctl.backtest.api import backtest
from alarmctl.backtest.replaying import Settings
from alarmctl.history import store
from alarmctl.history.model import History, Metric, Series
from alarms.definitions import Definition, from_put_metric_alarm

ALARMS = 1000
DAYS = 14
MINUTES = DAYS * 24 * 60
START = 1_767_225_600  # 2026-01-01
SAMPLED = 6
SECONDS_EVALUATED = 2.0
SECONDS_IN_ALL = 5.0
KINDS = ("whole", "gaps", "sums")

Fields = dict[str, Any]


@functools.cache
def made() -> tuple[list[Definition], History]:
    """The alarms and their history; each has a metric of its own."""
    chance = np.random.default_rng(1)
    alarms, series = [], {}
    for number in range(ALARMS):
        kind = KINDS[number % len(KINDS)]
        stat, period = ("Sum", 300) if kind == "sums" else ("Average", 60)
        values = chance.random(MINUTES) * 100
        if kind == "gaps":
            values[chance.random(MINUTES) < 0.05] = np.nan
        series[Metric("Bench", "m", (("n", str(number)),), stat)] = Series(
            START, 60, array("d", values.tobytes())
        )
        alarms.append(
            from_put_metric_alarm(
                {
                    "AlarmName": f"bench-{number}",
                    "Namespace": "Bench",
                    "MetricName": "m",
                    "Dimensions": [{"Name": "n", "Value": str(number)}],
                    "Statistic": stat,
                    "Period": period,
                    "EvaluationPeriods": 3,
                    "DatapointsToAlarm": 2,
                    "Threshold": 450 if kind == "sums" else 99.5,
                    "ComparisonOperator": "GreaterThanThreshold",
                    "TreatMissingData": "missing",
                    "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:bench-warning"],
                }
            )
        )
    return alarms, History(series, START, START + MINUTES * 60)


def _timed(call: Callable[[], object], runs: int) -> float:
    """The median of the processor's seconds: all runs on one core, and a busy machine changes them little."""
    seconds = []
    for _ in range(runs):
        began = time.process_time()
        call()
        seconds.append(time.process_time() - began)
    return statistics.median(seconds)


def _evaluation(runs: int) -> float:
    alarms, history = made()
    replaying.replay(alarms[:3], history)  # numpy is imported by now
    return _timed(lambda: replaying.replay(alarms, history), runs)


def against_the_engine(runs: int) -> Fields:
    """The evaluation alone, against the engine evaluation by evaluation."""
    alarms, history = made()
    day = replace(history, end=START + 24 * 3600)
    exact = _timed(lambda: replaying.replay(alarms[:SAMPLED], day, Settings(fast=False)), 1)
    return {
        "what": f"backtest of {ALARMS} alarms x {DAYS} days x 1 minute, evaluation alone",
        "ours": _evaluation(runs),
        "alternative": f"the exact path (timed on {SAMPLED} alarms over a day, scaled)",
        "theirs": exact * (ALARMS / SAMPLED) * DAYS,
        "unit": "s CPU",
        "goal": 0.1,
        "runs": runs,
    }


def against_the_clock(runs: int) -> Fields:
    """The evaluation alone, against the seconds it may take."""
    return {
        "what": f"backtest of {ALARMS} alarms x {DAYS} days x 1 minute, evaluation alone",
        "ours": _evaluation(runs),
        "alternative": "the time it may take on one core",
        "theirs": SECONDS_EVALUATED,
        "unit": "s CPU",
        "goal": 1.0,
        "runs": runs,
    }


def against_memory(runs: int) -> Fields:
    """The evaluation alone, against the floor: reading all values once and comparing them."""
    _, history = made()
    values = [np.frombuffer(series.values) for series in history.series.values()]
    floor = _timed(lambda: [np.count_nonzero(one > 99.5) for one in values], runs)
    return {
        "what": "backtest evaluation, beside the memory's bandwidth",
        "ours": _evaluation(runs),
        "alternative": f"one pass of comparing over the {ALARMS * MINUTES * 8 / 1e6:.0f} MB (the floor)",
        "theirs": floor,
        "unit": "s CPU",
        "goal": 100.0,
        "runs": runs,
    }


def end_to_end(runs: int) -> Fields:
    """From the stored history to the finished report, against the seconds it may take."""
    alarms, history = made()
    with tempfile.TemporaryDirectory() as folder:
        store.save(Path(folder), history)
        seconds = _timed(lambda: backtest(alarms, store.load(Path(folder))), min(runs, 3))
    return {
        "what": f"backtest of {ALARMS} alarms x {DAYS} days x 1 minute, from stored history to report",
        "ours": seconds,
        "alternative": "the time it may take on one core",
        "theirs": SECONDS_IN_ALL,
        "unit": "s CPU",
        "goal": 1.0,
        "runs": min(runs, 3),
    }


MEASUREMENTS: dict[str, Callable[[int], Fields]] = {
    "backtest-engine": against_the_engine,
    "backtest-seconds": against_the_clock,
    "backtest-memory": against_memory,
    "backtest-end-to-end": end_to_end,
}
