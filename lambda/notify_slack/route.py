"""Decide whether an alert is posted, how urgent it is, where it goes and whom it mentions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notify_slack import rules
from notify_slack.dress import Template
from notify_slack.enrich import topic_severity
from notify_slack.model import Alert, Drop, Dropped, Route, Routed, Severity, Status

if TYPE_CHECKING:
    from notify_slack.config import Config, Policy
    from notify_slack.rules import Rule

# Whom a state concerns enough to be mentioned.
MENTIONS = {Status.FIRING: True, Status.RESOLVED: False, Status.NO_DATA: False, Status.NOTICE: True}

_LAST = rules.Rule(rules.DEFAULT)


def route(alert: Alert, config: Config, *, was_firing: bool) -> Routed | Dropped:
    """Where an alert goes. `was_firing`: the channel still shows this alarm as firing."""
    arrived = topic_severity(alert, config) or alert.suggested or Severity.WARNING
    severity = config.kinds.get(alert.kind, Template()).severity or arrived
    rule, why = _first(alert, severity, config)
    severity = rule.severity or severity
    taken = Route(rule.name, why, rule.webhook_parameter, rule.channel)
    if rule.drop:
        return Dropped(alert, f"rule {rule.name}: {rule.drop}", severity, taken)
    policy = config.policies[severity]
    silence = _silence(alert, policy, was_firing=was_firing)
    if silence:
        return Dropped(alert, silence, severity, taken)
    mention = policy.mention if rule.mention is None else rule.mention
    return Routed(alert, severity, mention if MENTIONS[alert.status] else "", taken, arrived)


def _first(alert: Alert, severity: Severity, config: Config) -> tuple[Rule, str]:
    """The first rule that matches; the last one always does."""
    alias = config.accounts.get(alert.account, "")
    for rule in config.rules:
        why = rules.match(rule, alert, severity, alias)
        if why is not None:
            return rule, why
    return _LAST, "no other rule matches" if config.rules else "there are no rules"


def _silence(alert: Alert, policy: Policy, *, was_firing: bool) -> Drop | None:
    """Why a state of this severity is not announced, or None when it is."""
    if alert.status is Status.NO_DATA and not policy.announce_insufficient_data:
        return Drop.NO_DATA_OFF
    if alert.status is not Status.RESOLVED:
        return None
    if not policy.announce_ok:
        return Drop.OK_OFF
    from_no_data = alert.facts is not None and alert.facts.previous_state == "INSUFFICIENT_DATA"
    if from_no_data and not was_firing and not policy.announce_insufficient_data:
        return Drop.FIRST_DATA
    return None
