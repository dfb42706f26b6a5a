"""The catalogue's entries for hosts, as the function `instance_alarms` reads them: templates of alarms."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from alarmctl.catalogue.model import Entry, Kind

# By entry, where the function finds its metric: EC2's own, an agent's, of a mount, of a Windows drive, or
# Container Insights.
SCOPES: Mapping[str, str] = {
    "ec2_status_system": "ec2",
    "ec2_status_instance": "ec2",
    "ec2_status_ebs": "ec2",
    "ec2_cpu_credit": "ec2",
    "cwa_mem": "host",
    "cwa_swap": "host",
    "cwa_heartbeat": "host",
    "cwa_disk": "disk",
    "cwa_inodes": "disk",
    "cwa_windows_disk": "windows",
    "cwa_windows_mem": "host",
    "cwa_windows_heartbeat": "host",
    "ecs_inst_mem": "container",
    "ecs_inst_disk": "container",
}
# A host that came by itself is warned of earlier than a disk that somebody wrote down.
EARLIER: Mapping[str, Mapping[str, Any]] = {
    "cwa_disk": {"thresholds": {"critical": 80, "warning": 60}, "datapoints": 2, "periods": 2},
    "cwa_windows_disk": {"thresholds": {"critical": 20, "warning": 40}, "datapoints": 2, "periods": 2},
    "ecs_inst_disk": {
        "thresholds": {"critical": 80, "warning": 60},
        "period": 300,
        "datapoints": 2,
        "periods": 2,
    },
}


def text(kinds: Iterable[Kind]) -> str:
    """The content of lambda/instance_alarms/templates.json."""
    entries = {id_: entry for kind in kinds for id_, entry in kind.alarms.items()}
    return json.dumps([_template(entries[id_], scope) for id_, scope in SCOPES.items()], indent=2) + "\n"


def _template(entry: Entry, scope: str) -> dict[str, Any]:
    return {
        "id": entry.id,
        "alarm": entry.alarm,
        "scope": scope,
        "says": entry.says,
        "needs": [need for need in entry.needs if need in ("nitro", "burstable")],
        "namespace": "" if scope in ("host", "disk", "windows") else entry.namespace,
        "metrics": {id_: [query.metric_name, query.stat] for id_, query in entry.metrics.items()}
        or {"m": [entry.metric_name, entry.statistic]},
        "expression": entry.expression,
        "label": entry.label,
        "period": entry.period,
        "datapoints": entry.datapoints_to_alarm,
        "periods": entry.evaluation_periods,
        "comparison": entry.comparison,
        "thresholds": {severity: entry.thresholds[severity] for severity in entry.severities},
        "unit": entry.unit,
        "missing": entry.missing,
        "runbook": entry.runbook,
        **EARLIER.get(entry.id, {}),
    }
