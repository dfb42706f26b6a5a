"""Definitions out of `terraform show -json`, with plans in the shape that Terraform 1.11 writes."""

from __future__ import annotations

from typing import Any

import pytest

from alarms.definitions import CompositeDefinition, Definition
from alarms.model import DefinitionError, UnsupportedAlarm
from alarms.terraform_plan import UNKNOWN_TEXT, from_terraform

METRIC, COMPOSITE = "aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"
NEW = {"arn": True, "id": True, "tags_all": True, "evaluate_low_sample_count_percentiles": True}


def resource(address, kind=METRIC, **values):
    plain = {
        "alarm_name": "cpu",
        "actions_enabled": True,
        "alarm_description": None,
        "namespace": "AWS/ECS",
        "metric_name": "CPUUtilization",
        "dimensions": {"ClusterName": "demo"},
        "statistic": "Average",
        "extended_statistic": None,
        "period": 60,
        "evaluation_periods": 2,
        "datapoints_to_alarm": None,
        "threshold": 80,
        "threshold_metric_id": None,
        "comparison_operator": "GreaterThanThreshold",
        "treat_missing_data": "missing",
        "metric_query": [],
        "ok_actions": None,
        "alarm_actions": None,
        "insufficient_data_actions": None,
        "tags": None,
        "unit": None,
    }
    if kind == COMPOSITE:
        plain = {"alarm_name": "both", "alarm_rule": "ALARM(cpu)", "actions_suppressor": [], "tags": None}
    return {"address": address, "mode": "managed", "type": kind, "values": plain | values}


def plan(*resources, modules=(), unknown=None):
    changes = [
        {"address": address, "change": {"actions": ["create"], "after_unknown": NEW | gaps}}
        for address, gaps in (unknown or {}).items()
    ]
    root = {"resources": list(resources), "child_modules": list(modules)}
    return {"format_version": "1.2", "planned_values": {"root_module": root}, "resource_changes": changes}


def test_finds_alarms_in_child_modules_and_for_each():
    inner = {"address": "module.a.module.b", "resources": [resource('module.a.module.b.x["cpu"]')]}
    outer = {"address": "module.a", "resources": [resource("module.a.x[0]")], "child_modules": [inner]}
    queue = {"address": "aws_sqs_queue.q", "mode": "managed", "type": "aws_sqs_queue", "values": {}}
    found = from_terraform(plan(queue, resource("c", COMPOSITE), modules=[outer]))
    assert [planned.address for planned in found] == ["c", "module.a.x[0]", 'module.a.module.b.x["cpu"]']
    assert [type(planned.definition) for planned in found] == [CompositeDefinition, Definition, Definition]


def test_reads_a_plain_alarm():
    (found,) = from_terraform(plan(resource("x", threshold=0, datapoints_to_alarm=1, unit="Percent")))
    made = found.definition
    assert isinstance(made, Definition)
    assert (made.threshold, made.datapoints_to_alarm, made.missing_data) == (0, 1, "missing")
    assert made.metric_stat is not None
    assert made.metric_stat.dimensions == (("ClusterName", "demo"),)
    assert found.unknown == ()


MATH: dict[str, Any] = {
    "namespace": "",
    "metric_name": "",
    "statistic": "",
    "period": 0,
    "dimensions": {},
    "metric_query": [
        {
            "id": "m1",
            "account_id": "",
            "expression": "",
            "label": "",
            "metric": [
                {"metric_name": "Errors", "namespace": "App", "period": 60, "stat": "Sum", "unit": ""}
            ],
            "period": 0,
            "return_data": False,
        },
        {
            "id": "e1",
            "expression": "m1*2",
            "label": "rate",
            "metric": [],
            "period": None,
            "return_data": True,
        },
    ],
}


def test_reads_metric_math_of_a_state_with_its_empty_values():
    arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:cpu"
    state = {"values": {"root_module": {"resources": [resource("x", arn=arn, id="cpu", **MATH)]}}}
    (found,) = from_terraform(state)
    made = found.definition
    assert isinstance(made, Definition)
    assert (made.arn, made.period, list(made.metric_stats)) == (arn, 60, ["m1"])
    assert made.returned is not None
    assert made.returned.label == "rate"


