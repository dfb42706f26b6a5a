"""Mute rules as text and JSON: what is muted until when, by whom and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from alarms.mute_window import Window, explained, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from alarmctl.mute.account import Mute

SHOWN = 10


def entry(mute: Mute, in_alarm: set[str], now: datetime) -> dict[str, Any]:
    """What is to be said of a rule at `now`."""
    window = mute.window_at(now)
    once = mute.rule.once if mute.rule else None
    state = "active" if window else "over" if mute.is_over(now) else "scheduled"
    return {
        "name": mute.name,
        "state": state,
        "ends": window[1].isoformat() if window else None,
        "ends_in": words(window[1] - now) if window else None,
        "starts": once.isoformat() if once and state == "scheduled" else None,
        "schedule": mute.schedule,
        "why": mute.why,
        "owner": mute.owner,
        "alarms": list(mute.alarm_names),
        "in_alarm": sorted(in_alarm & set(mute.alarm_names)) if window else [],
    }


def as_text(entries: Sequence[Mapping[str, Any]]) -> str:
    """A paragraph for each rule; those that end first come first."""
    if not entries:
        return "nothing is muted"
    return "\n\n".join("\n".join(_lines(one)) for one in entries)


def as_json(entries: Sequence[Mapping[str, Any]]) -> str:
    """The entries as a list."""
    return json.dumps(list(entries), indent=2, ensure_ascii=False)


FORMATS = {"text": as_text, "json": as_json}


def _lines(one: Mapping[str, Any]) -> list[str]:
    told = {
        "active": f"active, ends in {one['ends_in']} ({one['ends']})",
        "scheduled": f"begins {one['starts']}" if one["starts"] else "not now",
        "over": "over",
    }[one["state"]]
    owner = one["owner"] or "nobody named: not made by alarmctl"
    lines = [
        f"{one['name']}: {told}",
        f"  why: {one['why'] or 'no reason given'}",
        f"  owner: {owner}",
        f"  schedule: {one['schedule']}",
        f"  {listed(one['alarms'], 'alarm')}",
    ]
    if one["in_alarm"]:
        lines.append(f"  in ALARM now, told when the mute ends: {', '.join(one['in_alarm'])}")
    return lines


def listed(names: Sequence[str], noun: str) -> str:
    """`2 alarms: api-5xx, api-cpu`, cut after ten."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    plural = "" if len(names) == 1 else "s"
    return f"{len(names)} {noun}{plural}: {', '.join(names[:SHOWN])}{more}"


def muted(rules: Sequence[Mapping[str, Any]], when: Window, in_alarm: set[str], *, dry: bool) -> str:
    """What was done, or would be done in a dry run."""
    names = [name for rule in rules for name in rule["MuteTargets"]["AlarmNames"]]
    why, owner = explained(rules[0]["Description"])
    verb = "would mute" if dry else "muted"
    lines = [
        f"{verb} {listed(names, 'alarm')}",
        f"  from {when.start:%Y-%m-%d %H:%M} to {when.end:%Y-%m-%d %H:%M} UTC ({words(when.length)})",
        f"  why: {why}; owner: {owner}",
        f"  mute rules: {', '.join(rule['Name'] for rule in rules)}",
    ]
    if in_alarm:
        lines.append(f"  already in ALARM, told again when the mute ends: {', '.join(sorted(in_alarm))}")
    if not dry:
        lines.append(f"  end it early: alarmctl mute end {' '.join(rule['Name'] for rule in rules)}")
    return "\n".join(lines)
