"""Draw every kind of message: docs/messages.html, the list of kinds in docs/messages.md and in Terraform.

The events are the tests' own; the page is how a person sees what a change does to the messages.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alarmctl.slack.message import Message
from alarmctl.slack.page import Channel, render_page
from notify_slack import config, events, pipeline
from notify_slack.events import generic, text

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/messages.html"
MANUAL = ROOT / "docs/messages.md"
KINDS = ROOT / "terraform/modules/slack_notifier/kinds.json"
EXAMPLES = ROOT / "tests/notify_slack/messages"
FIXTURES = ROOT / "tests/notify_slack/events"

# Between these lines of docs/messages.md stands what is generated.
BEGIN, END = "<!-- kinds: begin -->\n", "<!-- kinds: end -->\n"
FIRST = ("alarm", "health", "ecs_task", "ecs", "ec2", "autoscaling", "rds")  # the others follow by name
RECEIVED_AT = datetime(2026, 3, 2, 10, 16, tzinfo=UTC)
TOPICS = "arn:aws:sns:eu-west-1:123456789012:acme-production"
SETTINGS: Mapping[str, Any] = {
    "name": "acme-production",
    "topics": {f"{TOPICS}-{severity}": severity for severity in ("critical", "warning", "info")},
    "severities": {"critical": {"mention": "@here", "announce_insufficient_data": True}},
    "accounts": {"123456789012": "acme"},
    "mute_command": True,
}


def page() -> str:
    """Every example and fixture as Slack shows it, each under its name."""
    settings = config.from_json(json.dumps(SETTINGS), environment="production")
    bodies = [
        (path.stem, body)
        for path in _files()
        for body in pipeline.explain(json.loads(path.read_text("utf-8")), settings).requests
    ]
    messages = (
        Message(number, RECEIVED_AT, body, heading=name) for number, (name, body) in enumerate(bodies, 1)
    )
    return render_page(messages, channel=Channel(workspace="Every message", name="alerts")) + "\n"


def manual(text_before: str) -> str:
    """docs/messages.md with its table of kinds renewed."""
    before, rest = text_before.split(BEGIN)
    return before + BEGIN + _table() + END + rest.split(END)[1]


def kinds() -> str:
    """The kinds as Terraform reads them."""
    return json.dumps(list(events.NAMES), indent=2) + "\n"


def written() -> dict[Path, str]:
    """All that is generated, by file."""
    return {PAGE: page(), MANUAL: manual(MANUAL.read_text("utf-8")), KINDS: kinds()}


def main() -> int:
    """Write what differs."""
    for path, content in written().items():
        if not path.exists() or path.read_text("utf-8") != content:
            path.write_text(content, "utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 0


def _files() -> list[Path]:
    examples = sorted(EXAMPLES.glob("*.json"))
    shown = {path.stem for path in examples}
    fixtures = (path for path in sorted(FIXTURES.glob("*.json")) if path.stem not in shown)
    return sorted([*examples, *fixtures], key=_order)


def _order(path: Path) -> tuple[int, str, bool, str]:
    kind = path.stem.partition("-")[0]
    place = FIRST.index(kind) if kind in FIRST else len(FIRST)
    return place, kind, path.parent != EXAMPLES, path.stem


def _table() -> str:
    rows = [f"| `{name}` | {said} |" for name, said in _sayings()]
    return "\n".join(["| kind | what |", "|---|---|", *rows]) + "\n"


def _sayings() -> Iterator[tuple[str, str]]:
    said: dict[str, list[str]] = defaultdict(list)
    for module in (*events.MODULES, generic, text):
        said[module.NAME].append((module.__doc__ or "").strip().partition("\n")[0].rstrip("."))
    said[generic.CUSTOM] = ["JSON that is no event of AWS"]
    said[generic.NAME] = ["An event of AWS that no parser claims"]
    for name in events.NAMES:
        yield name, "; ".join(said[name])


if __name__ == "__main__":
    sys.exit(main())