def test_reads_bands_and_leaves_out_the_threshold_beside_them():
    queries = [
        MATH["metric_query"][0] | {"return_data": True},
        {"id": "ad1", "expression": "ANOMALY_DETECTION_BAND(m1)", "metric": [], "return_data": True},
    ]
    changes = MATH | {
        "metric_query": queries,
        "threshold": 0,
        "threshold_metric_id": "ad1",
        "comparison_operator": "GreaterThanUpperThreshold",
    }
    (found,) = from_terraform(plan(resource("x", **changes)))
    assert isinstance(found.definition, Definition)
    assert (found.definition.threshold, found.definition.threshold_metric_id) == (None, "ad1")


def test_reads_suppressors():
    suppressor = {"alarm": "deploying", "wait_period": 60, "extension_period": 120}
    (found,) = from_terraform(plan(resource("c", COMPOSITE, actions_suppressor=[suppressor])))
    assert isinstance(found.definition, CompositeDefinition)
    assert found.definition.suppressor_wait_period == 60


def test_names_what_is_known_only_after_apply():
    new = resource("x")
    del new["values"]["dimensions"], new["values"]["alarm_actions"], new["values"]["alarm_name"]
    gaps = {"dimensions": True, "alarm_actions": True, "alarm_name": True, "metric_query": []}
    (found,) = from_terraform(plan(new, unknown={"x": gaps}))
    assert found.unknown == ("alarm_actions", "alarm_name", "dimensions")
    made = found.definition
    assert isinstance(made, Definition)
    assert (made.name, made.alarm_actions) == (UNKNOWN_TEXT, (UNKNOWN_TEXT,))
    assert made.metric_stat is not None
    assert made.metric_stat.dimensions == ((UNKNOWN_TEXT, UNKNOWN_TEXT),)


def test_names_gaps_inside_metric_queries():
    gaps = {"metric_query": [{"metric": [{"dimensions": True}]}, {"metric": []}]}
    (found,) = from_terraform(plan(resource("x", **MATH), unknown={"x": gaps}))
    assert found.unknown == ("metric_query[0].metric[0].dimensions",)
    assert isinstance(found.definition, Definition)
    assert found.definition.metric_stats["m1"].dimensions == ((UNKNOWN_TEXT, UNKNOWN_TEXT),)


def test_an_unknown_dimension_value_is_named():
    made = resource("x", dimensions={"LoadBalancer": None})
    (found,) = from_terraform(plan(made, unknown={"x": {"dimensions": {"LoadBalancer": True}}}))
    assert isinstance(found.definition, Definition)
    assert found.definition.metric_stat is not None
    assert found.definition.metric_stat.dimensions == (("LoadBalancer", UNKNOWN_TEXT),)


def test_an_unreadable_alarm_says_so_and_what_was_unknown():
    gone = resource("x", threshold=None)
    odd = resource("y", brand_new_block=[{"a": 1}])
    first, second = from_terraform(plan(gone, odd, unknown={"x": {"threshold": True}}))
    assert first.definition is None
    assert str(first.error) == (
        "cpu: GreaterThanThreshold needs Threshold. Known only after apply: threshold."
    )
    assert isinstance(second.error, UnsupportedAlarm)
    assert "brand_new_block" in str(second.error)


def test_arns_carry_the_place():
    found = from_terraform(
        plan(resource("x"), resource("y", region="eu-west-1")), account="123456789012", region="us-west-2"
    )
    places = [
        (planned.definition.account, planned.definition.region) for planned in found if planned.definition
    ]
    assert places == [("123456789012", "us-west-2"), ("123456789012", "eu-west-1")]


@pytest.mark.parametrize("document", [{}, {"values": []}, {"resource_changes": []}])
def test_refuses_what_is_no_plan(document):
    with pytest.raises(DefinitionError, match="terraform show -json"):
        from_terraform(document)
