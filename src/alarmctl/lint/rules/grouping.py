"""ALM023 and ALM024: composite alarms and mute rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from alarmctl.lint.model import Alarm, MuteRule, Severity
from alarmctl.lint.rules.base import Found, Rule, View
from alarms import rules as composite_rules
from alarms.model import AlarmError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_MUTED = 100
MAX_MUTE_SECONDS = 15 * 86_400
DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)
SECONDS = {"days": 86_400, "hours": 3600, "minutes": 60, "seconds": 1}


def composites(view: View) -> Iterator[Found]:
    for alarm in view.composites:
        if alarm.rule is None:
            continue
        try:
            children = composite_rules.children(composite_rules.parse(alarm.rule))
        except AlarmError as error:
            yield Found(alarm, f"{error}.", "Correct the rule.")
            continue
        yield from _places(alarm, children)
        if alarm.name in {child.rpartition(":alarm:")[2] for child in children}:
            yield Found(alarm, "The rule mentions the alarm itself.", "Take it out.")


def _places(alarm: Alarm, children: tuple[str, ...]) -> Iterator[Found]:
    homes = {(parts[3], parts[4]) for child in children if len(parts := child.split(":")) > 6}
    if alarm.region and alarm.account:
        homes.add((alarm.region, alarm.account))
    elif alarm.region:
        homes |= {(alarm.region, account) for _, account in homes}
    if len(homes) > 1:
        places = " and ".join(f"{region} of {account}" for region, account in sorted(homes))
        yield Found(
            alarm,
            f"The rule reaches over {places}.",
            "A composite alarm reads alarms of its own account and Region.",
        )


def mutes(view: View) -> Iterator[Found]:
    existing = {alarm.name for alarm in view.stack.alarms} if view.stack.complete else None
    for rule in view.stack.mute_rules:
        if len(rule.alarm_names) > MAX_MUTED:
            yield Found(
                rule, f"{len(rule.alarm_names)} alarms; a mute rule takes {MAX_MUTED}.", "Split the rule."
            )
        yield from _length(rule)
        gone = [name for name in rule.alarm_names if existing is not None and name not in existing]
        if gone:
            yield Found(
                rule, f"No alarm is called {', '.join(gone)}.", "Correct the names.", Severity.WARNING
            )


def _length(rule: MuteRule) -> Iterator[Found]:
    if rule.duration is None:
        return
    match = DURATION.fullmatch(rule.duration)
    seconds = sum(int(n) * SECONDS[unit] for unit, n in match.groupdict().items() if n) if match else None
    if seconds is None or not SECONDS["minutes"] <= seconds <= MAX_MUTE_SECONDS:
        yield Found(rule, f"A mute window of {rule.duration} is not possible.", "Use PT1M to P15D.")


RULES = (
    Rule(
        "ALM023",
        Severity.ERROR,
        "A composite alarm that CloudWatch refuses",
        "A composite alarm reads at most 100 alarms, all of its own account and Region, by a rule in "
        "CloudWatch's own grammar.",
        "Correct the rule, or build it in steps.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html",
        composites,
    ),
    Rule(
        "ALM024",
        Severity.ERROR,
        "A mute rule that does not mute",
        "A mute rule names at most 100 alarms, each by its exact name, for one minute to fifteen days.",
        "Split it, shorten it, or correct the names.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html",
        mutes,
    ),
)
