"""Definitions: what is read, what is refused as CloudWatch refuses it, what is named as unsupported."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alarms import reader
from alarms.definitions import (
    STATIC_OPERATORS,
    TREATMENTS,
    CompositeDefinition,
    Definition,
    from_describe_alarms,
    from_put_composite_alarm,
    from_put_metric_alarm,
)
from alarms.evaluate import COMPARISONS, MISSING_DATA
from alarms.model import AlarmError, DefinitionError, UnsupportedAlarm
from alarms.reasons import TREATED_AS, WORDS


def test_reads_a_single_metric(put):
    made = from_put_metric_alarm(
        put(AlarmDescription="busy", OKActions=["arn:aws:sns:x:1:t"], Unit="Percent")
    )
    assert made.metric_stat is not None
    assert made.metric_stat.dimensions == (("ClusterName", "demo"),)
    assert (made.period, made.needed_to_alarm, made.datapoints_to_alarm) == (60, 3, None)
    assert made.ok_actions == ("arn:aws:sns:x:1:t",)
    assert made.arn == "arn:aws:cloudwatch:us-east-1:000000000000:alarm:cpu"


def test_the_place_makes_the_arn_unless_there_is_one(put):
    made = from_put_metric_alarm(put(), account="123456789012", region="eu-west-1")
    assert (made.account, made.region) == ("123456789012", "eu-west-1")
    given = "arn:aws-cn:cloudwatch:cn-north-1:210987654321:alarm:cpu"
    assert from_put_metric_alarm(put(AlarmArn=given)).region == "cn-north-1"


def test_reads_metric_math(put_math):
    made = from_put_metric_alarm(put_math("100*m1/m2", "m1", "m2", period=300))
    assert made.metric_stat is None
    assert made.period == 300
    assert list(made.metric_stats) == ["m1", "m2"]
    assert made.returned is not None
    assert made.returned.id == "result"


def test_reads_describe_alarms_with_states_and_times(put):
    described = put(
        StateValue="OK",
        StateReason="fine",
        StateUpdatedTimestamp=datetime(2026, 1, 1, tzinfo=UTC),
        AlarmConfigurationUpdatedTimestamp="2026-01-02T03:04:05.678+0000",
        ActionsEnabled=False,
    )
    composite = {"AlarmName": "any", "AlarmRule": 'ALARM(cpu) OR ALARM("my disk")'}
    found = from_describe_alarms({"MetricAlarms": [described], "CompositeAlarms": [composite]})
    assert [type(alarm) for alarm in found] == [Definition, CompositeDefinition]
    assert found[0].updated == datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    assert not found[0].actions_enabled
    assert isinstance(found[1], CompositeDefinition)
    assert found[1].children == ("cpu", "my disk")


def test_one_unsupported_alarm_need_not_hide_the_others(put):
    answer = {
        "MetricAlarms": [put(EvaluationCriteria={"PromQLCriteria": {"Query": "up"}}), put()],
        "LogAlarms": [{"AlarmName": "logs"}],
    }
    with pytest.raises(UnsupportedAlarm, match="PromQL"):
        from_describe_alarms(answer)
    named: list[UnsupportedAlarm] = []
    assert len(from_describe_alarms(answer, named.append)) == 1
    assert [str(error) for error in named] == [
        "cpu: PromQL alarms (EvaluationCriteria; promtool can test their queries) are not evaluated here",
        "logs: log alarms are not evaluated here",
    ]


REFUSED = [
    ({"AlarmName": ""}, "AlarmName"),
    ({"ComparisonOperator": ">"}, "ComparisonOperator is '>'. Use GreaterThanThreshold,"),
    ({"ComparisonOperator": None}, "needs ComparisonOperator"),
    (
        {"TreatMissingData": "breach"},
        "TreatMissingData is 'breach'. Use missing, ignore, breaching, notBreaching",
    ),
    ({"Statistic": None}, "needs either Statistic or ExtendedStatistic"),
    ({"ExtendedStatistic": "p90"}, "needs either Statistic or ExtendedStatistic"),
    ({"Statistic": None, "ExtendedStatistic": "ninety"}, "statistic is 'ninety'"),
    ({"Statistic": "Mean"}, "Statistic is 'Mean'. Use SampleCount, Average"),
    ({"Period": 45}, "Period is 45 seconds. Use 10, 20, 30, a multiple of 60"),
    ({"Period": True}, "Period is True"),
    ({"Period": None}, "Period is None"),
    ({"EvaluationPeriods": None}, "needs EvaluationPeriods"),
    ({"EvaluationPeriods": 0}, "EvaluationPeriods must be at least 1"),
    ({"EvaluationPeriods": "3"}, "EvaluationPeriods must be a whole number, not '3'"),
    ({"DatapointsToAlarm": 4}, "DatapointsToAlarm 4 exceeds EvaluationPeriods 3"),
    ({"EvaluationPeriods": 1441}, "must not exceed 86400 seconds"),
    ({"Period": 3600, "EvaluationPeriods": 169}, "must not exceed 604800 seconds"),
    ({"Threshold": None}, "GreaterThanThreshold needs Threshold"),
    ({"Threshold": "high"}, "Threshold must be a number, not 'high'"),
    ({"MetricName": None}, "needs either MetricName or Metrics, not neither"),
    ({"Metrics": [{"Id": "m1"}]}, "needs either MetricName or Metrics, not both"),
    ({"Namespace": None}, "a metric needs MetricName and Namespace"),
    ({"AlarmActions": "arn"}, "AlarmActions must be a list of text"),
    ({"AlarmArn": "cpu"}, "AlarmArn is 'cpu'"),
    ({"ActionsEnabled": "yes"}, "ActionsEnabled must be true or false"),
    ({"ThresholdMetricId": "ad1"}, "takes no ThresholdMetricId"),
    ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "needs ThresholdMetricId"),
    (
        {"Period": 120, "EvaluationWindow": {"WallClockWindow": {}}},
        "a WallClockWindow needs Period. Use 60, 300",
    ),
    ({"EvaluationWindow": {"WallClockWindow": {"Timezone": "Moon"}}}, "unknown time zone 'Moon'"),
    ({"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 0}}, "must be 1 to 2880"),
]


@pytest.mark.parametrize(("changes", "complaint"), REFUSED, ids=lambda value: str(value)[:50])
def test_refuses_by_name(put, changes, complaint):
    with pytest.raises(DefinitionError) as refused:
        from_put_metric_alarm(put() | changes)
    assert complaint in str(refused.value)


MATH_REFUSED = [
    ("m1 +", ("m1",), "cpu: expected a value, found the end, at character 5 of 'm1 +'"),
    ("m1 / m2", ("m1",), "no metric query has the id 'm2'"),
    ("AVG(m1)", ("m1",), "the result must be a time series"),
    ("M1", ("M1",), "must start with a lower-case letter"),
    ("SUM(METRICS())", tuple(f"m{n}" for n in range(11)), "at most 10 metrics"),
    ("m1", ("m1", "m1"), "ids must be unique"),
]


@pytest.mark.parametrize(("expression", "metrics", "complaint"), MATH_REFUSED)
def test_refuses_metric_math_by_name(put_math, expression, metrics, complaint):
    with pytest.raises(AlarmError) as refused:
        from_put_metric_alarm(put_math(expression, *metrics))
    assert complaint in str(refused.value)


def test_refuses_mixed_periods_and_two_results(put_math):
    mixed = put_math("m1+m2", "m1", "m2")
    mixed["Metrics"][2]["MetricStat"]["Period"] = 300
    with pytest.raises(DefinitionError, match="same Period; found 60, 300"):
        from_put_metric_alarm(mixed)
    both = put_math("m1*2", "m1")
    both["Metrics"][1]["ReturnData"] = True
    with pytest.raises(
        DefinitionError, match="exactly one metric query must have ReturnData true; found result, m1"
    ):
        from_put_metric_alarm(both)


UNSUPPORTED = [
    ({"EvaluationInterval": 60}, "EvaluationInterval"),
    ({"EvaluationCriteria": {}}, "PromQL"),
    ({"ScheduledQueryConfiguration": {}}, "log alarms"),
    ({"BrandNew": 1}, "not understood: BrandNew"),
]


@pytest.mark.parametrize(("changes", "feature"), UNSUPPORTED)
def test_names_what_it_does_not_support(put, changes, feature):
    with pytest.raises(UnsupportedAlarm, match=feature):
        from_put_metric_alarm(put() | changes)


@pytest.mark.parametrize(
    ("expression", "feature"),
    [("SELECT AVG(CPU) FROM x", "Metrics Insights"), ("SUM(SEARCH('a'))", "SEARCH")],
)
def test_names_unsupported_expressions(put_math, expression, feature):
    with pytest.raises(UnsupportedAlarm, match=feature):
        from_put_metric_alarm(put_math(expression, "m1"))


def test_composites_want_both_periods_with_a_suppressor():
    parameters = {"AlarmName": "all", "AlarmRule": "ALARM(cpu)", "ActionsSuppressor": "deploying"}
    with pytest.raises(DefinitionError, match="ActionsSuppressorWaitPeriod"):
        from_put_composite_alarm(parameters)
    periods = {"ActionsSuppressorWaitPeriod": 60, "ActionsSuppressorExtensionPeriod": 120}
    made = from_put_composite_alarm(parameters | periods)
    assert (made.suppressor_wait_period, made.suppressor_extension_period) == (60, 120)


def test_composites_want_a_rule():
    with pytest.raises(DefinitionError, match="needs AlarmRule"):
        from_put_composite_alarm({"AlarmName": "all"})


def test_tables_cover_their_choices():
    assert set(COMPARISONS) == set(WORDS) == set(STATIC_OPERATORS)
    assert set(MISSING_DATA) == set(TREATMENTS)
    assert set(TREATED_AS) < set(TREATMENTS)
    assert not reader.METRIC_KEYS & set(reader.UNSUPPORTED)


@pytest.mark.parametrize(
    "changes",
    [
        {"Dimensions": 5},
        {"Dimensions": [{"a": None}]},
        {"AlarmActions": 1},
        {"Threshold": 10**400},
        {"EvaluationWindow": {"WallClockWindow": "UTC"}},
        {"WarmUpConfiguration": "x"},
        {"AlarmConfigurationUpdatedTimestamp": "yesterday"},
        {"MetricName": None, "Statistic": None, "Metrics": ["m1"]},
    ],
)
def test_a_value_of_another_type_is_refused_by_the_alarms_name(put, changes):
    with pytest.raises(DefinitionError, match=r"^cpu: "):
        from_put_metric_alarm(put(**changes))


@pytest.mark.parametrize(
    "updated", ["2026-09-14T12:00:00Z", 1789387200, datetime(2026, 9, 14, 12, tzinfo=UTC)]
)
def test_times_of_every_protocol(put, updated):
    made = from_put_metric_alarm(put(AlarmConfigurationUpdatedTimestamp=updated))
    assert made.updated == datetime(2026, 9, 14, 12, tzinfo=UTC)
