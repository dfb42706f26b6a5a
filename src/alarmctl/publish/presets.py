"""Sources that are complete but for what is the user's; what the configuration says wins over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONNECTION_STATES = ["established", "timewait", "finwait1", "finwait2"]

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "active-sessions": {
        "type": "sql",
        "namespace": "PythonWebMetric",
        "interval_seconds": 300,
        "query": (
            "SELECT COUNT(*) AS sessions FROM sessions WHERE last_activity > NOW() - INTERVAL '30 minutes'"
        ),
        "values": {"sessions": {"metric": "ActiveSessions", "unit": "Count"}},
        "dimension_sets": [["Machine"]],
    },
    "web-connections": {
        "type": "tcp",
        "namespace": "EC2:WEB-Services",
        "ports": [80, 443],
        "prefix": "http-cons-",
        "states": _CONNECTION_STATES,
    },
    "database-connections": {
        "type": "tcp",
        "namespace": "EC2:Database-Services",
        "ports": [3306],
        "prefix": "db-cons-",
        "states": _CONNECTION_STATES,
    },
    "host": {"type": "host"},
}
