"""`terraform show -json` of any plan or state, as a Stack."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from alarmctl.lint import policies
from alarmctl.lint.model import (
    Actions,
    Alarm,
    EventTarget,
    Metric,
    MuteRule,
    Policy,
    Query,
    Stack,
    Subscription,
    Topic,
)
from alarmctl.lint.references import References, Resource
from alarmctl.lint.values import number, text, texts, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

METRIC_ALARM = "aws_cloudwatch_metric_alarm"
COMPOSITE_ALARM = "aws_cloudwatch_composite_alarm"
# What an ARN may lead to. Others, such as a topic's policy, have another resource's ARN in their `arn`.
ADDRESSED = ("aws_sns_topic", "aws_sqs_queue", "aws_lambda_function", "aws_kms_key")
SCALING_POLICIES = frozenset({"aws_appautoscaling_policy", "aws_autoscaling_policy"})
STATE_CHANGE = "CloudWatch Alarm State Change"

# What rules read, and may be known only after apply. Others, such as arn, say nothing about the alarm.
READ = frozenset(
    {
        "actions_enabled",
        "alarm_actions",
        "alarm_description",
        "alarm_name",
        "alarm_rule",
        "comparison_operator",
        "datapoints_to_alarm",
        "dimensions",
        "evaluation_periods",
        "extended_statistic",
        "insufficient_data_actions",
        "metric_name",
        "metric_query",
        "namespace",
        "ok_actions",
        "period",
        "statistic",
        "threshold",
        "treat_missing_data",
        "unit",
    }
)


def is_plan(document: object) -> bool:
    """Whether the JSON is what `terraform show -json` prints."""
    return isinstance(document, dict) and "format_version" in document


def read(document: Mapping[str, Any], source: str) -> Stack:
    """The alarms of a plan or state, with the topics, keys and rules that their messages depend on."""
    return _Plan(document).stack(source)


def _walk(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources") or ()
    for child in module.get("child_modules") or ():
        yield from _walk(child)


def _resources(document: Mapping[str, Any]) -> dict[str, Resource]:
    marks = {
        c["address"]: c.get("change", {}).get("after_unknown") for c in document.get("resource_changes") or ()
    }
    prior = ((document.get("prior_state") or {}).get("values") or {}).get("root_module") or {}
    planned = (document.get("planned_values") or document.get("values") or {}).get("root_module") or {}
    entries = [r for r in _walk(prior) if r.get("mode") == "data"] + list(_walk(planned))
    return {
        r["address"]: Resource(
            address=r["address"],
            type=r["type"],
            values=r.get("values") or {},
            unknown=m if isinstance(m := marks.get(r["address"]), dict) else {},
            is_data=r.get("mode") == "data",
        )
        for r in entries
    }


class _Plan:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self.by_address = _resources(document)
        self.variables: Mapping[str, Any] = document.get("variables") or {}
        self.references = References(document.get("configuration") or {}, self.by_address.values())
        self.by_type: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.by_address.values():
            if not resource.is_data:
                self.by_type[resource.type].append(resource)
        self.by_arn = {
            arn: resource.address
            for resource in self.of_type(*ADDRESSED)
            if isinstance(arn := resource.known("arn"), str)
        }

    def of_type(self, *types: str) -> Iterator[Resource]:
        for name in types:
            yield from self.by_type.get(name, ())

    def places(self, resource: Resource, attribute: str, *types: str) -> frozenset[str]:
        """What an attribute points at: addresses where they can be told, else the ARNs as written."""
        value = resource.known(attribute)
        if value is not None and not resource.is_unknown(attribute):
            texts = [value] if isinstance(value, str) else [v for v in value if isinstance(v, str)]
            return frozenset(self.by_arn.get(text) or self._by_name(text, types) or text for text in texts)
        found = {r.address for r in self.references.of(resource.address, attribute)}
        return frozenset(a for a in found if not types or self.by_address[a].type in types)

    def _by_name(self, arn: str, types: Iterable[str]) -> str | None:
        """A new resource has no ARN yet; the name at the end of a written one tells it."""
        name = arn.rpartition(":")[2]
        for resource in self.of_type(*types):
            if resource.known("arn") is None and resource.known("name") == name:
                return resource.address
        return None

    def stack(self, source: str) -> Stack:
        alarms = tuple(self._alarms())
        capacity, ephemeral = tuple(self._capacity_targets()), tuple(self._ephemeral())
        return Stack(
            source=source,
            alarms=alarms,
            topics=tuple(self._topic(r) for r in self.of_type("aws_sns_topic")),
            subscriptions=tuple(self._subscriptions()),
            event_targets=tuple(self._event_targets()),
            mute_rules=tuple(self._mute_rules()),
            queue_consumers=self._pairs(
                "aws_lambda_event_source_mapping", "event_source_arn", "function_name"
            ),
            dead_letter_queues=self._dead_letter_queues(),
            names=dict(self._names()),
            state_changes_routed=any(
                self._hears_state_changes(r) for r in self.of_type("aws_cloudwatch_event_rule")
            ),
            basic_monitoring=frozenset(
                r.values["id"]
                for r in self.of_type("aws_instance")
                if r.known("id") and r.known("monitoring") is False
            ),
            ephemeral_gib=tuple(size for size in ephemeral if size is not None),
            ephemeral_unknown=None in ephemeral,
            capacity_targets=capacity,
            unread=tuple(_unread(alarms)),
        )

    # -- alarms

    def _alarms(self) -> Iterator[Alarm]:
        for resource in self.of_type(METRIC_ALARM):
            yield self._metric_alarm(resource)
        for resource in self.of_type(COMPOSITE_ALARM):
            yield self._composite_alarm(resource)

    def _shared(self, r: Resource) -> dict[str, Any]:
        arn = r.known("arn")
        parts = arn.split(":") if isinstance(arn, str) else []
        configured = self.references.configuration(r.address) or {}
        provider = configured.get("provider_config_key")
        return {
            "address": r.address,
            "name": text(r.known("alarm_name")),
            "description": text(r.known("alarm_description")),
            "tags": _tags(r),
            "actions_enabled": r.known("actions_enabled") is not False,
            "alarm_actions": self._actions(r, "alarm_actions"),
            "ok_actions": self._actions(r, "ok_actions"),
            "insufficient_data_actions": self._actions(r, "insufficient_data_actions"),
            "region": (parts[3] if len(parts) > 4 else None)
            or r.known("region")
            or self._provider_region(provider),
            "account": parts[4] if len(parts) > 4 else None,
            "provider": provider,
            "unknown": frozenset(a for a in READ if r.is_unknown(a)),
        }

    def _metric_alarm(self, r: Resource) -> Alarm:
        queries = tuple(_queries(r))
        return Alarm(
            **self._shared(r),
            metric=None if queries or r.is_unknown("metric_query") else _single_metric(r),
            queries=queries,
            comparison=text(r.known("comparison_operator")),
            threshold=number(r.known("threshold")),
            threshold_metric_id=text(r.known("threshold_metric_id")),
            evaluation_periods=whole(r.known("evaluation_periods")),
            datapoints_to_alarm=whole(r.known("datapoints_to_alarm")) or None,
            treat_missing_data=None
            if r.is_unknown("treat_missing_data")
            else r.known("treat_missing_data") or "missing",
            low_samples=self._low_samples(r),
            references={a: self._mentions(r, a) for a in ("dimensions",) if r.is_unknown(a)},
        )

    def _low_samples(self, r: Resource) -> str | None:
        """The policy; "" when there is none; None when that cannot be told.

        The provider computes the attribute when it is left out, so a plan calls it unknown then.
        """
        attribute = "evaluate_low_sample_count_percentiles"
        if r.is_unknown(attribute):
            return "" if self.references.is_written(r.address, attribute) is False else None
        return r.known(attribute) or ""

    def _mentions(self, r: Resource, attribute: str) -> tuple[str, ...]:
        """`type.attribute` of what the attribute's expression mentions."""
        return tuple(
            f"{self.by_address[reference.address].type}.{reference.attribute}"
            for reference in self.references.of(r.address, attribute)
        )

    def _composite_alarm(self, r: Resource) -> Alarm:
        suppressor = r.known("actions_suppressor")
        block = suppressor[0] if isinstance(suppressor, list) and suppressor else suppressor
        return Alarm(
            **self._shared(r),
            rule=text(r.known("alarm_rule")),
            suppressor=block.get("alarm") if isinstance(block, dict) else None,
        )

    def _actions(self, r: Resource, attribute: str) -> Actions:
        topics = self.places(r, attribute, "aws_sns_topic")
        if r.is_unknown(attribute):
            behind = {
                self.by_address[found.address].type for found in self.references.of(r.address, attribute)
            }
            return Actions(unknown=True, topics=topics, scaling=bool(behind & SCALING_POLICIES))
        arns = texts(r.known(attribute))
        return Actions(
            arns=arns,
            topics=frozenset(t for t in topics if t in self.by_address),
            scaling=any(":autoscaling:" in arn for arn in arns),
        )

    def _provider_region(self, provider: str | None) -> str | None:
        region = ((self.references.providers.get(provider or "") or {}).get("expressions") or {}).get(
            "region"
        ) or {}
        if isinstance(constant := region.get("constant_value"), str):
            return constant
        named = [m for m in region.get("references") or () if m.startswith("var.")]
        value = (
            (self.variables.get(named[0].removeprefix("var.")) or {}).get("value")
            if len(named) == 1
            else None
        )
        return value if isinstance(value, str) else None

    # -- the way to a person

    def _topic(self, r: Resource) -> Topic:
        key = r.known("kms_master_key_id") or None
        return Topic(
            address=r.address,
            arn=r.known("arn"),
            name=r.known("name"),
            key=key,
            key_policy=self._key_policy(r, key),
            policy=self._policy(r, ("aws_sns_topic_policy", "arn")),
            tags=_tags(r),
        )

    def _key_policy(self, topic: Resource, key: str | None) -> Policy | None:
        kms_key = next((k for k in self.of_type("aws_kms_key") if self._is_key(topic, key, k)), None)
        return self._policy(kms_key, ("aws_kms_key_policy", "key_id")) if kms_key else None

    def _is_key(self, topic: Resource, key: str | None, candidate: Resource) -> bool:
        if topic.is_unknown("kms_master_key_id"):
            behind = {r.address for r in self.references.of(topic.address, "kms_master_key_id")}
            aliases = [self.by_address[a] for a in behind if self.by_address[a].type == "aws_kms_alias"]
            behind |= {r.address for a in aliases for r in self.references.of(a.address, "target_key_id")}
            return candidate.address in behind
        if key is None:
            return False
        ids = {candidate.known("arn"), candidate.known("key_id"), candidate.known("id")} - {None}
        for alias in self.of_type("aws_kms_alias"):
            if key in {alias.known("name"), alias.known("arn")}:
                target = alias.known("target_key_id")
                behind = {r.address for r in self.references.of(alias.address, "target_key_id")}
                return target in ids or (target is None and candidate.address in behind)
        return key in ids

    def _policy(self, owner: Resource, separate: tuple[str, str]) -> Policy | None:
        """The resource policy in force: a separate resource's, its own, or the default one."""
        kind, attribute = separate
        for other in self.of_type(kind):
            places = self.places(other, attribute, owner.type)
            if owner.address in places or owner.known("id") in places or owner.known("key_id") in places:
                return self._policy_text(other)
            if other.is_unknown(attribute) and not places:
                return None  # it may well be this one's
        if owner.is_unknown("policy") and self.references.is_written(owner.address, "policy") is False:
            return Policy((), is_default=True)
        return self._policy_text(owner)

    def _policy_text(self, r: Resource) -> Policy | None:
        if not r.is_unknown("policy"):
            return policies.from_json(r.known("policy"))
        documents = [
            self.by_address[reference.address]
            for reference in self.references.of(r.address, "policy")
            if self.by_address[reference.address].type == "aws_iam_policy_document"
        ]
        return policies.from_document_data(documents[0].values) if len(documents) == 1 else None

    def _subscriptions(self) -> Iterator[Subscription]:
        for r in self.of_type("aws_sns_topic_subscription"):
            yield Subscription(
                address=r.address,
                topics=self.places(r, "topic_arn", "aws_sns_topic"),
                endpoints=self.places(r, "endpoint", "aws_sqs_queue", "aws_lambda_function"),
                protocol=r.known("protocol"),
                pending=r.known("pending_confirmation") is True,
            )

    def _event_targets(self) -> Iterator[EventTarget]:
        for r in self.of_type("aws_cloudwatch_event_target"):
            targets = self.places(r, "arn", "aws_sns_topic", "aws_sqs_queue", "aws_lambda_function")
            written = r.is_unknown("role_arn") and bool(self.references.is_written(r.address, "role_arn"))
            yield EventTarget(
                r.address, targets, r.known("role_arn") or ("(known after apply)" if written else None)
            )

    def _mute_rules(self) -> Iterator[MuteRule]:
        for r in self.of_type("aws_cloudwatch_alarm_mute_rule"):
            schedule = _block(_block(r.known("rule")).get("schedule"))
            names = _block(r.known("mute_targets")).get("alarm_names") or ()
            yield MuteRule(
                r.address,
                r.known("name"),
                tuple(n for n in names if isinstance(n, str)),
                schedule.get("duration"),
                _tags(r),
            )

    def _pairs(self, kind: str, source: str, target: str) -> dict[str, frozenset[str]]:
        pairs: dict[str, frozenset[str]] = {}
        for r in self.of_type(kind):
            targets = self.places(r, target, "aws_lambda_function")
            for place in self.places(r, source, "aws_sqs_queue"):
                pairs[place] = pairs.get(place, frozenset()) | targets
        return pairs

    def _dead_letter_queues(self) -> dict[str, frozenset[str]]:
        queues = {}
        for r in self.of_type("aws_sqs_queue"):
            if r.is_unknown("redrive_policy"):
                queues[r.address] = self.places(r, "redrive_policy", "aws_sqs_queue") - {r.address}
        return queues

    def _names(self) -> Iterator[tuple[str, str]]:
        for kind, attribute in (
            ("aws_sns_topic", "name"),
            ("aws_sqs_queue", "name"),
            ("aws_lambda_function", "function_name"),
        ):
            for r in self.of_type(kind):
                if isinstance(name := r.known(attribute), str):
                    yield r.address, name

    def _hears_state_changes(self, r: Resource) -> bool:
        enabled = r.known("state") != "DISABLED" and r.known("is_enabled") is not False
        return enabled and (r.is_unknown("event_pattern") or STATE_CHANGE in (r.known("event_pattern") or ""))

    # -- what some rules need to know of other resources

    def _capacity_targets(self) -> Iterator[float]:
        for r in self.of_type("aws_ecs_capacity_provider"):
            scaling = _block(_block(r.known("auto_scaling_group_provider")).get("managed_scaling"))
            if (target := number(scaling.get("target_capacity"))) is not None:
                yield target

    def _ephemeral(self) -> Iterator[float | None]:
        for r in self.of_type("aws_ecs_task_definition"):
            if r.is_unknown("ephemeral_storage"):
                yield None
            elif (size := number(_block(r.known("ephemeral_storage")).get("size_in_gib"))) is not None:
                yield size


