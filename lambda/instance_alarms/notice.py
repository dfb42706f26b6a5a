"""What changed, in one message for the info channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from instance_alarms import names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from instance_alarms.config import Config
    from instance_alarms.model import Changes

OWNERS_SHOWN = 10
PROBLEMS_SHOWN = 5
SUBJECT_CHARS = 100


def message(changes: Changes, config: Config) -> dict[str, str]:
    """Subject and Message of SNS's Publish."""
    lines = [
        *_line("created", sorted(changes.creates), config),
        *_line(
            "changed", [alarm.name for alarm in changes.puts if alarm.name not in changes.creates], config
        ),
        *_line("removed", changes.deletes, config),
        *_line("muted", changes.silent, config),
        *_line("unmuted", changes.loud, config),
        *changes.problems[:PROBLEMS_SHOWN],
    ]
    if len(changes.problems) > PROBLEMS_SHOWN:
        lines.append(f"… and {len(changes.problems) - PROBLEMS_SHOWN} more in the function's log.")
    return {"Subject": f"{config.name}: alarms of instances"[:SUBJECT_CHARS], "Message": "\n".join(lines)}


def _line(what: str, many: Iterable[str], config: Config) -> list[str]:
    counts: dict[str, int] = {}
    for name in many:
        parsed = names.parse(config.name, name)
        owner = parsed.owner if parsed else name
        counts[owner] = counts.get(owner, 0) + 1
    if not counts:
        return []
    shown = [f"{owner} ({count})" for owner, count in list(counts.items())[:OWNERS_SHOWN]]
    more = len(counts) - OWNERS_SHOWN
    return [f"{sum(counts.values())} {what}: {', '.join(shown)}{f' and {more} more' if more > 0 else ''}."]
