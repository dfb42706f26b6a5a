"""What ministack 1.5.33 does not do as AWS does, mended from outside, one function for each defect.

`install` is called once in the process that serves ministack. Only documented request and response shapes
are used: botocore's model of CloudWatch says which members an operation has and how they are written.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import botocore.session

from alarmctl.local import log_metrics

if TYPE_CHECKING:
    from alarmctl.local.driver import Driver

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[..., Response]

# AWS describes these when the request leaves them out; every other absent member stays absent.
ALARM_DEFAULTS: Mapping[str, Any] = {
    "ActionsEnabled": True,
    "OKActions": [],
    "AlarmActions": [],
    "InsufficientDataActions": [],
    "Dimensions": [],
    "TreatMissingData": "missing",
}
COMPOSITE_DEFAULTS: Mapping[str, Any] = {
    name: ALARM_DEFAULTS[name]
    for name in ("ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions")
}
STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
# One SQS receive never returns more, so Lambda's pollers collect a larger batch from several.
RECEIVE_MESSAGES = 10
BATCH_POLL_SECONDS = 0.05

_MODEL = botocore.session.get_session().get_service_model("cloudwatch")
_SCALARS: Mapping[str, Callable[[str], Any]] = {
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "boolean": lambda text: text == "true",
}


def install(driver: Driver, cloudwatch: Any, sqs: Any, lambda_svc: Any) -> None:
    """Mend ministack's modules in place and let `driver` evaluate and announce every alarm."""
    cloudwatch._evaluate_alarm = lambda _alarm: None
    cloudwatch._evaluate_all_alarms = driver.evaluate_new_data
    cloudwatch._dispatch_alarm_actions = driver.announce
    cloudwatch._set_alarm_state = set_state_through(driver, cloudwatch)
    cloudwatch._put_metric_alarm = keep_all_members(
        cloudwatch, "PutMetricAlarm", cloudwatch._put_metric_alarm, ALARM_DEFAULTS, driver.configured
    )
    cloudwatch._put_composite_alarm = keep_all_members(
        cloudwatch,
        "PutCompositeAlarm",
        cloudwatch._put_composite_alarm,
        COMPOSITE_DEFAULTS,
        driver.configured,
    )
    cloudwatch._describe_alarms = describe_all_members(cloudwatch, cloudwatch._describe_alarms)
    sqs._receive_messages_for_esm = wait_for_whole_batches(sqs._receive_messages_for_esm, lambda_svc)
    lambda_svc._emit_lambda_logs = log_metrics.with_metrics(
        lambda_svc._emit_lambda_logs, cloudwatch.record_metric
    )


def take_whole_bus_policies(eventbridge: Any) -> None:
    """PutPermission with a Policy sets the bus's policy to it. ministack knows single statements alone.

    Source: EventBridge API reference, PutPermission.
    """
    put = eventbridge._put_permission

    def put_permission(data: Mapping[str, Any]) -> Response:
        if not data.get("Policy"):
            answer: Response = put(data)
            return answer
        eventbridge._event_bus_policies[data.get("EventBusName", "default")] = json.loads(data["Policy"])
        empty: Response = eventbridge.json_response({})
        return empty

    eventbridge._put_permission = put_permission


def tell_services_as_ecs_does(ecs: Any) -> None:
    """What a service's request leaves out, ECS tells with its default; what it does not have, ECS leaves out.

    An empty networkConfiguration ends Terraform's provider; a missing maximumPercent is drift for ever.
    Source: ECS API reference, Service and DeploymentConfiguration.
    """
    written = ecs._sanitize

    def sanitize(record: Any) -> Any:
        if isinstance(record, dict) and "schedulingStrategy" in record:
            most = 100 if record["schedulingStrategy"] == "DAEMON" else 200
            deployment = {"maximumPercent": most, **record.get("deploymentConfiguration", {})}
            record = {
                "availabilityZoneRebalancing": "DISABLED",
                **{
                    key: value
                    for key, value in record.items()
                    if (key, value) != ("networkConfiguration", {})
                },
                "deploymentConfiguration": deployment,
            }
        return written(record)

    ecs._sanitize = sanitize


def keep_all_members(
    cloudwatch: Any,
    operation: str,
    put: Handler,
    defaults: Mapping[str, Any],
    configured: Callable[[str], None],
) -> Handler:
    """Store every member of a put-alarm request. ministack drops metric math and suppressors."""

    def handle(params: Any, data: Any, is_cbor: bool, is_json: bool = False) -> Response:  # noqa: FBT001, FBT002 - ministack's handler signature
        request = data if is_cbor or is_json else read_query(operation, params)
        name = request.get("AlarmName", "")
        before = _find(cloudwatch, name) or {}
        status, _, body = put({}, request, False, True)  # noqa: FBT003 - as a JSON request, which it reads best
        if status != 200:
            return _error_again(cloudwatch, body, status, is_cbor=is_cbor, is_json=is_json)
        alarm = _find(cloudwatch, name)
        if alarm is not None:
            for member in _MODEL.operation_model(operation).input_shape.members:
                if member in request:
                    alarm[member] = request[member]
                elif member in defaults:
                    alarm[member] = defaults[member]
                else:
                    alarm.pop(member, None)
            alarm.pop("Tags", None)  # kept by ARN, and never described with the alarm
            for member in ("StateReasonData", "StateTransitionedTimestamp"):
                if member in before:
                    alarm.setdefault(member, before[member])
        configured(name)
        return _ok(cloudwatch, operation, {}, is_cbor=is_cbor, is_json=is_json)

    return handle


