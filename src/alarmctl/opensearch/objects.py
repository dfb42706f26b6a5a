"""What a domain for logs needs inside: each thing's place and content, made from a few settings.

https://docs.opensearch.org/docs/latest/im-plugin/ism/policies/ and, beside it, index-templates; the security
plugin's API (roles, rolesmapping); saved objects of OpenSearch Dashboards.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PRIORITY = 100  # over templates that others made without one


@dataclass(frozen=True)
class Settings:
    """`prefix`: how the indices begin, as index_prefix of log_pipeline; `keep_days`: then they are deleted.

    `writer_role_arn`: Firehose's role; empty leaves its rights out.
    """

    prefix: str = "logs"
    keep_days: int = 30
    replicas: int = 1
    shards: int = 1
    writer_role_arn: str = ""

    @property
    def pattern(self) -> str:
        """The indices, one for each day: `logs-2026-03-02`."""
        return f"{self.prefix}-*"

    @property
    def policy_id(self) -> str:
        """Id of the retention policy."""
        return f"{self.prefix}-retention"


def policy(settings: Settings) -> dict[str, Any]:
    """Delete an index `keep_days` after it was made. New indices take it by `ism_template`."""
    return {
        "policy": {
            "description": f"Deletes {settings.pattern} after {settings.keep_days} days.",
            "default_state": "kept",
            "states": [
                {
                    "name": "kept",
                    "actions": [],
                    "transitions": [
                        {"state_name": "deleted", "conditions": {"min_index_age": f"{settings.keep_days}d"}}
                    ],
                },
                {"name": "deleted", "actions": [{"delete": {}}], "transitions": []},
            ],
            "ism_template": [{"index_patterns": [settings.pattern], "priority": PRIORITY}],
        }
    }


def template(settings: Settings) -> dict[str, Any]:
    """Times as times, levels and names as words, messages as text; numbers as the index is given them.

    The index's settings are texts, since so the domain shows them again.
    """
    keyword = {"type": "keyword", "ignore_above": 1024}
    return {
        "index_patterns": [settings.pattern],
        "priority": PRIORITY,
        "template": {
            "settings": {
                "index": {
                    "number_of_shards": str(settings.shards),
                    "number_of_replicas": str(settings.replicas),
                    "refresh_interval": "10s",
                    # One application's strange fields must not make the others' lines be rejected.
                    "mapping": {"total_fields": {"limit": "2000"}, "ignore_malformed": "true"},
                }
            },
            "mappings": {
                "dynamic_templates": [
                    {"words": {"match_mapping_type": "string", "mapping": keyword}},
                ],
                "properties": {
                    "@timestamp": {"type": "date"},
                    "timestamp": {"type": "date"},
                    "time": {"type": "date"},
                    "level": keyword,
                    "logger": keyword,
                    "message": {"type": "text"},
                    "log": {"type": "text"},  # a line that FireLens could not take apart
                    "exception": {"type": "text"},
                },
            },
        },
    }


def writer(settings: Settings) -> dict[str, Any]:
    """The role that Firehose needs to write with fine-grained access.

    https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html
    """
    return {
        "cluster_permissions": ["cluster_composite_ops", "cluster_monitor"],
        "index_permissions": [
            {
                "index_patterns": [settings.pattern],
                "allowed_actions": ["create_index", "manage", "crud"],
            }
        ],
    }


def mapping(settings: Settings) -> dict[str, Any]:
    """Firehose's role of IAM has that role."""
    return {"backend_roles": [settings.writer_role_arn]}


def saved_objects(settings: Settings) -> Mapping[tuple[str, str], dict[str, Any]]:
    """An index pattern, errors, lines by level, and a dashboard of both, by type and id."""
    prefix = settings.prefix
    source = {"name": "kibanaSavedObjectMeta.searchSourceJSON.index", "type": "index-pattern", "id": prefix}
    return {
        ("index-pattern", prefix): {
            "attributes": {"title": settings.pattern, "timeFieldName": "time"},
            "references": [],
        },
        ("search", f"{prefix}-errors"): {
            "attributes": {
                "title": f"{prefix}: errors",
                "columns": ["level", "logger", "message"],
                "sort": [["time", "desc"]],
                "kibanaSavedObjectMeta": _search("level:(ERROR or CRITICAL or FATAL)"),
            },
            "references": [source],
        },
        ("visualization", f"{prefix}-levels"): {
            "attributes": {
                "title": f"{prefix}: lines by level",
                "visState": json.dumps(_levels(f"{prefix}: lines by level"), sort_keys=True),
                "uiStateJSON": "{}",
                "kibanaSavedObjectMeta": _search(""),
            },
            "references": [source],
        },
        ("dashboard", prefix): {
            "attributes": {
                "title": f"{prefix}: lines and errors",
                "panelsJSON": json.dumps(_panels(), sort_keys=True),
                "optionsJSON": "{}",
                "timeRestore": False,
                "kibanaSavedObjectMeta": {"searchSourceJSON": "{}"},
            },
            "references": [
                {"name": "panel_0", "type": "visualization", "id": f"{prefix}-levels"},
                {"name": "panel_1", "type": "search", "id": f"{prefix}-errors"},
            ],
        },
    }


def _search(query: str) -> dict[str, str]:
    source = {
        "query": {"language": "kuery", "query": query},
        "filter": [],
        "indexRefName": "kibanaSavedObjectMeta.searchSourceJSON.index",
    }
    return {"searchSourceJSON": json.dumps(source, sort_keys=True)}


def _levels(title: str) -> dict[str, Any]:
    return {
        "title": title,
        "type": "histogram",
        "params": {"type": "histogram", "addTooltip": True, "addLegend": True, "legendPosition": "right"},
        "aggs": [
            {"id": "1", "enabled": True, "type": "count", "schema": "metric", "params": {}},
            {
                "id": "2",
                "enabled": True,
                "type": "date_histogram",
                "schema": "segment",
                "params": {"field": "time", "interval": "auto"},
            },
            {
                "id": "3",
                "enabled": True,
                "type": "terms",
                "schema": "group",
                "params": {"field": "level", "size": 6, "order": "desc", "orderBy": "1"},
            },
        ],
    }


def _panels() -> list[dict[str, Any]]:
    return [
        {
            "panelIndex": str(place),
            "panelRefName": f"panel_{place}",
            "embeddableConfig": {},
            "gridData": {"x": 0, "y": 15 * place, "w": 48, "h": 15 + 5 * place, "i": str(place)},
        }
        for place in range(2)
    ]