def _single_metric(r: Resource) -> Metric | None:
    if not r.known("metric_name") and not r.is_unknown("metric_name"):
        return None
    dimensions = None if r.is_unknown("dimensions") else _dimensions(r.known("dimensions"), {})
    return Metric(
        namespace=text(r.known("namespace")),
        name=text(r.known("metric_name")),
        dimensions=dimensions,
        statistic=text(r.known("extended_statistic")) or text(r.known("statistic")),
        period=whole(r.known("period")),
        unit=text(r.known("unit")),
    )


def _queries(r: Resource) -> Iterator[Query]:
    marks = r.unknown.get("metric_query")
    for index, query in enumerate(r.values.get("metric_query") or ()):
        mark = marks[index] if isinstance(marks, list) and index < len(marks) else {}
        mark = mark if isinstance(mark, dict) else {}
        metric = _block(query.get("metric"))
        unknown = _block(mark.get("metric"))
        yield Query(
            id=text(query.get("id")) or "",
            expression=text(query.get("expression")),
            returned=query.get("return_data") is True,
            metric=_query_metric(metric, unknown) if metric else None,
            period=whole(query.get("period")),
        )


def _query_metric(metric: Mapping[str, Any], unknown: Mapping[str, Any]) -> Metric:
    hidden = unknown.get("dimensions") is True
    return Metric(
        namespace=text(metric.get("namespace")),
        name=text(metric.get("metric_name")),
        dimensions=None if hidden else _dimensions(metric.get("dimensions"), unknown.get("dimensions")),
        statistic=text(metric.get("stat")),
        period=whole(metric.get("period")),
        unit=text(metric.get("unit")),
    )


def _dimensions(values: object, unknown: object) -> dict[str, str | None]:
    dimensions: dict[str, str | None] = {}
    if isinstance(values, dict):
        dimensions.update({k: v if isinstance(v, str) else None for k, v in values.items()})
    if isinstance(unknown, dict):
        dimensions.update({k: None for k, mark in unknown.items() if mark})
    return dimensions


def _unread(alarms: Iterable[Alarm]) -> Iterator[str]:
    for alarm in alarms:
        unresolved = {
            "alarm_actions": alarm.alarm_actions,
            "ok_actions": alarm.ok_actions,
            "insufficient_data_actions": alarm.insufficient_data_actions,
        }
        names = sorted(a for a in alarm.unknown if a not in unresolved or not unresolved[a].topics)
        if names:
            yield f"{alarm.address}: {', '.join(names)} known only after apply"


def _block(value: object) -> dict[str, Any]:
    """A nested block, which providers show as an object or as a list of one."""
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, dict) else {}


def _tags(r: Resource) -> dict[str, str]:
    tags = r.known("tags_all") or r.known("tags") or {}
    return {k: v for k, v in tags.items() if isinstance(v, str)} if isinstance(tags, dict) else {}
