"""`alarmctl dashboard`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alarmctl.dashboard import page
from alarmctl.dashboard.body import problems
from alarmctl.dashboard.reading import InputError, dashboards

if TYPE_CHECKING:
    from collections.abc import Mapping

EPILOG = """\
FILE is what `terraform show -json PLANFILE` prints (a state's, too), the body of a dashboard, the answer of
GetDashboard, or - for standard input. Neither AWS nor a network is asked.

  terraform plan -out plan && terraform show -json plan > plan.json
  alarmctl dashboard plan.json --format html --output dashboard.html

Exit codes: 0 fine, 1 CloudWatch would not take it as it is, 2 wrong usage or unreadable input.
"""


def register(subparsers: Any) -> None:
    """Add `dashboard` to the command line."""
    parser = subparsers.add_parser(
        "dashboard",
        help="check a CloudWatch dashboard, and draw what it will look like",
        description="Check a CloudWatch dashboard, and draw what it will look like.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", help="a Terraform plan, a dashboard's body, or -")
    parser.add_argument("--name", help="only the dashboard of this name")
    parser.add_argument("--format", choices=sorted(FORMATS), default="text")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there, not to standard output")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 fine, 1 a body that CloudWatch would not take, 2 input that cannot be read."""
    try:
        bodies = dashboards(options.file, options.name)
    except InputError as error:
        print(f"alarmctl dashboard: {error}", file=sys.stderr)
        return 2
    found = [f"{name}: {problem}" for name, body in bodies.items() for problem in problems(body)]
    for problem in found:
        print(problem, file=sys.stderr)
    if found and options.format == "html":  # what is unsound cannot be drawn
        return 1
    shown = FORMATS[options.format](bodies) + "\n"
    try:
        if options.output is None:
            sys.stdout.write(shown)
        else:
            options.output.write_text(shown, encoding="utf-8")
    except OSError as error:
        print(f"alarmctl dashboard: {options.output}: {error.strerror or error}.", file=sys.stderr)
        return 2
    return 1 if found else 0


def as_text(bodies: Mapping[str, Any]) -> str:
    """The widgets from top to bottom, one line each."""
    return "\n\n".join("\n".join([name, *_outline(body)]) for name, body in bodies.items())


def as_json(bodies: Mapping[str, Any]) -> str:
    """The bodies by name."""
    return json.dumps(bodies, indent=2, ensure_ascii=False)


FORMATS = {"text": as_text, "json": as_json, "html": page.render}


def _outline(body: Any) -> list[str]:
    widgets = body.get("widgets") if isinstance(body, dict) else None
    lines = []
    for widget in widgets if isinstance(widgets, list) else ():
        properties = widget.get("properties") if isinstance(widget, dict) else None
        if isinstance(properties, dict):
            lines.append(f"  {widget.get('type', '?'):7}{_told(properties)}")
    return lines


def _told(properties: Mapping[str, Any]) -> str:
    if "markdown" in properties:
        return str(properties["markdown"]).partition("\n")[0]
    title = str(properties.get("title", "(no title)"))
    if isinstance(properties.get("alarms"), list):
        return f"{title}: {len(properties['alarms'])}"
    annotations = properties.get("annotations")
    lines = annotations.get("horizontal") if isinstance(annotations, dict) else None
    labels = [str(line.get("label", "")) for line in lines or () if isinstance(line, dict)]
    return title + (f": {', '.join(labels)}" if labels else "")
