"""What a warm process keeps, and how its parts are put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from notify_slack import config, peek, pipeline, requeue, sweep, thread
from notify_slack.aws import AwsError
from notify_slack.dedupe import Memory
from notify_slack.deliver import Slack
from notify_slack.digest import cost
from notify_slack.enrich import Descriptions
from notify_slack.errors import ConfigError, NotifyError, RetryableError
from notify_slack.facts import alarm_name
from notify_slack.fallback import Fallback
from notify_slack.group import entries, group
from notify_slack.ledger import Ledger
from notify_slack.pacing import Pacer
from notify_slack.picture import Pictures, Wanted, single, suits
from notify_slack.post import Desk
from notify_slack.render import render
from notify_slack.secret import Webhook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from notify_slack.log import Log
    from notify_slack.model import Message, Routed
    from notify_slack.post import Outcome
    from notify_slack.web import Poster

DESCRIBED_AT_ONCE = 100  # AlarmNames of one DescribeAlarms call

# SSM's answers that no retry mends.
_PERMANENT = frozenset({"ParameterNotFound", "AccessDeniedException", "ValidationException", "InvalidKeyId"})


@dataclass(frozen=True)
class World:
    """Everything outside. `clock` is monotonic seconds, `now` epoch seconds, `chance` a number from 0 to 1.

    `call` makes a JSON call (service, operation, body) and raises AwsError; `client` gives a boto3 client.
    """

    environ: Mapping[str, str]
    session: Poster
    call: Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]]
    client: Callable[[str], Any]
    clock: Callable[[], float]
    now: Callable[[], float]
    sleep: Callable[[float], object]
    chance: Callable[[], float]
    worker: str


class Notifier:
    """Configuration, session, webhooks, memory, ledger. Raises ConfigError for an unusable configuration."""

    def __init__(self, world: World, log: Log) -> None:
        self._world = world
        self._log = log
        environ = world.environ
        self.config = config.from_environment(environ)
        self.queue_url = environ.get("QUEUE_URL", "").strip()
        self._table = environ.get("LEDGER_TABLE", "").strip()
        self._operations = environ.get("OPERATIONS_TOPIC_ARN", "").strip()
        self._second = environ.get("FALLBACK_WEBHOOK_PARAMETER", "").strip()
        self.memory = Memory()
        self.descriptions = Descriptions(self._describe, self._warn("DescribeAlarms failed"))
        self.ledger = (
            Ledger(
                world.call, self._table, world.worker, world.clock, world.now, self._warn("the ledger failed")
            )
            if self._table
            else None
        )
        self.fallback = Fallback(
            self.config.name or "notify_slack",
            self._send_second if self._second else None,
            self._publish if self._operations else None,
            self.ledger,
            self._warn("the fallback failed"),
        )
        self._slacks: dict[str, Slack] = {}
        self._pictures = Pictures(
            world.session,
            lambda: world.client("cloudwatch"),
            world.clock,
            world.now,
            world.sleep,
            self._warn("a message stays without a picture"),
            self._keeps,
        )

    def run(
        self, event: object, deadline: float, sent: Mapping[str, float] | None = None
    ) -> tuple[Outcome, ...]:
        """Post what `event` holds before `deadline` (monotonic); `sent`: when records came, epoch seconds."""
        planned = pipeline.plan(
            event, self.config, self.memory, self.descriptions, self._world.clock(), self.ledger, sent
        )
        wanted: list[Wanted] = []

        def send(message: Message) -> int:
            slack = self.slack(message.route.webhook_parameter)
            rung = slack.deliver(message, deadline)
            answered = message.thread and slack.posted and slack.posted.ts == message.thread.ts
            if slack.posted and rung == 0 and not answered and suits(message, self.config):
                wanted.append(Wanted(message.routed[0].alert, slack.posted))
            return rung

        outcomes = Desk(
            send=send,
            render=self._render,
            memory=self.memory,
            ledger=self.ledger,
            fallback=self.fallback if self._operations or self._second else None,
            healthy=lambda: any(slack.healthy() for slack in self._slacks.values()),
            deadline=deadline,
            threaded=lambda message, known: thread.threaded(message, known, self.config),
            posted=lambda message: self.slack(message.route.webhook_parameter).posted,
        ).post(planned)
        if wanted and single(planned.messages) and not any(outcome.error for outcome in outcomes):
            self._pictures.add(wanted, deadline)
        return outcomes

    def slack(self, parameter: str = "") -> Slack:
        """The webhook of this parameter; by default the notifier's own."""
        name = parameter or self.config.webhook_parameter
        if name not in self._slacks:
            world = self._world
            webhook = Webhook(
                lambda: self._read_parameter(name),
                name,
                self.config.environment,
                self._warn("the webhook could not be read again, the last good one is used"),
            )
            pacer = Pacer(name, self.ledger, world.clock)
            self._slacks[name] = Slack(
                world.session, webhook, pacer, world.clock, world.sleep, world.chance, self.config.bot
            )
        return self._slacks[name]

    def sweep(self) -> dict[str, int]:
        """Put into the queue what was not told, and what must be told again; how many of each.

        Raises ConfigError without a queue or a ledger, RetryableError when the ledger is down.
        """
        if not (self.queue_url and self.ledger):
            raise ConfigError("The sweeper needs a queue and a ledger: set QUEUE_URL and LEDGER_TABLE.")
        now = self._world.now()
        firing = self._alarms_in("ALARM")
        ended = [alarm for alarm in self._alarms_in("OK") if sweep.just_ended(alarm, now)]
        alarms = [*firing, *ended]
        shown = self.ledger.alarms(peek.text(alarm, "AlarmArn") for alarm in alarms)
        before = self.ledger.note(sweep.NOTE)
        if shown is None or before is None:
            raise RetryableError("The ledger is down: what it knows cannot be compared.")
        found = sweep.find(alarms, shown, self.config, now, first=not before)
        muted = self._muted([one.arn for one in found])
        found = [one for one in found if one.arn not in muted]
        requeue.put(self._world.call, self.queue_url, sweep.lists(found))
        reminders = [one for one in found if one.why == sweep.REMINDER]
        for one in reminders:
            self.ledger.remind(one.arn)
        self.ledger.take_note(sweep.NOTE, before)
        return {"firing": len(firing), "found": len(found) - len(reminders), "reminders": len(reminders)}

    def beats(self) -> bool:
        """Can the ledger and the webhook's parameter be read?"""
        try:
            self.slack().check()
        except NotifyError as error:
            self._warn("the webhook cannot be read")(error)
            return False
        return self.ledger is None or self.ledger.note("heartbeat") is not None

    def _keeps(self, wanted: Wanted, file: str) -> bool:
        """Is this still the alarm's message? Its end may have changed it while the picture was drawn."""
        alert = wanted.alert
        followed = self.config.bot.threads and alert.subject_key
        if not (self.ledger and followed) or (alert.facts and alert.facts.contributor_id):
            return True  # nobody changes it
        return self.ledger.illustrate(alert.subject_key, wanted.posted.ts, file)

    def _render(self, routed: Sequence[Routed]) -> Message:
        return render(entries(routed), self.config)

    def _send_second(self, routed: Sequence[Routed], deadline: float) -> None:
        slack = self.slack(self._second)
        for part in group(
            [replace(one, route=replace(one.route, webhook_parameter="")) for one in routed], cost
        ):
            slack.deliver(render(part, self.config), deadline)

    def _publish(self, subject: str, text: str) -> None:
        self._world.client("sns").publish(TopicArn=self._operations, Subject=_ascii(subject), Message=text)

    def _warn(self, event: str) -> Callable[[Exception], None]:
        def warn(error: Exception) -> None:
            code = getattr(error, "code", "")
            self._log.warning(event, error_type=type(error).__name__, **({"code": code} if code else {}))

        return warn

    def _read_parameter(self, name: str) -> str:
        try:
            answer = self._world.call("ssm", "GetParameter", {"Name": name, "WithDecryption": True})
        except Exception as error:  # noqa: BLE001  whatever comes is told as one of ours
            code = error.code if isinstance(error, AwsError) else type(error).__name__
            kind: type[NotifyError] = ConfigError if code in _PERMANENT else RetryableError
            raise kind(f"SSM parameter {name} cannot be read: {code}.") from None
        return peek.text(answer, "Parameter", "Value")

    def _describe(self, arns: Sequence[str]) -> Mapping[str, object]:
        client = self._world.client("cloudwatch")
        found: dict[str, object] = {}
        for names in _hundreds([alarm_name(arn) for arn in arns]):
            for alarm in _alarms(client.describe_alarms(AlarmNames=names, **_BOTH)):
                found[peek.text(alarm, "AlarmArn")] = alarm
        return found

    def _alarms_in(self, state: str) -> list[object]:
        """All alarms in this state that the sweeper looks after."""
        client = self._world.client("cloudwatch")
        found: dict[str, object] = {}
        asked: list[dict[str, Any]] = [{"AlarmNamePrefix": prefix} for prefix in sweep.prefixes(self.config)]
        asked += [{"AlarmNames": names} for names in _hundreds(self.config.sweep.names)]
        for question in asked:
            token: dict[str, str] = {}
            while True:
                answer = client.describe_alarms(StateValue=state, **_BOTH, **question, **token)
                found |= {peek.text(alarm, "AlarmArn"): alarm for alarm in _alarms(answer)}
                following = peek.text(answer, "NextToken")
                if not following:
                    break
                token = {"NextToken": following}
        return list(found.values())

    def _muted(self, arns: Sequence[str]) -> set[str]:
        """Those that a mute rule keeps silent now. Unknown counts as audible."""
        if not arns:
            return set()
        try:
            client = self._world.client("cloudwatch")
            if not client.list_alarm_mute_rules(Statuses=["ACTIVE"])["AlarmMuteRuleSummaries"]:
                return set()
            return {
                arn
                for arn in arns
                if client.list_alarm_mute_rules(AlarmName=alarm_name(arn), Statuses=["ACTIVE"])[
                    "AlarmMuteRuleSummaries"
                ]
            }
        except Exception as error:  # noqa: BLE001  an alert too many is better than one too few
            self._warn("the mute rules could not be read")(error)
            return set()


_BOTH = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "MaxRecords": 100}


def _hundreds(names: Sequence[str]) -> list[list[str]]:
    return [
        list(names[start : start + DESCRIBED_AT_ONCE]) for start in range(0, len(names), DESCRIBED_AT_ONCE)
    ]


def _alarms(answer: object) -> Iterable[object]:
    return (*peek.items(answer, "MetricAlarms"), *peek.items(answer, "CompositeAlarms"))


def _ascii(text: str) -> str:
    """SNS takes no other characters in a subject."""
    return text.encode("ascii", "replace").decode()
