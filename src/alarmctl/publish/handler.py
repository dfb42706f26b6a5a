"""The publisher as a Lambda function on a schedule, for SQL sources in a VPC.

Environment: CONFIG_PARAMETER, the name of the SSM parameter with the configuration; or CONFIG, its text.
The event may choose: `{"sources": ["active-sessions"]}`; without, all are asked.
"""

from __future__ import annotations

import dataclasses
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from alarmctl.publish.commands import complain, parameter, report
from alarmctl.publish.config import parse
from alarmctl.publish.errors import ConfigError
from alarmctl.publish.program import Program

if TYPE_CHECKING:
    from alarmctl.publish.publisher import Publisher

RESERVE_SECONDS = 5.0  # of the function's time, left to send what was measured


class NotSentError(Exception):
    """CloudWatch did not take the values; Lambda counts an error."""


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Ask the sources once. CollectorUp tells which failed; the call fails if something cannot be sent."""
    program, publisher = _program()
    names = {source.name for source in program.config.sources}
    chosen = set(event.get("sources") or names) if isinstance(event, dict) else names
    if unknown := sorted(chosen - names):
        raise ConfigError(f"No source {', '.join(unknown)}. Choose from {', '.join(sorted(names))}.")
    left = context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
    late = [one.name for one in program.config.sources if one.name in chosen and one.deadline_seconds > left]
    if late:
        raise ConfigError(
            f"{', '.join(late)}: deadline_seconds is longer than the {left:.0f} s that the function has. "
            f"Give it a timeout of the longest deadline and {RESERVE_SECONDS:g} s."
        )
    outcomes, flushed = program.once(publisher, lambda source: source.name in chosen)
    for outcome in outcomes:
        if outcome.problem:
            report("source", {"source": outcome.source.name, "up": False, "problem": outcome.problem})
    if flushed.waiting:
        raise NotSentError(f"CloudWatch did not take the values: {flushed.problem}")
    return {
        "sent": flushed.sent,
        "failed": [outcome.source.name for outcome in outcomes if outcome.problem],
    }


@cache
def _program() -> tuple[Program, Publisher]:
    """Made at the first call, and kept with what waits while the function is warm; no disk lasts longer."""
    name, text = os.environ.get("CONFIG_PARAMETER"), os.environ.get("CONFIG")
    if not name and not text:
        raise ConfigError("Set CONFIG_PARAMETER to the name of the SSM parameter with the configuration.")
    config = parse(text or parameter(str(name)))
    wrong = [source.name for source in config.sources if source.type != "sql"]
    if wrong:
        raise ConfigError(
            f"{', '.join(wrong)}: a Lambda function sees no host; it takes sources of type sql."
        )
    program = Program(dataclasses.replace(config, spool=""), complain)
    return program, program.publisher()