def describe_all_members(cloudwatch: Any, describe: Handler) -> Handler:
    """Answer DescribeAlarms in AWS Query XML with every member, as the Terraform provider reads it."""

    def handle(params: Any, data: Any, is_cbor: bool, is_json: bool = False) -> Response:  # noqa: FBT001, FBT002 - ministack's handler signature
        if is_cbor or is_json:
            return describe(params, data, is_cbor, is_json)
        request = read_query("DescribeAlarms", params)
        status, _, body = describe({}, request, False, True)  # noqa: FBT003 - as a JSON request
        if status != 200:
            return _error_again(cloudwatch, body, status, is_cbor=False, is_json=False)
        return _ok(cloudwatch, "DescribeAlarms", json.loads(body), is_cbor=False, is_json=False)

    return handle


def set_state_through(driver: Driver, cloudwatch: Any) -> Handler:
    """SetAlarmState by the same path as an evaluation, so that SNS and EventBridge both hear of it."""

    def handle(params: Any, data: Any, is_cbor: bool, is_json: bool = False) -> Response:  # noqa: FBT001, FBT002 - ministack's handler signature
        request = data if is_cbor or is_json else read_query("SetAlarmState", params)
        name, state = request.get("AlarmName", ""), request.get("StateValue", "")
        problem = None
        if _find(cloudwatch, name) is None:
            problem = ("ResourceNotFound", f"Alarm {name} not found", 404)
        elif state not in STATES:
            problem = ("ValidationError", f"Unknown StateValue: {state}. Use {', '.join(STATES)}.", 400)
        if problem:
            response: Response = cloudwatch._error(*problem, use_json=is_json, use_cbor=is_cbor)
            return response
        driver.set_state(name, state, request.get("StateReason", ""), request.get("StateReasonData") or None)
        return _ok(cloudwatch, "SetAlarmState", {}, is_cbor=is_cbor, is_json=is_json)

    return handle


def wait_for_whole_batches(
    receive: Callable[[str, int], list[dict[str, Any]]], lambda_svc: Any
) -> Callable[[str, int], list[dict[str, Any]]]:
    """Fill a batch until it is full or the mapping's window closes. ministack takes 10 and never waits.

    Source: AWS Lambda, "Configuring an Amazon SQS event source", MaximumBatchingWindowInSeconds.
    """

    def collect(queue_url: str, batch_size: int) -> list[dict[str, Any]]:
        batch = receive(queue_url, min(batch_size, RECEIVE_MESSAGES))
        closes_at = time.monotonic() + (_window_seconds(lambda_svc, queue_url) if batch else 0)
        while batch and len(batch) < batch_size and time.monotonic() < closes_at:
            more = receive(queue_url, min(batch_size - len(batch), RECEIVE_MESSAGES))
            batch.extend(more)
            if not more:
                time.sleep(BATCH_POLL_SECONDS)
        return batch

    return collect


def _window_seconds(lambda_svc: Any, queue_url: str) -> float:
    queue_name = queue_url.rsplit("/", 1)[-1]
    for _, _, mapping in lambda_svc._iter_all_esms():
        if mapping.get("EventSourceArn", "").rsplit(":", 1)[-1] == queue_name:
            return float(mapping.get("MaximumBatchingWindowInSeconds") or 0)
    return 0.0


def read_query(operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The members of an AWS Query request as JSON, with the types of the service model."""
    flat = {key: value[0] if isinstance(value, list) else value for key, value in params.items()}
    found: dict[str, Any] = _read_shape(_MODEL.operation_model(operation).input_shape, "", flat) or {}
    return found


def _read_shape(shape: Any, prefix: str, flat: Mapping[str, str]) -> Any:
    if shape.type_name == "structure":
        members = {
            name: _read_shape(member, f"{prefix}.{name}" if prefix else name, flat)
            for name, member in shape.members.items()
        }
        return {name: value for name, value in members.items() if value is not None} or None
    if shape.type_name == "list":
        items: list[Any] = []
        while (item := _read_shape(shape.member, f"{prefix}.member.{len(items) + 1}", flat)) is not None:
            items.append(item)
        return items or None
    text = flat.get(prefix)
    return None if text is None else _SCALARS.get(shape.type_name, str)(text)


def write_xml(shape: Any, value: Any) -> str:
    """The inside of the XML element for `value`, by its shape; members that are None are left out."""
    if shape.type_name == "structure":
        return "".join(
            f"<{name}>{write_xml(member, value[name])}</{name}>"
            for name, member in shape.members.items()
            if value.get(name) is not None
        )
    if shape.type_name == "list":
        return "".join(f"<member>{write_xml(shape.member, item)}</member>" for item in value)
    if shape.type_name == "boolean":
        return "true" if value else "false"
    if shape.type_name == "timestamp" and isinstance(value, (int, float)):
        return datetime.fromtimestamp(value, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return escape(str(value))


def _find(cloudwatch: Any, name: str) -> dict[str, Any] | None:
    alarm: dict[str, Any] | None = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name)
    return alarm


def _ok(cloudwatch: Any, operation: str, result: dict[str, Any], *, is_cbor: bool, is_json: bool) -> Response:
    response: Response
    if is_cbor or is_json:
        response = cloudwatch._cbor_ok(result) if is_cbor else cloudwatch._json_ok(result)
        return response
    shape = _MODEL.operation_model(operation).output_shape
    inner = f"<{operation}Result>{write_xml(shape, result)}</{operation}Result>" if shape else ""
    response = cloudwatch._xml(200, f"{operation}Response", inner)
    return response


def _error_again(cloudwatch: Any, body: bytes, status: int, *, is_cbor: bool, is_json: bool) -> Response:
    problem = json.loads(body)
    response: Response = cloudwatch._error(
        problem["__type"], problem.get("message", ""), status, use_json=is_json, use_cbor=is_cbor
    )
    return response
