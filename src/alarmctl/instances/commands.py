"""`alarmctl instances --plan`: what the function would change, without a change."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alarmctl import account

if TYPE_CHECKING:
    from instance_alarms.config import Config
    from instance_alarms.model import Changes

EPILOG = """\
  alarmctl instances --plan --name acme-production
  alarmctl instances --plan --name acme-production --instance i-0123456789abcdef0
  alarmctl instances --plan --name acme-production --config instances.json

The settings are those of the function NAME-instance-alarms; --config gives others, or those of one that is
not there yet, as the JSON object that Terraform would give it. Only Describe and List calls are made.

Exit codes: 0 nothing would change, 1 something would, or AWS could not be asked, 2 wrong usage.
"""


def register(subparsers: Any) -> None:
    """Add `instances` to the command line."""
    parser = subparsers.add_parser(
        "instances",
        help="what instances would get or lose of their alarms",
        description="Show what the function for instances' alarms would do in an account, without doing it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    account.add_arguments(parser)
    parser.add_argument("--plan", action="store_true", required=True, help="show; nothing else can be done")
    parser.add_argument("--instance", metavar="ID", help="this one alone (default: the whole account)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the function's settings as JSON")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 nothing would change, 1 something would or AWS could not be asked, 2 wrong usage."""
    from instance_alarms.errors import ConfigError, InstanceAlarmsError  # noqa: PLC0415  --help needs none

    where = account.from_options(options)
    try:
        settings = read_config(options, where)
        changes = survey(where, settings, options.instance)
    except (ConfigError, OSError) as error:
        print(f"alarmctl instances: {error}", file=sys.stderr)
        return 2
    except (InstanceAlarmsError, account.AccountError) as error:
        print(f"alarmctl instances: {error}", file=sys.stderr)
        return 1
    print(json.dumps(as_json(changes), indent=2) if options.format == "json" else as_text(changes))
    return 1 if changes else 0


def read_config(options: argparse.Namespace, where: account.Account) -> Config:
    """The settings of a file, or of the deployed function. Raises ConfigError, OSError, AccountError."""
    from instance_alarms import config  # noqa: PLC0415  as above

    if options.config:
        return config.from_json(options.config.read_text(encoding="utf-8"))
    function = f"{where.name}-instance-alarms"
    try:
        found = where.client("lambda").get_function_configuration(FunctionName=function)
    except account.AWS_ERRORS as error:
        if account.is_missing(error):
            raise account.AccountError(
                f"There is no function {function} here. Apply instance_alarms first, or give --config."
            ) from None
        raise account.AccountError(
            f"The settings of {function} cannot be read ({account.word(error)}). Give --config, or the right "
            "lambda:GetFunctionConfiguration."
        ) from None
    return config.from_json(
        found.get("Environment", {}).get("Variables", {}).get("INSTANCE_ALARMS_CONFIG", "")
    )


def survey(where: account.Account, settings: Config, id_: str | None) -> Changes:
    """The changes. Raises InstanceAlarmsError, AccountError."""
    from instance_alarms import templates  # noqa: PLC0415  as above
    from instance_alarms.model import Instance  # noqa: PLC0415  as above
    from instance_alarms.read import Account  # noqa: PLC0415  as above
    from instance_alarms.survey import Survey  # noqa: PLC0415  as above

    reader = Account(where.client)
    plan = Survey(reader, templates.changed(templates.shipped(), settings.alarms), settings)
    if id_ is None:
        return plan.of_account()
    return plan.of_instance(reader.instances([id_]).get(id_) or Instance(id_, "terminated"))


def as_json(changes: Changes) -> dict[str, Any]:
    """The changes for a program."""
    return {
        "create": [dict(alarm.settings) for alarm in changes.puts if alarm.name in changes.creates],
        "change": [dict(alarm.settings) for alarm in changes.puts if alarm.name not in changes.creates],
        "delete": list(changes.deletes),
        "mute": list(changes.silent),
        "unmute": list(changes.loud),
        "problems": list(changes.problems),
    }


def as_text(changes: Changes) -> str:
    """One line for each alarm, then what it comes to."""
    marks = {alarm.name: "+" if alarm.name in changes.creates else "~" for alarm in changes.puts}
    lines = [
        *(f"{marks[alarm.name]} {alarm.name}  {_told(alarm.settings)}" for alarm in changes.puts),
        *(f"- {name}" for name in changes.deletes),
        *(f"m {name}" for name in changes.silent),
        *(f"u {name}" for name in changes.loud),
        *(f"! {problem}" for problem in changes.problems),
    ]
    created = len(changes.creates)
    lines.append(
        f"{created} to create, {len(changes.puts) - created} to change, {len(changes.deletes)} to delete, "
        f"{len(changes.silent)} to mute, {len(changes.loud)} to unmute; {len(changes.problems)} problems."
    )
    return "\n".join(lines)


SIGNS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": "≥",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
}


def _told(settings: Any) -> str:
    metric = settings.get("MetricName") or settings["Metrics"][-1]["Expression"]
    heard = ", ".join(arn.rsplit(":", 1)[-1] for arn in settings["AlarmActions"]) or "nobody"
    return f"{metric} {SIGNS[settings['ComparisonOperator']]} {settings['Threshold']:g} → {heard}"
