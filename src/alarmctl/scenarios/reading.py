"""Scenario files into cases, each checked against its alarm before it runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from alarmctl.scenarios import document as documents
from alarmctl.scenarios import messages, shape, shorthand
from alarmctl.scenarios.document import ScenarioError
from alarmctl.scenarios.model import Case, Count, Moment, Series, Text, Transitions, inputs
from alarmctl.scenarios.sources import DEFAULT_NAME
from alarms.definitions import STATISTICS, CompositeDefinition
from alarms.model import State, as_utc
from notify_slack.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from alarmctl.scenarios.document import Document, Where
    from alarmctl.scenarios.model import Expectation
    from alarmctl.scenarios.sources import Alarm, Alarms, Sources
    from alarms.definitions import MetricStat
    from notify_slack.config import Config

START = "2026-03-02T10:00:00Z"  # a Monday; no date is ever looked up
INTERVAL = "1m"
LONGEST = timedelta(days=31)  # four times as long as any alarm looks back
LONGEST_DELAY = timedelta(days=1)
YEARS = range(1980, 2100)
COUNTS = ("fires", "transitions", "messages")


@dataclass(frozen=True)
class File:
    """The cases of one scenario file, and what was wrong with the others."""

    path: Path
    cases: tuple[Case, ...]
    errors: tuple[ScenarioError, ...] = ()


def read(path: Path, sources: Sources, instead: Path | None = None) -> File:
    """Never raises. `instead`: a plan or YAML whose alarms take the place of those that the file names."""
    try:
        found = documents.read(path)
        _check_shape(found)
        name = found.data.get("name", DEFAULT_NAME)
        alarms = sources.from_file(instead, name) if instead else sources.read(found)
        config = _config(found, name, alarms)
    except ScenarioError as error:
        return File(path, (), (error,))
    cases: list[Case] = []
    errors: list[ScenarioError] = []
    names: dict[str, int] = {}
    for place, scenario in enumerate(found.data["scenarios"]):
        line = found.line(("scenarios", place))
        try:
            if scenario["name"] in names:
                raise found.error(
                    ("scenarios", place, "name"),
                    f"there is another one of that name in line {names[scenario['name']]}.",
                    scenario["name"],
                )
            names[scenario["name"]] = line
            cases += _Reader(found, place, alarms, config).cases()
        except ScenarioError as error:
            errors.append(error)
    return File(path, tuple(cases), tuple(errors))


def _config(found: Document, name: str, alarms: Alarms) -> Config:
    try:
        return messages.config(found.data.get("notifier", {}), name, alarms.topics)
    except ConfigError as error:
        raise found.error(("notifier",), f"notifier: {error}") from None


def _check_shape(found: Document) -> None:
    try:
        shape.check(found.data)
    except shape.ShapeError as error:
        raise found.error(error.where, str(error), _scenario_of(found, error.where)) from None


def _scenario_of(found: Document, where: Where) -> str:
    """The name of the scenario that a path leads into, if it has one."""
    if where[:1] != ("scenarios",) or len(where) < 2:
        return ""
    scenario = found.data["scenarios"][where[1]]
    name = scenario.get("name") if isinstance(scenario, dict) else None
    return name if isinstance(name, str) else ""


class _Reader:
    """One scenario. Every complaint names its line and its scenario."""

    def __init__(self, found: Document, place: int, alarms: Alarms, config: Config) -> None:
        self.found = found
        self.config = config
        self.where: Where = ("scenarios", place)
        self.written: dict[str, Any] = found.data["scenarios"][place]
        self.alarms = alarms

    def error(self, where: Where, complaint: str) -> ScenarioError:
        return self.found.error((*self.where, *where), complaint, self.written["name"])

    def setting(self, key: str, default: str) -> str:
        """The scenario's own, else the file's."""
        value: str = self.written.get(key, self.found.data.get(key, default))
        return value

    def misset(self, key: str, complaint: str) -> ScenarioError:
        """A complaint about a setting, where it was made."""
        where = (*self.where, key) if key in self.written else (key,)
        return self.found.error(where, f"{key} is {self.setting(key, '')}: {complaint}", self.written["name"])

    def span(self, text: str, where: Where) -> timedelta:
        try:
            return shorthand.span(text)
        except ValueError as error:
            raise self.error(where, str(error)) from None

    def delay(self) -> timedelta:
        delay = self.span(self.setting("delay", "0s"), ("delay",))
        if delay > LONGEST_DELAY:
            raise self.misset("delay", f"at most {shorthand.told(LONGEST_DELAY)}.")
        return delay

    def cases(self) -> list[Case]:
        keys = self.keys()
        series = self.series()
        lasts = series[0].lasts
        if lasts > LONGEST:
            raise self.error(
                ("series",), f"it lasts {shorthand.told(lasts)}. At most {shorthand.told(LONGEST)}."
            )
        for one in series[1:]:
            if one.lasts != lasts:
                raise ScenarioError(
                    self.found.path,
                    one.line,
                    f"{one.metric} lasts {shorthand.told(one.lasts)}, {series[0].metric} "
                    f"{shorthand.told(lasts)}. Write _ for values that are missing.",
                    self.written["name"],
                )
        expectations = tuple(self.expectations(lasts))
        found = [(key, self.alarms.by_key[key]) for key in keys]
        self.check_feeds(found, series)
        starts = self.written.get("starts")
        return [
            Case(
                path=self.found.path,
                line=self.found.line(self.where),
                scenario=self.written["name"],
                key=key,
                alarm=alarm,
                alarms=self.alarms,
                series=series,
                expectations=expectations,
                start=self.start(),
                lasts=lasts,
                delay=self.delay(),
                steady=self.setting("history", "steady") == "steady",
                starts=State(starts) if starts else None,
                config=self.config,
                several=len(keys) > 1,
            )
            for key, alarm in found
        ]

    def keys(self) -> list[str]:
        wanted = self.written["alarm"]
        patterns = [wanted] if isinstance(wanted, str) else wanted
        keys: list[str] = []
        for pattern in patterns:
            matching = self.alarms.matching(pattern)
            if not matching:
                there = ", ".join([*self.alarms.by_key, *self.alarms.refused]) or "none"
                raise self.error(("alarm",), f"there is no alarm {pattern}. There are: {there}.")
            keys += [key for key in matching if key not in keys]
        for key in keys:
            if key in self.alarms.refused:
                raise self.error(
                    ("alarm",), f"alarm {key} cannot be evaluated here. {self.alarms.refused[key]}"
                )
        return keys

    def start(self) -> datetime:
        try:
            start = as_utc(datetime.fromisoformat(self.setting("start", START)))
        except (ValueError, OverflowError):
            raise self.misset("start", f"no such time. Write it as {START}.") from None
        if start.year not in YEARS:
            raise self.misset("start", f"use a year from {YEARS[0]} to {YEARS[-1]}.")
        return start

    def series(self) -> tuple[Series, ...]:
        written = self.written["series"]
        if isinstance(written, dict):
            return tuple(
                self.one_series({"metric": str(metric), "values": values}, ("series", str(metric)))
                for metric, values in written.items()
            )
        return tuple(self.one_series(entry, ("series", place)) for place, entry in enumerate(written))

    def one_series(self, entry: Mapping[str, Any], where: Where) -> Series:
        dimensions = entry.get("dimensions")
        interval = self.span(entry.get("interval", self.setting("interval", INTERVAL)), (*where, "interval"))
        if not timedelta() < interval <= LONGEST:
            complaint = f"use 1s to {shorthand.told(LONGEST)}."
            if "interval" not in entry:
                raise self.misset("interval", complaint)
            raise self.error((*where, "interval"), f"interval is {entry['interval']}: {complaint}")
        try:
            written = entry["values"]
            values = shorthand.values(written if isinstance(written, str) else f"{Decimal(str(written)):f}")
        except ValueError as error:
            raise self.error((*where, "values"), f"{entry['metric']}: {error}") from None
        return Series(
            line=self.found.line((*self.where, *where)),
            metric=entry["metric"],
            values=values,
            interval=interval,
            namespace=entry.get("namespace"),
            dimensions=None if dimensions is None else {str(k): str(v) for k, v in dimensions.items()},
            statistic=entry.get("statistic"),
            samples=entry.get("samples"),
        )

    # -- series and alarms must fit each other

    def check_feeds(self, found: Sequence[tuple[str, Alarm]], series: Sequence[Series]) -> None:
        used: set[int] = set()
        read: list[MetricStat] = []
        for key, alarm in found:
            for stat in self.metrics(key, alarm):
                read.append(stat)
                feeding = [place for place, one in enumerate(series) if one.feeds(stat)]
                if len(feeding) != 1:
                    raise self.misfed(key, stat, series)
                self.check_grain(series[feeding[0]], stat)
                used.update(feeding)
        for place, one in enumerate(series):
            if place not in used:
                told = "; ".join(dict.fromkeys(map(_told, read)))
                raise ScenarioError(
                    self.found.path,
                    one.line,
                    f"no alarm of this scenario reads {_wanted(one)}. It reads: {told}.",
                    self.written["name"],
                )

    def misfed(self, key: str, stat: MetricStat, series: Sequence[Series]) -> ScenarioError:
        feeding = [one for one in series if one.feeds(stat)]
        if feeding:
            given = " and ".join(f"{_wanted(one)} (line {one.line})" for one in feeding)
            return self.error(
                ("series",),
                f"{given} both give {_told(stat)}. Tell them apart by namespace, dimensions or statistic.",
            )
        near = [one for one in series if one.metric == stat.metric_name]
        given = "".join(f" {_wanted(one)} (line {one.line}) is another metric." for one in near)
        return self.error(
            ("series",),
            f"no series for {_told(stat)}, which alarm {key} reads.{given} "
            "Give one, with the value _ where nothing is published.",
        )

    def check_grain(self, one: Series, stat: MetricStat) -> None:
        """A percentile of a period cannot be made from those of its parts."""
        if stat.stat not in STATISTICS and one.interval.total_seconds() < stat.period:
            raise ScenarioError(
                self.found.path,
                one.line,
                f"{stat.stat} over {stat.period} s cannot be made from values every "
                f"{shorthand.told(one.interval)}. Give it interval: {stat.period}s or more.",
                self.written["name"],
            )

    def metrics(self, key: str, alarm: Alarm) -> Iterator[MetricStat]:
        """Those of the alarm, and of the alarms that a composite one rests on."""
        waiting, seen = [alarm], {alarm.name}
        while waiting:
            current = waiting.pop(0)
            if not isinstance(current, CompositeDefinition):
                yield from inputs(current).values()
                continue
            for name in (*current.children, *filter(None, [current.actions_suppressor])):
                child = self.alarms.named(name)
                if child is None:
                    raise self.error(
                        ("alarm",),
                        f"alarm {key} rests on {name}, which is not among the alarms of this file.",
                    )
                if child.name not in seen:
                    seen.add(child.name)
                    waiting.append(child)

    # -- what is expected

    def expectations(self, lasts: timedelta) -> Iterator[Expectation]:
        for place, entry in enumerate(self.written["expect"]):
            yield from self.expectation(entry, ("expect", place), lasts)

    def expectation(self, entry: Mapping[str, Any], where: Where, lasts: timedelta) -> Iterator[Expectation]:
        until = self.at(entry["at"], (*where, "at"), lasts) if "at" in entry else None
        if until is not None and entry.keys() & {"state", "reason", "message"}:
            yield self.moment(entry, where, until)
        for what in COUNTS:
            expected = entry.get(what)
            line = self.found.line((*self.where, *where, what))
            if isinstance(expected, int):
                yield Count(line, what, expected, until)
            elif expected is not None:
                moments = [
                    self.transition(one, (*where, what, number), lasts) for number, one in enumerate(expected)
                ]
                if [one.at for one in moments] != sorted(one.at for one in moments):
                    raise self.error((*where, what), "transitions must be in the order of their times.")
                yield Transitions(line, tuple(moments), until)

    def transition(self, written: str | Mapping[str, Any], where: Where, lasts: timedelta) -> Moment:
        if isinstance(written, str):
            at, _, state = written.partition(" ")
            written = {"at": at, "state": state.strip()}
        return self.moment(written, where, self.at(written["at"], (*where, "at"), lasts))

    def moment(self, entry: Mapping[str, Any], where: Where, at: timedelta) -> Moment:
        return Moment(
            self.found.line((*self.where, *where)),
            at,
            State(entry["state"]) if "state" in entry else None,
            _text(entry["reason"]) if "reason" in entry else None,
            _text(entry["message"]) if "message" in entry else None,
        )

    def at(self, text: str, where: Where, lasts: timedelta) -> timedelta:
        at = self.span(text, where)
        if at > lasts:
            raise self.error(
                where, f"{text} is after the end of the series, {shorthand.told(lasts)}. Give more values."
            )
        return at


def _text(written: str | Mapping[str, Any]) -> Text:
    if isinstance(written, str):
        return Text(exactly=written)
    parts = {key: (value,) if isinstance(value, str) else tuple(value) for key, value in written.items()}
    return Text(contains=parts.get("contains", ()), lacks=parts.get("lacks", ()))


def _told(stat: MetricStat) -> str:
    if not stat.namespace:
        return stat.metric_name
    dimensions = ", ".join(f"{name}={value}" for name, value in stat.dimensions)
    return f"{stat.namespace} {stat.metric_name}{f' ({dimensions})' if dimensions else ''} {stat.stat}"


def _wanted(one: Series) -> str:
    dimensions = ", ".join(f"{name}={value}" for name, value in (one.dimensions or {}).items())
    words = [one.namespace, one.metric, f"({dimensions})" if dimensions else None, one.statistic]
    return " ".join(filter(None, words))
