"""Scenarios for every entry: a breach, a healthy hour, silence, and a blip as deployments make it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from alarmctl.catalogue import expand
from alarmctl.scenarios.shorthand import told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from alarmctl.catalogue.model import Entry, Kind, Values

HEAD = """# Written from catalogue/{file}.yaml by: make catalogue
#
# What each of its alarms does on a breach, in a healthy hour, in silence and in a blip of two minutes. The
# alarms are those of the catalogue's example resources, with every entry on.
alarms:
  catalogue: {file}

scenarios:
"""
HOUR_SECONDS = 3600
MINUTE_SECONDS = 60
SILENT_STATES = {"breaching": "ALARM", "notBreaching": "OK", "missing": "INSUFFICIENT_DATA"}
Part = tuple["Values", int]  # values by query id, and how often


def files(kinds: Sequence[Kind]) -> dict[str, str]:
    """One scenario file for each catalogue file, by name."""
    return {
        f"catalogue_{file}.yaml": HEAD.format(file=file)
        + "\n".join(one for kind in members for one in _kind(kind))
        for file, members in groupby(kinds, key=lambda kind: kind.file)
    }


def _kind(kind: Kind) -> Iterator[str]:
    resources = expand.examples(kind, presets=True)
    alarms = expand.alarms(kind, resources, opt_in=True)
    for entry in kind.alarms.values():
        keys = [
            (name, [key for s in entry.severities if (key := expand.key(kind, name, entry, s)) in alarms])
            for name in resources
        ]
        for name, ours in keys:
            if ours:
                yield from _metric(entry, name, ours, alarms[ours[0]])
    for key in expand.composites(kind, resources, opt_in=True):
        yield from _composite(kind, key)


def _metric(entry: Entry, name: str, keys: list[str], alarm: Mapping[str, Any]) -> Iterator[str]:
    n, m, period = entry.evaluation_periods, entry.datapoints_to_alarm, entry.period
    before = n + 2
    fired = told(timedelta(seconds=(before + m - 1) * period + MINUTE_SECONDS))
    silence = dict.fromkeys(entry.healthy)

    def scenario(what: str, parts: list[Part], expect: list[Mapping[str, Any]]) -> str:
        return _scenario(f"{entry.id}, {name}: {what}", keys, _series(entry, alarm, parts), period, expect)

    healed = told(timedelta(seconds=(before + m + 1 + n - m) * period + MINUTE_SECONDS))
    recovery = [f"{fired} ALARM", f"{healed} OK"]
    parts = [(entry.healthy, before), (entry.breach, m + 1), (entry.healthy, n + 2)]
    if not _is_silent(entry.healthy) and not _is_silent(entry.breach):
        yield scenario("a breach fires and recovery ends it", parts, [{"transitions": recovery}])
    else:
        lasting = 3 * n + 5 if _is_silent(entry.breach) else m + 1
        parts[1:] = [(entry.breach, lasting), (entry.healthy, 3 * n + 5)]
        yield scenario(
            "a breach fires", parts, [{"at": _end(parts[:2], period), "state": "ALARM"}, {"fires": 1}]
        )
    healthy = [(entry.healthy, max(HOUR_SECONDS // period, before))]
    yield scenario("a healthy hour is silent", healthy, [{"at": "0m", "state": "OK"}, {"transitions": 0}])
    state = SILENT_STATES[entry.missing]
    parts = [(entry.healthy, before), (silence, 3 * n + 5)]
    yield scenario(
        f"silence is {state}, since it is {entry.missing}",
        parts,
        [{"at": _end(parts, period), "state": state}, {"fires": int(state == "ALARM")}],
    )
    parts = [(entry.healthy, before), (entry.breach, entry.blip), (entry.healthy, before)]
    if not entry.fires_on_a_blip:
        yield scenario("a blip of two minutes is silent", parts, [{"fires": 0}])
    else:
        why = "on purpose, see its page" if entry.blip_fires else "but pages nobody"
        yield scenario(f"a blip of two minutes fires, {why}", parts, [{"fires": 1}])
    if entry.outage:
        parts = [(entry.healthy, before), (entry.outage, m)]
        yield scenario("a total outage fires", parts, [{"transitions": [f"{fired} ALARM"]}])


def _is_silent(values: Values) -> bool:
    return all(value is None for value in values.values())


def _end(parts: Sequence[Part], period: int) -> str:
    return told(timedelta(seconds=sum(count for _, count in parts) * period))


def _series(entry: Entry, alarm: Mapping[str, Any], parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Dimensions only where two queries read metrics of one name."""
    if not entry.metrics:
        return [{"metric": entry.metric_name, "values": _written([(v[""], count) for v, count in parts])}]
    often = Counter((query.metric_name, query.stat) for query in entry.metrics.values())
    series = []
    for id_, query in entry.metrics.items():
        one: dict[str, Any] = {"metric": query.metric_name}
        if often[query.metric_name, query.stat] > 1:
            one["dimensions"] = alarm["metric_query"][id_]["metric"]["dimensions"]
        series.append(one | {"values": _written([(values[id_], count) for values, count in parts])})
    series += [
        {"metric": call, "values": _written([(values[call], count) for values, count in parts])}
        for call in entry.external_calls
    ]
    return series


