"""ALM014, ALM015 and ALM025: does anybody hear the alarm?"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from alarmctl.lint import policies
from alarmctl.lint.model import Alarm, Policy, Severity, Stack, Topic
from alarmctl.lint.rules.base import Found, Rule, View, for_each_alarm
from alarmctl.lint.rules.evaluation import only_zero_breaches

if TYPE_CHECKING:
    from collections.abc import Iterator

CLOUDWATCH = "cloudwatch.amazonaws.com"
EVENTS = "events.amazonaws.com"
PUBLISH = "sns:Publish"
KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")
WATCHED_DIMENSIONS = {"AWS/SNS": "TopicName", "AWS/SQS": "QueueName", "AWS/Lambda": "FunctionName"}


def unheard(view: View) -> Iterator[Found]:
    for alarm in view.stack.alarms:
        routed = alarm.routed_by_severity is not None or view.stack.state_changes_routed
        if (
            alarm.alarm_actions.is_empty
            and alarm.actions_enabled
            and not routed
            and not view.feeds_composite(alarm)
        ):
            yield Found(alarm, "The alarm has no alarm_actions: nobody hears of ALARM.")
    for alarm in view.metric_alarms:
        metric = alarm.measured
        counts_samples = (
            metric is not None and metric.statistic == "SampleCount" and only_zero_breaches(alarm)
        )
        if (
            counts_samples
            and alarm.treat_missing_data == "missing"
            and alarm.insufficient_data_actions.is_empty
        ):
            yield Found(
                alarm,
                f"No sample of {metric} means INSUFFICIENT_DATA here, and nobody is told of that.",
                "Set treat_missing_data to breaching, or give insufficient_data_actions.",
            )


def undeliverable(view: View) -> Iterator[Found]:
    publishers = _publishers(view.stack)
    for topic in view.stack.topics:
        services = publishers.get(topic.address, set())
        yield from _encryption(topic, services)
        yield from _topic_policy(topic, services)
    yield from _subscriptions(view.stack, publishers)
    yield from _roles(view.stack)
    yield from _regions(view)


def _publishers(stack: Stack) -> dict[str, set[str]]:
    """By topic address or ARN, the services that publish to it, as far as that can be told."""
    publishers: dict[str, set[str]] = defaultdict(set)
    by_arn = {topic.arn: topic.address for topic in stack.topics if topic.arn}
    unresolved = False
    for alarm in stack.alarms:
        for actions in (alarm.alarm_actions, alarm.ok_actions, alarm.insufficient_data_actions):
            for place in (*actions.topics, *(arn for arn in actions.arns if ":sns:" in arn)):
                publishers[by_arn.get(place, place)].add(CLOUDWATCH)
            unresolved |= actions.unknown and not actions.topics and not actions.scaling
    for target in stack.event_targets:
        for place in target.targets:
            publishers[by_arn.get(place, place)].add(EVENTS)
    for topic in stack.topics if unresolved else ():
        meant = topic.policy is not None and policies.grants(topic.policy, CLOUDWATCH, (PUBLISH,))
        if meant or len(stack.topics) == 1:
            publishers[topic.address].add(CLOUDWATCH)
    return publishers


def _encryption(topic: Topic, services: set[str]) -> Iterator[Found]:
    if services and topic.key and topic.key.rpartition(":")[2] == "alias/aws/sns":
        yield Found(
            topic,
            "Encrypted with alias/aws/sns, whose policy lets neither CloudWatch nor EventBridge use it: "
            f"every message of {_listed(services)} is lost without a trace.",
            "Use a customer key whose policy allows these services, or none.",
        )
        return
    policy = topic.key_policy
    if policy is None or policy.statements is None or any(not s.allow for s in policy.statements):
        return
    for service in sorted(services):
        granting = policies.grants(policy, service, KEY_ACTIONS)
        if not policies.covers_all(granting, KEY_ACTIONS):
            if not policies.anybody(policy, KEY_ACTIONS[0]):
                yield Found(
                    topic,
                    f"The key's policy does not let {service} use it, so that its messages are lost "
                    "without a trace.",
                    f"Allow {service} kms:Decrypt and kms:GenerateDataKey*.",
                )
        elif service == EVENTS and all(s.condition_keys & policies.SOURCE_KEYS for s in granting):
            yield Found(
                topic,
                f"The key's policy binds {service} to a source, which EventBridge does not support: the "
                "events are lost.",
                "Give events.amazonaws.com a statement without aws:SourceAccount and aws:SourceArn.",
            )


def _topic_policy(topic: Topic, services: set[str]) -> Iterator[Found]:
    policy = topic.policy
    if policy is None or policy.statements is None or any(not s.allow for s in policy.statements):
        return
    if EVENTS in services:
        yield from _events_statement(topic, policy)
    explicit = not policy.is_default and policy.statements
    may = policies.grants(policy, CLOUDWATCH, (PUBLISH,)) or policies.allows_others(policy, PUBLISH)
    if CLOUDWATCH in services and explicit and not may:
        yield Found(
            topic,
            f"The topic's policy does not let {CLOUDWATCH} publish: alarm messages are lost without a trace.",
            f"Allow {CLOUDWATCH} sns:Publish.",
        )


def _events_statement(topic: Topic, policy: Policy) -> Iterator[Found]:
    granting = policies.grants(policy, EVENTS, (PUBLISH,))
    open_to_all = policies.anybody(policy, PUBLISH)
    if any(not s.condition_keys for s in (*granting, *open_to_all)):
        return
    if granting:
        yield Found(
            topic,
            f"The topic policy's statement for {EVENTS} has a Condition, which EventBridge does not "
            "support: the events are lost.",
            "Leave the Condition out of that statement.",
        )
    elif all(s.condition_keys <= policies.SOURCE_KEYS for s in open_to_all):
        yield Found(
            topic,
            f"An EventBridge rule targets the topic, and its policy does not let {EVENTS} publish.",
            f"Allow {EVENTS} sns:Publish, without a Condition.",
        )


def _subscriptions(stack: Stack, publishers: dict[str, set[str]]) -> Iterator[Found]:
    by_place = {place: topic for topic in stack.topics for place in (topic.address, topic.arn) if place}
    for subscription in stack.subscriptions:
        for place in sorted(subscription.topics):
            topic = by_place.get(place)
            if subscription.pending and topic and publishers.get(topic.address):
                yield Found(
                    topic,
                    f"The {subscription.protocol or 'a'} subscription {subscription.address} has not been "
                    "confirmed and gets nothing.",
                    "Open the confirmation that AWS sent.",
                    Severity.WARNING,
                )


def _roles(stack: Stack) -> Iterator[Found]:
    by_place = {place: topic for topic in stack.topics for place in (topic.address, topic.arn) if place}
    for target in stack.event_targets:
        for place in sorted(target.targets):
            if target.role_arn and place in by_place:
                yield Found(
                    by_place[place],
                    f"{target.address} delivers to the topic through a role; deliveries then fail when it "
                    "is encrypted.",
                    "Leave role_arn out: the topic's own policy allows EventBridge.",
                    Severity.WARNING,
                )


def _regions(view: View) -> Iterator[Found]:
    for alarm in view.stack.alarms:
        for arn in alarm.alarm_actions.arns:
            parts = arn.split(":")
            if len(parts) > 5 and parts[2] == "sns" and alarm.region and parts[3] != alarm.region:
                yield Found(
                    alarm,
                    f"The alarm is in {alarm.region} and its topic in {parts[3]}.",
                    "Use a topic in the alarm's own Region.",
                )


def _listed(services: set[str]) -> str:
    return " and ".join(sorted(services))


@for_each_alarm
def depends_on_itself(view: View, alarm: Alarm) -> Iterator[Found]:
    """An alarm on the way to a person whose own message takes that way, and no other."""
    metric = alarm.metric
    dimension = WATCHED_DIMENSIONS.get(metric.namespace or "") if metric else None
    watched = (metric.dimensions or {}).get(dimension or "") if metric else None
    places = {*alarm.alarm_actions.topics, *(a for a in alarm.alarm_actions.arns if ":sns:" in a)}
    if metric is None or watched is None or not places:
        return
    if all(_leads_only_through(view.stack, place, metric.namespace or "", watched) for place in places):
        yield Found(
            alarm,
            f"The alarm watches {watched} and is delivered through it: when it breaks, the message does "
            "not arrive.",
            "Send it to a topic that reaches a person by another way.",
        )


def _leads_only_through(stack: Stack, topic: str, namespace: str, watched: str) -> bool:
    if namespace == "AWS/SNS":
        return _name(stack, topic) == watched
    subscriptions = [
        s for s in stack.subscriptions if topic in s.topics or _address(stack, topic) in s.topics
    ]
    if not subscriptions:
        return False
    return all(watched in _downstream_names(stack, s.endpoints) for s in subscriptions)


def _downstream_names(stack: Stack, endpoints: frozenset[str]) -> set[str]:
    """Names of the queues and functions that a subscription's messages pass, dead-letter queues included."""
    places: set[str] = set()
    for endpoint in endpoints:
        places |= {
            endpoint,
            *stack.dead_letter_queues.get(endpoint, ()),
            *stack.queue_consumers.get(endpoint, ()),
        }
    return {_name(stack, place) for place in places}


