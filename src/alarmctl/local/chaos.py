"""`alarmctl local chaos`: a storm of alarms while Slack fails, and a count of what was lost.

The alarms are real ones of the local AWS, made for the run and deleted after it. Their changes take the
production path; only Slack is told to misbehave. What a reader of the channel can find of each change is
counted from the messages themselves.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
import time
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

import requests

from alarmctl.local import stack as stacks
from alarmctl.local.commands import bring_up, ending, stay, waiting
from alarmctl.local.progress import step
from alarmctl.local.stack import Stack, StackError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping, Sequence

PREFIX = "demo-local-chaos-"  # the stack's own, or its rules and its notifier would not take the alarms
CRITICAL_EVERY = 10
RESOLVED_SHARE = 0.5
RESOLVED_AFTER_SECONDS = (5.0, 20.0)
SETTLE_SECONDS = 240.0  # the notifier's longest own wait in an outage is a minute
TALLY_SECONDS = 1.0
# What a failing Slack does, by its share of the failures.
FAILURES: Sequence[tuple[float, Mapping[str, Any]]] = (
    (0.5, {"status": 503}),
    (0.3, {"status": 429, "retry_after": 1}),
    (0.2, {"reset": True}),
)
OUTAGE: Mapping[str, Any] = {"status": 503}

_NAME = re.compile(re.escape(PREFIX) + r"\d{4}")
_STATES = {"ALARM": "ALARM", "OK": "OK", "Resolved": "OK"}
# A mark says what is only told for completeness: "ALARM 04:39:26 (late, superseded)", "ALARM (late): name".
_STATE = re.compile(r"\b(ALARM|OK|Resolved)\b(?: \d\d:\d\d:\d\d)?( \([^)]*superseded[^)]*\))?")

Shown = tuple[str, str]  # alarm, state


@dataclass(frozen=True)
class Line:
    """One state of one alarm in a message; what is superseded is no last word."""

    alarm: str
    state: str
    superseded: bool = False


@dataclass(frozen=True)
class Change:
    """One state change to make: seconds from the start, which alarm, which state."""

    after: float
    alarm: str
    state: str


@dataclass(frozen=True)
class Tally:
    """What became of the changes that were made so far.

    `missing` are in no message: on their way while the queue holds any, lost once it is empty.
    """

    sent: int
    shown: int
    missing: tuple[Shown, ...]
    wrong: tuple[str, ...]
    again: int

    def counts(self, *, settled: bool) -> dict[str, int]:
        """As the page shows it."""
        missing = len(self.missing)
        return {
            "changes": self.sent,
            "in_the_channel": self.shown,
            "on_their_way": 0 if settled else missing,
            "lost": missing if settled else 0,
        }

    def as_json(self, *, settled: bool) -> dict[str, Any]:
        """The counts, and which alarms are behind those that should be 0."""
        return {
            **self.counts(settled=settled),
            "settled": settled,
            "wrong_final_state": list(self.wrong),
            "shown_again": self.again,
            "missing": [f"{name} {state}" for name, state in self.missing],
        }


def storm(alarms: int, over: float, chance: random.Random) -> list[Change]:
    """Every alarm fires once within `over` seconds; about half of them are OK again soon after."""
    made: list[Change] = []
    for number in range(alarms):
        name = f"{PREFIX}{number:04}"
        at = chance.uniform(0, over)
        made.append(Change(at, name, "ALARM"))
        if chance.random() < RESOLVED_SHARE:
            made.append(Change(at + chance.uniform(*RESOLVED_AFTER_SECONDS), name, "OK"))
    return sorted(made, key=lambda change: change.after)


def shown(bodies: Iterable[Mapping[str, Any]]) -> list[Line]:
    """The alarms and states that the messages show, in order; a digest has a line for each alarm."""
    return [line for body in bodies for line in _of_message(body)]


def _of_message(body: Mapping[str, Any]) -> list[Line]:
    text = str(body.get("text", ""))
    digest = [
        Line(name[0], _STATES[state], bool(mark))
        for line in [line for part in _texts(body) or [text] for line in part.splitlines()]
        if (name := _NAME.search(line))
        for state, mark in _STATE.findall(line[name.end() :])
    ]
    name, state = _NAME.search(text), _STATE.search(text)
    single = [Line(name[0], _STATES[state[1]], bool(state[2]))] if name and state else []
    return digest or single


def _texts(body: Mapping[str, Any]) -> list[str]:
    return [
        str(block["text"]["text"])
        for attachment in body.get("attachments", ())
        for block in attachment.get("blocks", ())
        if block.get("type") == "section" and "text" in block
    ]


def tally(made: Sequence[Change], lines: Sequence[Line]) -> Tally:
    """What of the changes is in the channel, and whether its last word on each alarm is right."""
    seen = Counter((line.alarm, line.state) for line in lines)
    last = {line.alarm: line.state for line in lines if not line.superseded}
    asked = Counter((change.alarm, change.state) for change in made)
    final = {change.alarm: change.state for change in made}
    return Tally(
        sent=asked.total(),
        shown=sum((asked & seen).values()),
        missing=tuple(sorted((asked - seen).elements())),
        wrong=tuple(sorted(name for name, state in last.items() if final.get(name, state) != state)),
        again=sum((seen - asked).values()),
    )


def run(options: argparse.Namespace) -> int:
    """Bring the stack up, storm it, count; 0 only if nothing was lost and no final state is wrong."""
    if options.format == "text":
        return _run(options, sys.stdout)
    with redirect_stdout(sys.stderr):  # progress is for a person; the JSON is printed alone
        return _run(options, sys.__stdout__ or sys.stdout)


def _run(options: argparse.Namespace, out: TextIO) -> int:
    found, _ = stacks.find(options.home)
    stack = bring_up(options, parent_pid=os.getpid())
    fine = False
    try:
        print(f"The channel is at {stack.page_url}\n", flush=True)
        fine = _storm(stack, options, out)
        if found is not None:
            print("The stack ran before, and is left running.")
        elif options.wait and options.format == "text":
            stay(stack)
    finally:
        if found is None and stacks.alive(stack.pid):
            stacks.stop(stack)
    return 0 if fine else 1


def _storm(stack: Stack, options: argparse.Namespace, out: TextIO) -> bool:
    changes = storm(options.alarms, options.over, random.Random(options.seed))  # noqa: S311 - reproducible on purpose
    names = sorted({change.alarm for change in changes})
    with step(f"making {len(names)} alarms"):
        _make(stack, names)
    try:
        seen = len(stack.call("GET", "messages"))
        before = stack.call("GET", "status")["slack"]
        print(
            f"Slack fails {options.fail:g} % of the requests, and all for {options.outage:g} s.", flush=True
        )
        began = time.monotonic()
        _play(stack, options, changes, seen)
        result, settled = _settle(stack, changes, seen)
        seconds = time.monotonic() - began
        after = stack.call("GET", "status")["slack"]
    finally:
        _calm(stack)
        stack.client("cloudwatch").delete_alarms(AlarmNames=names)
    slack = {name: count - before.get(name, 0) for name, count in after.items()}
    if options.format == "json":
        print(
            json.dumps(result.as_json(settled=settled) | {"seconds": round(seconds, 1), "slack": slack}),
            file=out,
        )
    else:
        print(_report(result, slack, settled=settled, seconds=seconds), file=out)
    return settled and not result.missing and not result.wrong


def _make(stack: Stack, names: Sequence[str]) -> None:
    """Alarms whose metric nobody publishes: they keep the state that is set."""
    cloudwatch = stack.client("cloudwatch")
    for number, name in enumerate(names):
        topic = ending(stack, "sns", "-critical" if number % CRITICAL_EVERY == 0 else "-warning")
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            AlarmDescription="Made by `alarmctl local chaos`, and deleted by it.",
            Namespace="alarmctl/chaos",
            MetricName="Nothing",
            Dimensions=[{"Name": "Alarm", "Value": name}],
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="ignore",
            AlarmActions=[topic],
            OKActions=[topic],
        )


def _play(stack: Stack, options: argparse.Namespace, changes: Sequence[Change], seen: int) -> None:
    """Make the changes at their times; Slack goes down after a third of the storm."""
    cloudwatch = stack.client("cloudwatch")
    outage = Outage(stack, options.fail, begins=options.over / 3, seconds=options.outage)
    began = told = time.monotonic()
    with step("storming") as progress:
        for number, change in enumerate(changes, 1):
            while (at := time.monotonic() - began) < change.after:
                outage.at(at)
                time.sleep(min(0.1, change.after - at))
                if time.monotonic() - told >= TALLY_SECONDS:
                    told = time.monotonic()
                    _tell(stack, tally(changes[: number - 1], _messages(stack, seen)), settled=False)
            outage.at(at)
            cloudwatch.set_alarm_state(
                AlarmName=change.alarm, StateValue=change.state, StateReason="Set by alarmctl local chaos"
            )
            progress.note(f"{number} of {len(changes)} changes{outage.word}")
        while not outage.over(at := time.monotonic() - began):
            outage.at(at)
            progress.note(f"all {len(changes)} changes made{outage.word}")
            time.sleep(0.2)


class Outage:
    """What Slack does by the time since the start: fail now and then, be down, fail now and then."""

    def __init__(self, stack: Stack, percent: float, *, begins: float, seconds: float) -> None:
        self.word = ""
        self._stack, self._percent = stack, percent
        self._begins, self._ends = begins, begins + seconds
        self._phase = ""

    def at(self, seconds: float) -> None:
        """Tell Slack what to do from now on, where that changes."""
        down = self._begins <= seconds < self._ends
        phase = "down" if down else "failing"
        self.word = "; Slack is down" if down else ""
        if phase == self._phase:
            return
        self._phase = phase
        _calm(self._stack)
        for failure in [OUTAGE] if down else failing(self._percent):
            _control(self._stack, "fail", {**failure, "seconds": 86_400})

    def over(self, seconds: float) -> bool:
        """Whether the outage has ended, and Slack was told."""
        return seconds >= self._ends and self._phase == "failing"


def failing(percent: float) -> list[dict[str, Any]]:
    """The failures that together meet `percent` of the requests; each meets what those before it left."""
    planned: list[dict[str, Any]] = []
    left = 1.0
    for share, failure in FAILURES:
        part = share * percent / 100
        if part > 0:
            planned.append({**failure, "percent": min(100.0, 100 * part / left)})
            left = max(left - part, 1e-9)
    return planned


def _settle(stack: Stack, changes: Sequence[Change], seen: int) -> tuple[Tally, bool]:
    """Wait until the queue is empty, telling the page; the last count, and whether it was empty in time."""
    give_up = time.monotonic() + SETTLE_SECONDS
    with step("waiting until the notifier has dealt with all of it") as progress:
        while True:
            left = waiting(stack)
            counted = tally(changes, _messages(stack, seen))
            settled = left == 0
            _tell(stack, counted, settled=settled)
            if settled or time.monotonic() > give_up:
                return counted, settled
            progress.note(f"{counted.shown} of {counted.sent} in the channel, {left} messages in the queue")
            time.sleep(TALLY_SECONDS)


def _report(result: Tally, slack: Mapping[str, int], *, settled: bool, seconds: float) -> str:
    """The outcome for a person."""
    lost = len(result.missing) if settled else 0
    verdict = "lost" if settled else "not in the channel yet"
    return "\n".join(
        [
            f"\n{result.sent} state changes, {result.shown} of them in the channel, after {seconds:.0f} s.",
            (
                f"Slack took {slack['arrived']} messages, failed {slack['failed']} requests and rate limited "
                f"{slack['rate_limited']}."
            ),
            f"lost {lost}, wrong final state {len(result.wrong)}, shown again {result.again}",
            *(f"✗ {name} {state} is {verdict}." for name, state in result.missing),
            *(f"✗ The channel's last word on {name} is wrong." for name in result.wrong),
            *([] if settled else [f"✗ The queue is not empty after {SETTLE_SECONDS:.0f} s."]),
        ]
    )


def _messages(stack: Stack, seen: int) -> list[Line]:
    return shown(message["body"] for message in stack.call("GET", "messages")[seen:])


def _tell(stack: Stack, counted: Tally, *, settled: bool) -> None:
    _control(stack, "tally", counted.counts(settled=settled))


def _calm(stack: Stack) -> None:
    _control(stack, "calm", {})


def _control(stack: Stack, name: str, body: Mapping[str, Any]) -> None:
    """Ask the fake Slack for something. Raises StackError when it does not do it."""
    session = requests.Session()
    session.trust_env = False
    try:
        answer = session.post(f"{stack.page_url}_control/{name}", data=json.dumps(body), timeout=10)
    except requests.RequestException as error:
        raise StackError(
            f"The fake Slack at {stack.page_url} does not answer ({type(error).__name__}). "
            f"See {stack.home}/server.log."
        ) from None
    if not answer.ok:
        raise StackError(f"The fake Slack refused {name}: {answer.text}")
