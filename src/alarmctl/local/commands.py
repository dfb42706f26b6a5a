"""`alarmctl local`: the whole stack on this machine."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alarmctl.local import instances
from alarmctl.local import stack as stacks
from alarmctl.local.sending import Door, Item, SendError, read
from alarmctl.local.stack import Stack, StackError
from alarmctl.terraform import TerraformError, project_root

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MESSAGE_SECONDS = 30.0
POLL_SECONDS = 0.1
SEVERITIES = ("critical", "warning", "info")
NAMES_SUGGESTED = 3
# Of a storm on one machine: beyond that it measures the machine.
MOST_ALARMS = 500
MOST_SECONDS = 600
MOST_FAIL_PERCENT = 95
SPAN = re.compile(r"(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?")


def register(subparsers: Any) -> None:
    """Add `local` and its commands."""
    local = subparsers.add_parser("local", help="the whole stack on this machine", description=__doc__)
    commands = local.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--home",
        type=lambda text: Path(text).resolve(),
        default=project_root() / ".local",
        help="where the stack keeps its state and logs (default: .local of the checkout)",
    )
    starting = argparse.ArgumentParser(add_help=False)
    starting.add_argument("--port", type=int, default=stacks.AWS_PORT, help="of the local AWS (%(default)s)")
    starting.add_argument(
        "--page-port", type=int, default=stacks.PAGE_PORT, help="of the fake Slack and its page (%(default)s)"
    )

    starting.add_argument(
        "--evaluate-every",
        type=float,
        default=stacks.EVALUATE_SECONDS,
        metavar="SECONDS",
        help="evaluate every alarm this often; a larger number keeps what `fire` set (%(default)g)",
    )

    up = commands.add_parser("up", parents=[common, starting], help="start it and apply the Terraform to it")
    up.add_argument(
        "--bot",
        action="store_true",
        help="post with a bot's token: an alarm's end changes its message and stands in its thread",
    )
    up.add_argument("--foreground", action="store_true", help="stay until Ctrl-C, then stop it")
    up.set_defaults(run=guarded(run_up))

    down = commands.add_parser("down", parents=[common], help="stop it; its state is kept for the next time")
    down.add_argument("--destroy", action="store_true", help="run terraform destroy first, and keep nothing")
    down.set_defaults(run=guarded(run_down))

    status = commands.add_parser("status", parents=[common], help="addresses, alarms, messages")
    status.add_argument("--format", choices=("text", "json"), default="text")
    status.set_defaults(run=guarded(run_status))

    fire = commands.add_parser("fire", parents=[common], help="change an alarm's state")
    fire.add_argument("name", metavar="NAME", help="the alarm's name, with or without the stack's prefix")
    fire.add_argument("--state", choices=("OK", "ALARM", "INSUFFICIENT_DATA"), default="ALARM")
    fire.add_argument("--reason", default="Set by hand with alarmctl local fire")
    fire.set_defaults(run=guarded(run_fire))

    send = commands.add_parser("send", parents=[common], help="put any event through the real path")
    send.add_argument("file", metavar="FILE", type=Path)
    send.add_argument(
        "--severity", choices=SEVERITIES, default="info", help="topic for what names none (%(default)s)"
    )
    send.add_argument("--text", action="store_true", help="FILE is a text, and need not be JSON")
    send.set_defaults(run=guarded(run_send))

    demo = commands.add_parser("demo", parents=[common, starting], help="a CPU alarm, end to end")
    demo.add_argument(
        "--wait", action=argparse.BooleanOptionalAction, default=True, help="stay until Ctrl-C afterwards"
    )
    demo.add_argument(
        "--full", action="store_true", help="then everything else that the stack can show, step by step"
    )
    demo.set_defaults(run=guarded(run_demo))

    instances.register(commands, common, guarded)

    chaos = commands.add_parser(
        "chaos",
        parents=[common, starting],
        help="a storm of alarms while Slack fails; counts what was lost",
        description="Fire alarms while Slack refuses some requests, and all of them for a while; the page "
        "and the last line count what was lost. Exit 1 if anything was, or if a final state is wrong.",
    )
    chaos.add_argument(
        "--fail", type=share, default=30.0, metavar="PERCENT", help="of the requests (%(default)g)"
    )
    chaos.add_argument(
        "--outage", type=seconds, default="60s", metavar="TIME", help="Slack is down: 60s, 2m (%(default)s)"
    )
    chaos.add_argument(
        "--alarms", type=count, default=40, metavar="N", help="that fire, one in ten critical (%(default)s)"
    )
    chaos.add_argument(
        "--over", type=seconds, default="30s", metavar="TIME", help="within which they fire (%(default)s)"
    )
    chaos.add_argument("--seed", type=int, default=1, help="another storm of the same kind (%(default)s)")
    chaos.add_argument("--format", choices=("text", "json"), default="text")
    chaos.add_argument(
        "--wait", action=argparse.BooleanOptionalAction, default=True, help="stay until Ctrl-C afterwards"
    )
    chaos.set_defaults(run=guarded(run_chaos))


def share(text: str) -> float:
    """A percentage from 0 to 95: above it hardly anything would arrive within minutes."""
    found = float(text.removesuffix("%"))
    if not 0 <= found <= MOST_FAIL_PERCENT:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {MOST_FAIL_PERCENT} percent")
    return found


def seconds(text: str) -> float:
    """The seconds of 60, 60s, 2m or 1m30s, up to ten minutes."""
    match = SPAN.fullmatch(text.strip())
    if not match or not text.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write 60s, 2m or 1m30s")
    found = 60 * float(match[1] or 0) + float(match[2] or 0)
    if found > MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} is longer than {MOST_SECONDS} s")
    return found


def count(text: str) -> int:
    """A number of alarms."""
    found = int(text)
    if not 1 <= found <= MOST_ALARMS:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and {MOST_ALARMS}")
    return found


def guarded(command: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """COMMAND, with what stops it told in one sentence and exit code 1."""

    def run(options: argparse.Namespace) -> int:
        # A plain kill ends things as Ctrl-C does: Terraform keeps its state, the server saves its own.
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            return command(options)
        except (StackError, TerraformError) as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            signal.signal(signal.SIGTERM, before)

    return run


def run_up(options: argparse.Namespace) -> int:
    """Start the stack, or find it running, and apply the Terraform."""
    parent_pid = os.getpid() if options.foreground else None
    stack = bring_up(options, parent_pid=parent_pid, bot=options.bot)
    print(f"Slack:  {stack.page_url}\nAWS:    {stack.aws_url} (region {stacks.REGION}, keys test/test)")
    if options.foreground:
        stay(stack)
    else:
        elsewhere = (
            "" if options.home == project_root() / ".local" else f" --home {shlex.quote(str(options.home))}"
        )
        print(f"Stop it with `alarmctl local down{elsewhere}`.")
    return 0


def bring_up(options: argparse.Namespace, *, parent_pid: int | None, bot: bool = False) -> Stack:
    """A running stack with the Terraform applied. One that runs already is used as it is."""
    from alarmctl.local import infrastructure  # noqa: PLC0415 - half of `--help` would be its imports
    from alarmctl.local.progress import step  # noqa: PLC0415 - as above

    infrastructure.notifier_zip()
    stack, note = stacks.find(options.home)
    if note:
        print(note)
    if stack is not None:
        print(f"A local stack runs already (process {stack.pid}, AWS at port {stack.aws_port}); it is used.")
        infrastructure.apply(stack, bot=bot)
        return stack
    with step("starting the local AWS and the fake Slack"):
        stack = stacks.start(
            options.home,
            aws_port=options.port,
            page_port=options.page_port,
            parent_pid=parent_pid,
            evaluate_every=options.evaluate_every,
        )
    try:
        infrastructure.apply(stack, bot=bot)
    except BaseException:
        stacks.stop(stack)  # half a stack helps nobody; what was made is kept for the next time
        raise
    return stack


def stay(stack: Stack) -> None:
    """Wait until Ctrl-C or until the stack ends by itself; then stop it."""
    print("Ctrl-C stops everything.", flush=True)  # also where the output is a pipe
    try:
        while stacks.alive(stack.pid):
            time.sleep(0.5)
        print(f"The stack ended by itself. See {stack.home}/server.log.")
    except KeyboardInterrupt:
        print("\nstopping …")
        stacks.stop(stack)


def run_down(options: argparse.Namespace) -> int:
    """Stop the stack; with --destroy take the Terraform down first and remove its state."""
    stack, note = stacks.find(options.home)
    if note:
        print(note)
    if stack is None:
        print("No local stack is running.")
        if options.destroy and stacks.clear(options.home):
            print(f"What the last one kept in {options.home} was removed.")
        return 0
    if options.destroy:
        from alarmctl.local import infrastructure  # noqa: PLC0415 - as in bring_up

        infrastructure.destroy(stack)
    stacks.stop(stack)
    if options.destroy:
        stacks.clear(options.home)
    print("The local stack is down.")
    return 0


def alarms_of(stack: Stack) -> list[dict[str, Any]]:
    """Every alarm of the stack as DescribeAlarms has it, composites too."""
    pages = (
        stack.client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    )
    return [alarm for page in pages for kind in ("MetricAlarms", "CompositeAlarms") for alarm in page[kind]]


def run_status(options: argparse.Namespace) -> int:
    """What runs and where; exit 1 when nothing runs."""
    stack, note = stacks.find(options.home)
    if stack is None:
        message = f"{note or ''} No local stack is running. Run `alarmctl local up`.".strip()
        print(json.dumps({"running": False}) if options.format == "json" else message)
        return 1
    found = {
        "running": True,
        "pid": stack.pid,
        "started": stack.started,
        "aws": stack.aws_url,
        "page": stack.page_url,
        "home": stack.home,
        "counts": stack.call("GET", "status"),
        "messages": len(stack.call("GET", "messages")),
        "alarms": {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms_of(stack)},
    }
    if options.format == "json":
        print(json.dumps(found, indent=2))
        return 0
    print(f"running since {found['started']} (process {stack.pid})")
    print(f"Slack:  {stack.page_url} ({found['messages']} messages)\nAWS:    {stack.aws_url}")
    for name, state in found["alarms"].items():
        print(f"  {state:<18} {name}")
    return 0


def find_alarm(name: str, known: Sequence[str], prefix: str = "demo-local-") -> str:
    """The full name meant by NAME. Raises StackError with close names when there is none."""
    for candidate in (name, f"{prefix}{name}"):
        if candidate in known:
            return candidate
    short = {one.removeprefix(prefix): one for one in known}
    close = difflib.get_close_matches(name.removeprefix(prefix), short, n=NAMES_SUGGESTED, cutoff=0.5)
    choices = " or ".join(short[one] for one in close) if close else ", ".join(known)
    if not choices:
        raise StackError(f"No alarm is named {name}: the stack has none. Run `alarmctl local up`.")
    raise StackError(f"No alarm is named {name}. {'Did you mean' if close else 'There are'} {choices}?")


def run_fire(options: argparse.Namespace) -> int:
    """SetAlarmState, then show what arrived."""
    stack = stacks.running(options.home)
    alarms = {alarm["AlarmName"]: alarm for alarm in alarms_of(stack)}
    name = find_alarm(options.name, list(alarms))
    before = alarms[name]["StateValue"]
    if before == options.state:
        print(f"{name} is in {before} already, and nothing is announced. Choose another --state first.")
        return 0
    seen = len(stack.call("GET", "messages"))
    stack.client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue=options.state, StateReason=options.reason
    )
    print(f"{name}: {before} → {options.state}, until its next evaluation")
    return show_new_messages(stack, seen)


def run_send(options: argparse.Namespace) -> int:
    """Send each event of a file by its door, then show what arrived."""
    try:
        text = options.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise StackError(f"Cannot read {options.file}: {reason}.") from None
    if not text.strip():
        raise StackError(f"{options.file} is empty. Give it an event or a text.")
    try:
        items, said = read(text, as_text=options.text)
    except SendError as error:
        raise StackError(f"{options.file} {error}") from None
    stack = stacks.running(options.home)
    print(said)
    seen = len(stack.call("GET", "messages"))
    for item in items:
        print(DOORS[item.door](stack, item, options.severity))
    return show_new_messages(stack, seen)


def _to_eventbridge(stack: Stack, item: Item, severity: str) -> str:
    rules = stack.call("POST", "events", json.loads(item.body))["rules"]
    if rules:
        return f"Sent to EventBridge; matched by {', '.join(rules)}."
    return f"No rule of EventBridge matches it. {_to_queue(stack, item, severity)}"


def _to_topic(stack: Stack, item: Item, severity: str) -> str:
    topic = ending(stack, "sns", f"-{severity}")
    subject = {"Subject": item.subject} if item.subject else {}
    stack.client("sns").publish(TopicArn=topic, Message=item.body, **subject)
    return f"Published to {topic}."


def _to_queue(stack: Stack, item: Item, _severity: str) -> str:
    queue = ending(stack, "sqs", "-alerts")
    stack.client("sqs").send_message(QueueUrl=queue, MessageBody=item.body)
    return f"Sent to the queue {queue.rsplit('/', 1)[-1]}."


DOORS: dict[Door, Callable[[Stack, Item, str], str]] = {
    Door.EVENTBRIDGE: _to_eventbridge,
    Door.TOPIC: _to_topic,
    Door.QUEUE: _to_queue,
}


def ending(stack: Stack, service: str, ending: str) -> str:
    """The topic's ARN or the queue's URL with this ending. Raises StackError when there is none."""
    client = stack.client(service)
    if service == "sns":
        found = [topic["TopicArn"] for topic in client.list_topics()["Topics"]]
    else:
        found = client.list_queues().get("QueueUrls", [])
    match = next((one for one in found if one.endswith(ending)), None)
    if match is None:
        raise StackError(f"The stack has no {service} resource named …{ending}. Run `alarmctl local up`.")
    return str(match)


def waiting(stack: Stack) -> int:
    """How many messages are in the alert queue, those in the notifier's hands included."""
    attributes = stack.client("sqs").get_queue_attributes(
        QueueUrl=ending(stack, "sqs", "-alerts"),
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return sum(int(count) for count in attributes.values())


def drain(stack: Stack) -> bool:
    """Wait until the notifier has dealt with all that was sent; False when it has not in time."""
    give_up = time.monotonic() + MESSAGE_SECONDS
    while time.monotonic() < give_up:
        if waiting(stack) == 0:
            return True
        time.sleep(POLL_SECONDS)
    return False


def show_new_messages(stack: Stack, seen: int) -> int:
    """Print what reached the fake Slack beyond the first SEEN messages; 1 when the notifier is stuck."""
    from alarmctl.slack.text import as_text  # noqa: PLC0415 - only where it is used

    settled = drain(stack)
    new = stack.call("GET", "messages")[seen:]
    for message in new:
        print(f"\n{as_text(message['body'])}")
    if new:
        print(f"\nSee {stack.page_url}")
    elif settled:
        print("The notifier took it and posted nothing: a double, or a state that is not announced.")
    else:
        print(
            f"The queue is not empty after {MESSAGE_SECONDS:.0f} s. See {stack.home}/server.log.",
            file=sys.stderr,
        )
    return 0 if settled else 1


def run_chaos(options: argparse.Namespace) -> int:
    """Exit 0 only if nothing was lost."""
    from alarmctl.local.chaos import run  # noqa: PLC0415 - as in bring_up

    return run(options)


def run_demo(options: argparse.Namespace) -> int:
    """The story; exit 0 only if both messages really arrived."""
    from alarmctl.local.demo import run  # noqa: PLC0415 - as in bring_up

    return run(options)
