"""`alarmctl diff`."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alarmctl.diff import comment
from alarmctl.diff.review import InputError, review
from alarmctl.lint.model import Severity
from alarmctl.lint.report import ORDER

if TYPE_CHECKING:
    from alarmctl.diff.comment import Review

EPILOG = """\
PLAN.json is what `terraform show -json PLANFILE` prints, of any Terraform code:

  terraform plan -out plan && terraform show -json plan > plan.json
  alarmctl diff plan.json

Exit codes: 0 fine, 1 a new lint finding at or above --fail-on, 2 wrong usage or unreadable input.
"""


def register(subparsers: Any) -> None:
    """Add `diff` to the command line."""
    parser = subparsers.add_parser(
        "diff",
        help="what a plan does to the alarms, as a pull request's comment",
        description="What a plan does to the alarms, with new lint findings, what stored history says, the "
        "cost, and the messages that they would send.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("plan", type=Path, metavar="PLAN.json", help="a plan in JSON")
    parser.add_argument(
        "--base",
        type=Path,
        metavar="BASE.json",
        help="compare with this plan, state or describe-alarms answer (default: the state before the plan)",
    )
    parser.add_argument(
        "--history",
        type=Path,
        metavar="DIR",
        help="replay the alarms, before and after, over what `alarmctl history fetch` stored",
    )
    parser.add_argument(
        "--name", default="alerting", help="what the sample messages call the stack (default: %(default)s)"
    )
    parser.add_argument("--limit", type=int, default=comment.COMMENT_CHARS, help="characters (%(default)s)")
    parser.add_argument(
        "--fail-on", choices=[s.value for s in Severity], default="warning", help="default: warning"
    )
    parser.add_argument("--format", choices=("md", "json"), default="md")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there, not to standard output")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 fine, 1 new findings, 2 input that cannot be read."""
    try:
        found = review(options.plan, options.base, history=options.history, name=options.name)
    except InputError as error:
        print(f"alarmctl diff: {error}", file=sys.stderr)
        return 2
    shown = comment.render(found, options.limit) if options.format == "md" else f"{as_json(found)}\n"
    try:
        if options.output is None:
            sys.stdout.write(shown)
        else:
            options.output.write_text(shown, encoding="utf-8")
    except OSError as error:
        print(f"alarmctl diff: {options.output}: {error.strerror or error}.", file=sys.stderr)
        return 2
    worst = ORDER[Severity(options.fail_on)]
    return 1 if any(ORDER[finding.severity] <= worst for finding in found.findings) else 0


def as_json(found: Review) -> str:
    """Everything, for programs."""
    document = {
        "changes": [
            {
                "kind": change.kind.value,
                "alarm": change.name,
                "summary": change.summary,
                "settings": [asdict(setting) for setting in change.settings],
                "cost_change": round(found.cost_by_name.get(change.name, 0.0), 2),
                "message": found.messages.get(change.name),
            }
            for change in found.changes
        ],
        "findings": [
            {
                "rule": f.rule,
                "severity": f.severity.value,
                "alarm": f.name,
                "message": f.message,
                "fix": f.fix,
            }
            for f in found.findings
        ],
        "mended_findings": found.mended,
        "cost_before": round(found.cost_before, 2),
        "cost_after": round(found.cost_after, 2),
        "history": None if found.trial is None else asdict(found.trial),
        "not_read": list(found.unread),
    }
    return json.dumps(document, indent=2, ensure_ascii=False)
