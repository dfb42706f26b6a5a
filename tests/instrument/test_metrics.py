import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument import Metrics
from instrument.metrics import UNITS, MetricError, document


def check(made):
    """What the specification of the embedded metric format demands of a document.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    about = made["_aws"]
    assert set(about) == {"Timestamp", "CloudWatchMetrics"}
    assert type(about["Timestamp"]) is int
    assert about["CloudWatchMetrics"]
    for directive in about["CloudWatchMetrics"]:
        assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
        assert 1 <= len(directive["Namespace"]) <= 1024
        assert directive["Dimensions"]
        for names in directive["Dimensions"]:
            assert len(names) <= 30
            for name in names:
                assert 1 <= len(name) <= 250
                assert isinstance(made[name], str)  # a dimension's value is a member of the root
                assert 1 <= len(made[name]) <= 1024
        assert len(directive["Metrics"]) <= 100
        for metric in directive["Metrics"]:
            assert set(metric) <= {"Name", "Unit", "StorageResolution"}
            assert 1 <= len(metric["Name"]) <= 1024
            assert metric["Unit"] in UNITS
            value = made[metric["Name"]]
            assert type(value) in {int, float}
            assert math.isfinite(value)
    assert len(json.dumps(made)) <= 256 * 1024


@pytest.fixture
def lines():
    return []


@pytest.fixture
def metrics(service, lines):
    return Metrics("Helloworld/traffic", service, lines.append, clock=lambda: 1_760_000_000.1234)


def test_a_page_view_as_cloudwatch_reads_it(metrics, lines):
    metrics.put("page_viewed", 1)
    assert json.loads(lines[0]) == {
        "service": "helloworld",
        "environment": "staging",
        "Version": "1.4.2",
        "page_viewed": 1,
        "_aws": {
            "Timestamp": 1_760_000_000_123,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Helloworld/traffic",
                    "Dimensions": [["Version"]],
                    "Metrics": [{"Name": "page_viewed", "Unit": "Count"}],
                }
            ],
        },
    }


def test_further_dimensions_and_a_total(metrics, lines):
    metrics.put("latency", 12.5, "Milliseconds", total=True, Page="home")
    made = json.loads(lines[0])
    check(made)
    assert made["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Version", "Page"], []]
    assert made["Page"] == "home"


@given(
    st.dictionaries(
        st.from_regex(r"m[a-z_]{0,20}", fullmatch=True),
        st.tuples(
            st.floats(allow_nan=False, min_value=-1e108, max_value=1e108), st.sampled_from(sorted(UNITS))
        ),
        max_size=20,
    ),
    st.lists(st.dictionaries(st.sampled_from("ABCDEF"), st.just("value"), max_size=6), max_size=4),
)
def test_every_document_is_valid(values, dimension_sets):
    made = document("Shop/traffic", values, dimension_sets, 1, {"note": "x"})
    check(json.loads(json.dumps(made)))


@pytest.mark.parametrize(
    ("call", "culprit"),
    [
        (lambda metrics: metrics.put("page_viewed", math.nan), "page_viewed is nan"),
        (lambda metrics: metrics.put("page_viewed", math.inf), "page_viewed is inf"),
        (lambda metrics: metrics.put("page_viewed", True), "page_viewed is True"),
        (lambda metrics: metrics.put("page_viewed", 2.0**361), "2\\^360"),
        (lambda metrics: metrics.put("page_viewed", 1, "Pages"), "unit of page_viewed is 'Pages'"),
        (lambda metrics: metrics.put("", 1), "metric name ''"),
        (lambda metrics: metrics.put("m", 1, Page=""), "dimension Page is ''"),
        (lambda metrics: metrics.put("m", 1, Page="käse"), "dimension Page is 'käse'"),
        (lambda metrics: metrics.put("m", 1, **{":x": "1"}), "dimension name ':x'"),
        (
            lambda metrics: metrics.put("Page", 1, Page="home"),
            "Page is the name of a metric and of a dimension",
        ),
        (lambda metrics: metrics.put("m", 1, **{f"d{n}": "x" for n in range(30)}), "31 dimensions"),
    ],
)
def test_what_cloudwatch_would_drop_is_refused_by_name(metrics, lines, call, culprit):
    with pytest.raises(MetricError, match=culprit):
        call(metrics)
    assert lines == []


@pytest.mark.parametrize("namespace", ["", "AWS/Lambda", "a b", "x" * 256])
def test_a_namespace_is_refused_at_start(service, namespace):
    with pytest.raises(MetricError, match="namespace"):
        Metrics(namespace, service)


def test_two_values_of_one_dimension_do_not_fit_one_document():
    with pytest.raises(MetricError, match="dimension A is both '1' and '2'"):
        document("x", {}, [{"A": "1"}, {"A": "2"}], 0)


def test_lines_go_to_standard_output(service, capsys):
    Metrics("Helloworld/traffic", service).put("page_viewed")
    check(json.loads(capsys.readouterr().out))