def _address(stack: Stack, arn: str) -> str:
    return next((topic.address for topic in stack.topics if topic.arn == arn), arn)


def _name(stack: Stack, place: str) -> str:
    return stack.names.get(place) or place.rpartition(":")[2]


RULES = (
    Rule(
        "ALM014",
        Severity.WARNING,
        "Nobody hears the alarm",
        "An alarm without an action, or one on presence whose silence ends in an unheard "
        "INSUFFICIENT_DATA, changes colour in a console that nobody looks at.",
        "Give alarm_actions, or let a composite alarm read it.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions.html",
        unheard,
    ),
    Rule(
        "ALM015",
        Severity.ERROR,
        "The topic cannot receive or deliver the message",
        "The key's policy, the topic's policy or an unconfirmed subscription can eat every message. "
        "CloudWatch shows that in the alarm's history alone, EventBridge in a metric alone.",
        "A customer key and a topic policy that allow cloudwatch.amazonaws.com and, without any Condition, "
        "events.amazonaws.com; no role_arn on the target; confirmed subscriptions.",
        "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services",
        undeliverable,
    ),
    Rule(
        "ALM025",
        Severity.ERROR,
        "A self-monitoring alarm that depends on what it watches",
        "An alarm on the notifier, its queue or its topic that is delivered through the same notifier, "
        "queue or topic is silent exactly when it matters.",
        "Send it to a topic of its own that reaches a person by e-mail or pager.",
        "https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html",
        depends_on_itself,
    ),
)
