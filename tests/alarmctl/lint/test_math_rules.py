"""ALM013 and ALM022: metric math and Metrics Insights."""

from __future__ import annotations

import pytest

ALB, CI, LAMBDA = "AWS/ApplicationELB", "ECS/ContainerInsights", "AWS/Lambda"


@pytest.fixture
def math_alarm(metric_alarm):
    """A metric-math alarm over these queries."""

    def build(*queries, **changes):
        return metric_alarm(metric_query=list(queries), **changes)

    return build


def requests(query, *errors, stat="Sum"):
    queries = [query("req", ALB, "RequestCount", stat)]
    return [*queries, *(query(f"e{index}", ALB, name, stat) for index, name in enumerate(errors))]


def test_a_mean_divided_by_a_peak(lint, math_alarm, query, expression, ids):
    used, reserved = query("u", CI, "CpuUtilized", "Average"), query("r", CI, "CpuReserved", "Maximum")
    assert ids(lint(math_alarm(used, reserved, expression("100*u/r")))) == ["ALM013"]
    reserved = query("r", CI, "CpuReserved", "Average")
    assert ids(lint(math_alarm(used, reserved, expression("100*u/r")))) == []


def test_different_units_may_differ_in_statistic(lint, math_alarm, query, expression, ids):
    waiting = query("w", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum")
    handled = query("h", "AWS/SQS", "NumberOfMessagesDeleted", "Sum")
    assert ids(lint(math_alarm(waiting, handled, expression("w/h")))) == []


def test_a_guard_that_an_outage_makes_false(lint, math_alarm, query, expression, ids):
    queries = requests(query, "HTTPCode_ELB_5XX_Count")
    silent = math_alarm(*queries, expression("IF(req>=100, 100*e0/req, 0)"), threshold=5)
    heard = math_alarm(*queries, expression("IF(req+e0>=100, 100*e0/(req+e0), 0)"), threshold=5)
    assert ids(lint(silent)) == ["ALM013"]
    assert ids(lint(heard)) == []


def test_the_same_guard_is_right_for_what_the_targets_answer(lint, math_alarm, query, expression, ids):
    queries = requests(query, "HTTPCode_Target_5XX_Count")
    assert ids(lint(math_alarm(*queries, expression("IF(req>=100, 100*e0/req, 0)"), threshold=5))) == []


def test_a_guard_is_seen_through_other_expressions(lint, math_alarm, query, expression, ids):
    queries = requests(query, "HTTPCode_ELB_5XX_Count")
    inner = {**expression("100*e0/req", "rate"), "return_data": False}
    assert ids(lint(math_alarm(*queries, inner, expression("IF(req>100, rate, 0)"), threshold=5))) == [
        "ALM013"
    ]


def test_one_failure_of_one_request(lint, math_alarm, query, expression, ids):
    queries = [*requests(query, "HTTPCode_Target_5XX_Count"), expression("100*e0/req")]
    assert ids(lint(math_alarm(*queries, threshold=5, evaluation_periods=1))) == ["ALM013"]
    assert ids(lint(math_alarm(*queries, threshold=5, evaluation_periods=3))) == []


def test_a_share_of_one_held_against_percent(lint, math_alarm, query, expression, ids):
    queries = requests(query, "HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count")
    assert ids(lint(math_alarm(*queries, expression("(e0+e1)/req"), threshold=5))) == ["ALM006"]
    assert ids(lint(math_alarm(*queries, expression("(e0+e1)/req"), threshold=0.05))) == []
    assert ids(lint(math_alarm(*queries, expression("100*(e0+e1)/req"), threshold=5))) == []


def test_an_average_of_ones_inside_an_expression(lint, math_alarm, query, expression, ids):
    queries = [query("req", ALB, "RequestCount"), query("e0", ALB, "HTTPCode_Target_5XX_Count", "Average")]
    assert ids(lint(math_alarm(*queries, expression("e0*2"), threshold=5))) == ["ALM004"]


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        ("FILL(m1, 0)", {"evaluation_periods": 1}, ["ALM013"]),
        ("FILL(m1, 0)", {"evaluation_periods": 3}, ["ALM013"]),
        ("FILL(m1, 0)", {"evaluation_periods": 3, "datapoints_to_alarm": 2}, []),
        ("FILL(m1, 100)", {"evaluation_periods": 1}, ["ALM013"]),
        ("FILL(m1, 100)", {"evaluation_periods": 3}, []),
        ("FILL(m1, REPEAT)", {"evaluation_periods": 1}, []),
        ("FILL(m1, 0)/m2", {"evaluation_periods": 1}, []),
        ("FILL(m1, 0)+m2", {"evaluation_periods": 1}, ["ALM013"]),
        ("m1+m2", {"evaluation_periods": 1}, []),
    ],
)
def test_fill_where_the_newest_datapoint_is_late(  # noqa: PLR0917 -- fixtures
    lint, math_alarm, query, expression, ids, text, changes, expected
):
    metrics = (query("m1", "Acme/Shop", "Orders"), query("m2", "Acme/Shop", "Visits"))
    assert ids(lint(math_alarm(*metrics, expression(text), threshold=50, **changes))) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("100*m1/m9", "no query has the id m9"),
        ("100*(m1", "at character"),
        ("SUM(SEARCH('{AWS/EC2} CPUUtilization', 'Average', 300))", "SEARCH"),
    ],
)
def test_an_expression_that_never_has_a_value(lint, math_alarm, query, expression, text, said):
    report = lint(math_alarm(query("m1", "Acme/Shop", "Orders"), expression(text)))
    ((_, finding),) = report.findings
    assert (finding.rule, finding.severity) == ("ALM013", "error")
    assert said in finding.message