def _written(values: Sequence[tuple[float | None, int]]) -> str:
    return " ".join(f"{'_' if value is None else _number(value)}x{count}" for value, count in values)


def _number(value: float) -> str:
    return f"{value:.15g}"


def _composite(kind: Kind, key: str) -> Iterator[str]:
    entry = next(e for e in kind.alarms.values() if e.composite and key.endswith(f"-{e.alarm}-{e.severity}"))
    if entry.composite is None:
        return
    rule = entry.composite
    every = [kind.alarms[child.partition(".")[0]] for child in rule.all]
    some = [kind.alarms[child.partition(".")[0]] for child in rule.any]
    suppressors = [kind.alarms[rule.suppressor.partition(".")[0]]] if rule.suppressor else []
    longest = max(child.evaluation_periods for child in (*every, *some, *suppressors))
    children = [*every, *some]
    name = key.removeprefix(f"{kind.kind}-").removesuffix(f"-{entry.alarm}-{entry.severity}")

    def scenario(
        what: str,
        breaching: Sequence[Entry],
        count: int,
        expect: list[Mapping[str, Any]],
        *,
        silent: bool = False,
    ) -> str:
        series: dict[tuple[str, str], dict[str, Any]] = {}
        for child in (*children, *suppressors):
            during = child.breach if child in breaching else child.healthy
            parts = [(child.healthy, longest + 2)]
            parts.append((dict.fromkeys(child.healthy), count) if silent else (during, count))
            parts.append((child.healthy, longest + 2))
            for one in _children_series(child, parts):
                series[one["metric"], one["statistic"]] = one
        return _scenario(f"{entry.id}, {name}: {what}", [key], list(series.values()), MINUTE_SECONDS, expect)

    yield scenario("a breach of all fires", children, longest + 2, [{"fires": 1}])
    for child in some:
        yield scenario(f"so does {child.id} without the others", [*every, child], longest + 2, [{"fires": 1}])
    if len(children) > 1:
        for child in every:
            rest = [one for one in children if one is not child]
            yield scenario(f"without {child.id} it is silent", rest, longest + 2, [{"fires": 0}])
    yield scenario("a healthy hour is silent", [], HOUR_SECONDS // MINUTE_SECONDS, [{"transitions": 0}])
    fires = all(child.missing == "breaching" for child in every) and (
        not some or any(child.missing == "breaching" for child in some)
    )
    what = "silence fires, as of its alarms" if fires else "silence does not fire, as of its alarms"
    yield scenario(what, [], 2 * longest + 5, [{"fires": int(fires)}], silent=True)
    yield scenario("a blip of two minutes is silent", children, 2, [{"fires": 0}])
    if suppressors:
        held = told(timedelta(seconds=(2 * longest + 3) * MINUTE_SECONDS))
        yield scenario(
            "while it is held back it tells nobody",
            [*children, *suppressors],
            longest + 1,
            [{"fires": 1}, {"at": held, "messages": 0}],
        )


def _children_series(child: Entry, parts: Sequence[Part]) -> Iterator[dict[str, Any]]:
    if not child.metrics:
        stat = child.statistic or child.extended_statistic
        values = _written([(v[""], count) for v, count in parts])
        yield {"metric": child.metric_name, "statistic": stat, "values": values}
    for id_, query in child.metrics.items():
        values = _written([(v[id_], count) for v, count in parts])
        yield {"metric": query.metric_name, "statistic": query.stat, "values": values}


def _scenario(
    name: str, keys: list[str], series: list[dict[str, Any]], period: int, expect: list[Mapping[str, Any]]
) -> str:
    lines = [f"  - name: {json.dumps(name)}", f"    alarm: {json.dumps(keys)}"]
    if period != MINUTE_SECONDS:
        lines.append(f"    interval: {told(timedelta(seconds=period))}")
    lines.append("    series:")
    lines += [f"      - {json.dumps(one)}" for one in series]
    lines.append(f"    expect: {json.dumps(expect)}")
    return "\n".join([*lines, ""])
