"""The alarms and mute rules of an account and Region."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import boto3
import botocore

from alarms.model import DefinitionError
from alarms.mute import MAX_TARGETS, from_put_alarm_mute_rule
from alarms.mute_window import MuteError, explained

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from alarms.mute import MuteRule
    from alarms.scheduled_change import Change

KINDS = ["MetricAlarm", "CompositeAlarm"]
# The stack's own health: a pattern never takes them, since their silence would hide that alerting is broken.
OWN_HEALTH = "operations-"
LITERAL = re.compile(r"[^*?\[]*")


@dataclass(frozen=True)
class Mute:
    """A mute rule of the account; `rule` is None where its schedule is in a form that we do not know."""

    name: str
    why: str
    owner: str
    alarm_names: tuple[str, ...]
    schedule: str
    rule: MuteRule | None

    def window_at(self, at: datetime) -> tuple[datetime, datetime] | None:
        """The window that holds `at`."""
        return self.rule.window_at(at) if self.rule else None

    def is_over(self, at: datetime) -> bool:
        """Whether it will never mute again."""
        if self.rule is None:
            return False
        expired = self.rule.expire_date is not None and self.rule.expire_date <= at
        return expired or (self.rule.once is not None and self.rule.once + self.rule.duration <= at)


class Account:
    """CloudWatch of one account and Region. Raises MuteError where boto3 is too old to mute."""

    def __init__(self, cloudwatch: Any, sts: Any = None) -> None:
        self._cloudwatch = cloudwatch
        self._sts = sts
        if not hasattr(cloudwatch, "put_alarm_mute_rule"):
            raise MuteError(
                f"botocore {botocore.__version__} does not know PutAlarmMuteRule yet. "
                "Upgrade it: pip install --upgrade boto3."
            )

    @classmethod
    def of(cls, region: str | None) -> Account:
        """The account of the credentials in use."""
        session = boto3.Session(region_name=region)
        return cls(session.client("cloudwatch"), session.client("sts"))

    def caller(self) -> str:
        """Who the credentials belong to: a user's name, or a role's with its session's."""
        arn: str = self._sts.get_caller_identity()["Arn"]
        return arn.rpartition(":")[2].removeprefix("user/").removeprefix("assumed-role/")

    def matching(self, patterns: Sequence[str]) -> list[str]:
        """The names of the alarms that the patterns name, each once, in order.

        A pattern has * ? [seq], or is a name. Raises MuteError naming a pattern that matches nothing.
        """
        found: set[str] = set()
        for pattern in patterns:
            literal = LITERAL.match(pattern)
            names = {
                alarm["AlarmName"]
                for alarm in self._alarms(AlarmNamePrefix=literal[0] if literal else "")
                if _matches(alarm["AlarmName"], pattern)
            }
            if not names:
                raise MuteError(f"No alarm is named {pattern}. List them: aws cloudwatch describe-alarms.")
            found |= names
        return sorted(found)

    def watching(self, change: Change) -> list[str]:
        """The names of the metric alarms with one of the change's entities among their dimensions."""
        return sorted(
            alarm["AlarmName"]
            for alarm in self._alarms()
            if change.concerns(alarm) and not alarm["AlarmName"].startswith(OWN_HEALTH)
        )

    def in_alarm(self, names: Sequence[str]) -> set[str]:
        """Those of the alarms that are in ALARM now."""
        chunks = [names[first : first + MAX_TARGETS] for first in range(0, len(names), MAX_TARGETS)]
        return {
            alarm["AlarmName"]
            for chunk in chunks
            for alarm in self._alarms(AlarmNames=list(chunk), StateValue="ALARM")
        }

    def mutes(self) -> list[Mute]:
        """Every mute rule."""
        pages = self._cloudwatch.get_paginator("list_alarm_mute_rules").paginate()
        names = [
            summary["AlarmMuteRuleArn"].rpartition(":")[2]
            for page in pages
            for summary in page.get("AlarmMuteRuleSummaries", ())
        ]
        return [_mute(self._cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName=name)) for name in sorted(names)]

    def put(self, rule: Mapping[str, Any]) -> None:
        """Make the rule, or replace the one of its name."""
        self._cloudwatch.put_alarm_mute_rule(**rule)

    def end(self, name: str) -> None:
        """Delete the rule: CloudWatch then runs the actions of its alarms that are in ALARM.

        Source: API reference, DeleteAlarmMuteRule.
        """
        self._cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName=name)

    def _alarms(self, **chosen: Any) -> Iterator[Mapping[str, Any]]:
        parameters = {key: value for key, value in chosen.items() if value}
        for page in self._cloudwatch.get_paginator("describe_alarms").paginate(
            AlarmTypes=KINDS, **parameters
        ):
            yield from page.get("MetricAlarms", ())
            yield from page.get("CompositeAlarms", ())


def _matches(name: str, pattern: str) -> bool:
    return name == pattern or (fnmatchcase(name, pattern) and not name.startswith(OWN_HEALTH))


def _mute(answer: Mapping[str, Any]) -> Mute:
    known = ("Name", "Rule", "MuteTargets", "StartDate", "ExpireDate")
    schedule = answer["Rule"]["Schedule"]
    try:
        rule = from_put_alarm_mute_rule({key: answer[key] for key in known if key in answer})
    except DefinitionError:
        rule = None
    why, owner = explained(answer.get("Description", ""))
    return Mute(
        answer["Name"],
        why,
        owner,
        tuple((answer.get("MuteTargets") or {}).get("AlarmNames", ())),
        f"{schedule['Expression']} {schedule['Duration']} {schedule.get('Timezone', 'UTC')}",
        rule,
    )
