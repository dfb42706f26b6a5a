"""Decide whether an alert is posted, how urgent it is, and whom it mentions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notify_slack.enrich import topic_severity
from notify_slack.model import Alert, Drop, Routed, Severity, Status

if TYPE_CHECKING:
    from notify_slack.config import Config


def route(alert: Alert, config: Config, *, was_firing: bool) -> Routed | Drop:
    """Where an alert goes. `was_firing`: the channel still shows this alarm as firing."""
    severity = topic_severity(alert, config) or alert.suggested or Severity.WARNING
    policy = config.policies[severity]
    if alert.status is Status.NO_DATA and not policy.announce_insufficient_data:
        return Drop.NO_DATA_OFF
    if alert.status is Status.RESOLVED and not policy.announce_ok:
        return Drop.OK_OFF
    from_no_data = alert.facts is not None and alert.facts.previous_state == "INSUFFICIENT_DATA"
    if (
        alert.status is Status.RESOLVED
        and from_no_data
        and not was_firing
        and not policy.announce_insufficient_data
    ):
        return Drop.FIRST_DATA
    return Routed(alert, severity, policy.mention if alert.status is Status.FIRING else "")