def test_mixed_periods(lint, math_alarm, query, expression, ids):
    metrics = (query("m1", "Acme/Shop", "Orders"), query("m2", "Acme/Shop", "Visits", period=300))
    assert ids(lint(math_alarm(*metrics, expression("m1/m2")))) == ["ALM013"]


def test_two_results(lint, math_alarm, query, expression, ids):
    metric = query("m1", "Acme/Shop", "Orders")
    assert ids(lint(math_alarm(metric, expression("m1*2"), expression("m1*3", "other")))) == ["ALM013"]


def test_more_than_ten_metrics(lint, math_alarm, query, expression, ids):
    metrics = [query(f"m{index}", "Acme/Shop", "Orders") for index in range(11)]
    assert ids(lint(math_alarm(*metrics, expression("SUM(METRICS())")))) == ["ALM013"]


def test_the_rate_of_a_sparse_metric(lint, math_alarm, query, expression, ids):
    assert ids(lint(math_alarm(query("m1", ALB, "HTTPCode_ELB_5XX_Count"), expression("RATE(m1)")))) == [
        "ALM013"
    ]
    assert ids(lint(math_alarm(query("m1", "Acme/Shop", "Orders"), expression("RATE(m1)")))) == []


def test_an_anomaly_band_has_two_results(lint, math_alarm, query, ids):
    metric = {**query("m1", "AWS/SQS", "NumberOfMessagesSent", "Sum"), "return_data": True}
    band = {"id": "band", "expression": "ANOMALY_DETECTION_BAND(m1, 2)", "return_data": True, "metric": []}
    alarm = math_alarm(
        metric,
        band,
        threshold=None,
        threshold_metric_id="band",
        comparison_operator="GreaterThanUpperThreshold",
    )
    assert ids(lint(alarm)) == []


BY_TASK = 'SELECT AVG(CpuUtilized) FROM "ECS/ContainerInsights" GROUP BY TaskId ORDER BY AVG() DESC'
SELECT = "SELECT MAX(disk_used_percent) FROM SCHEMA(CWAgent, InstanceId, path)"


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        (f"{SELECT} GROUP BY InstanceId, path ORDER BY MAX() DESC", {}, []),
        (SELECT, {}, []),
        (f"{SELECT} GROUP BY InstanceId, path", {}, ["ALM022"]),
        (
            f"{SELECT} GROUP BY InstanceId ORDER BY MAX() DESC",
            {"comparison_operator": "LessThanThreshold", "treat_missing_data": "breaching"},
            ["ALM022"],
        ),
        (BY_TASK, {}, ["ALM022"]),
        (f"{SELECT} GROUP BY InstanceId ORDER BY MAX() DESC", {"evaluation_periods": 60}, ["ALM022"]),
    ],
)  # fmt: skip
def test_metrics_insights(lint, math_alarm, expression, ids, text, changes, expected):
    assert ids(lint(math_alarm(expression(text, period=300), **changes))) == expected
