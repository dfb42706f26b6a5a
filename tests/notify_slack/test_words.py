from datetime import UTC, datetime

import pytest

from notify_slack import words
from notify_slack.facts import AlarmFacts, Metric
from notify_slack.quantity import beside, duration, number, periods, quantity, span

CPU = Metric(namespace="AWS/ECS", name="CPUUtilization", stat="Average", period_seconds=60)


def facts(reason, metric=CPU, **known):
    return AlarmFacts(name="a", state="ALARM", reason=reason, metrics=(metric,), **known)


V = "(02/03/26 10:1{}:00)"
TO_ALARM = "(minimum {} for OK -> ALARM transition)."


@pytest.mark.parametrize(
    ("reason", "sentence", "brief"),
    [
        (
            f"Threshold Crossed: 1 datapoint [81.5 {V.format(4)}] was greater than the threshold (80.0).",
            "Average of `CPUUtilization` was 81.5 % in the last minute; threshold > 80 %",
            "81.5 %, threshold > 80 %",
        ),
        (
            f"Threshold Crossed: 2 out of the last 3 datapoints [90.0 {V.format(4)}, 90.0 {V.format(2)}] "
            "were greater than or equal to the threshold (80.0) "
            "and 1 missing datapoint was treated as [Breaching] " + TO_ALARM.format("2 datapoints"),
            (
                "Average of `CPUUtilization` was 90 % in the last 2 of 3 minutes; threshold ≥ 80 %; "
                "1 missing datapoint counted as breaching"
            ),
            "90 %, threshold ≥ 80 %",
        ),
        (
            "Threshold Crossed: 5 out of the last 5 datapoints were less than the threshold (20.0). The most "
            f"recent datapoints which crossed the threshold: [5.0 {V.format(4)}, 4.0 {V.format(3)}, "
            f"3.0 {V.format(2)}, 2.0 {V.format(1)}, 1.0 {V.format(0)}] " + TO_ALARM.format("5 datapoints"),
            "Average of `CPUUtilization` was 1 to 5 % in the last 5 of 5 minutes; threshold < 20 %",
            "5 %, threshold < 20 %",
        ),
        (
            f"Thresholds Crossed: 1 out of the last 1 datapoints [0.0 {V.format(4)}] was less than the lower "
            "thresholds [0.5] or greater than the upper thresholds [1.5] " + TO_ALARM.format("1 datapoint"),
            "Average of `CPUUtilization` was 0 % in the last minute; expected 0.5 to 1.5 %",
            "0 %, expected 0.5 to 1.5 %",
        ),
        (
            f"Thresholds Crossed: 1 out of the last 1 datapoints [9.0 {V.format(4)}] was greater than the "
            "upper thresholds [1.5] " + TO_ALARM.format("1 datapoint"),
            "Average of `CPUUtilization` was 9 % in the last minute; expected at most 1.5 %",
            "9 %, expected at most 1.5 %",
        ),
        (
            f"Thresholds Crossed: 1 datapoint [0.1 {V.format(4)}] was less than the lower thresholds [0.5].",
            "Average of `CPUUtilization` was 0.1 % in the last minute; expected at least 0.5 %",
            "0.1 %, expected at least 0.5 %",
        ),
        (
            (
                "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were "
                "treated as [Breaching]."
            ),
            "No data for `CPUUtilization` in the last 3 minutes, counted as breaching",
            "no data",
        ),
        (
            "Threshold Crossed: 1 datapoint (10.0) was greater than or equal to the threshold (1.0).",
            "Average of `CPUUtilization` was 10 % in the last minute; threshold ≥ 1 %",
            "10 %, threshold ≥ 1 %",
        ),
        ("6 out of 6 time series evaluated to ALARM", "6 out of 6 time series evaluated to ALARM", None),
        ("trying the\nalarm", "trying the alarm", None),
        ("", "", None),
    ],
)
def test_sentences(reason, sentence, brief):
    assert words.sentence(facts(reason)) == sentence
    assert words.brief(facts(reason)) == (sentence if brief is None else brief)


def test_a_reason_in_other_words_still_names_the_condition():
    said = words.sentence(facts("trying it", threshold=80.0, comparison="≥", evaluation_periods=2))
    assert said == "trying it (Average of `CPUUtilization`, threshold ≥ 80 %)"
    assert (
        words.condition(facts("trying it", evaluation_periods=3, datapoints_to_alarm=2)) == "2 of 3 minutes"
    )


@pytest.mark.parametrize(
    ("expression", "unit"),
    [
        ("100*m1/m2", "Percent"),
        ("100 * (m1 / m2)", "Percent"),
        ("(m1/m2)*100", "Percent"),
        ("m1/m2", ""),
        ("100*m1", ""),
        ("100*m1/m2+5", ""),
    ],
)
def test_a_share_times_a_hundred_is_a_percentage(expression, unit):
    assert words.unit(facts("", Metric(id="e1", expression=expression))) == unit


def test_ids_become_names_unless_two_metrics_share_one():
    metrics = (
        Metric(id="e1", expression="m1-m2+m3"),
        Metric(id="m1", name="Errors", returned=False),
        Metric(id="m2", name="Errors", returned=False),
        Metric(id="m3", name="Faults", returned=False),
    )
    assert words.subject(AlarmFacts(metrics=metrics)) == "`m1-m2+Faults`"


def test_what_is_not_known_is_left_out():
    reason = "Threshold Crossed: 1 datapoint [1.0 (02/03/26 10:14:00)] crossed something else."
    assert words.sentence(AlarmFacts(name="a", reason=reason)) == "`a` was 1 in the last datapoint"
    silent = AlarmFacts(name="a", reason="Insufficient Data: 2 datapoints were unknown.", previous_state="OK")
    assert words.sentence(silent) == "No data for `a` in the last 2 datapoints"
    assert words.sentence(AlarmFacts(reason="x", rule="ALARM(b)")) == "x; rule `ALARM(b)`"


def test_the_consoles_own_label_says_nothing():
    assert words.subject(AlarmFacts(metrics=(Metric(expression="m1", label="Expression1"),))) == "`m1`"


def test_a_duration_needs_both_times_in_order():
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 3, 5, tzinfo=UTC)
    assert words.lasted(AlarmFacts(at=late, previous_at=early)) == "3 h 5 min"
    assert words.lasted(AlarmFacts(at=early, previous_at=late)) == ""
    assert words.lasted(AlarmFacts(at=early)) == ""


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (93.0, "Percent", "93 %"),
        (91.23456, "Percent", "91.23 %"),
        (1536, "Bytes", "1.5 KiB"),
        (3 * 1024**4, "Bytes/Second", "3 TiB/s"),
        (0.25, "Seconds", "0.25 s"),
        (1234567.8, "Count", "1,234,568"),
        (5, "Gigabits", "5 Gigabits"),
        (5, "None", "5"),
        (1e300, "", "1e+300"),
        (0.00001234, "", "1.234e-05"),
    ],
)
def test_quantities(value, unit, text):
    assert quantity(value, unit) == text


@pytest.mark.parametrize(
    ("value", "limits", "unit", "text"),
    [
        (90.004, (90.0,), "Percent", "90.004 %"),
        (90.0, (90.0,), "Percent", "90 %"),
        (90.004, (80.0,), "Percent", "90 %"),
        (1.50001, (0.5, 1.5), "", "1.50001"),
        (1234567.8, (1234568.0,), "", "1,234,567.8"),
        (1024**3 + 1, (1024**3,), "Bytes", "1,073,741,825 Bytes"),
        (0.1 + 0.2, (0.3,), "", "0.3"),
    ],
)
def test_a_value_never_reads_like_a_limit_that_it_is_not(value, limits, unit, text):
    assert beside(value, limits, unit) == text


@pytest.mark.parametrize(
    ("low", "high", "limits", "unit", "text"),
    [
        (3, 9, (), "Percent", "3 to 9 %"),
        (92.5, 92.5, (), "Percent", "92.5 %"),
        (92.501, 92.503, (), "Percent", "92.5 %"),
        (80.001, 95, (80.0,), "Percent", "80.001 to 95 %"),
        (512 * 1024**2, 1024**3, (), "Bytes", "512 MiB to 1 GiB"),
    ],
)
def test_a_span_of_what_reads_alike_is_one_quantity(low, high, limits, unit, text):
    assert span(low, high, unit, limits) == text


@pytest.mark.parametrize(
    "reason",
    [
        f"Threshold Crossed: 1 datapoint [1e999 {V.format(4)}] was greater than the threshold (80.0).",
        f"Threshold Crossed: 1 datapoint [90.0 {V.format(4)}] was greater than the threshold (-1e999).",
        f"Thresholds Crossed: 1 datapoint [0.1 {V.format(4)}] was less than the lower thresholds [1e999].",
    ],
)
def test_a_number_that_no_float_holds_is_told_as_it_was_written(reason):
    assert words.read(reason) == words.Reading()
    assert words.sentence(facts(reason)).startswith(reason)
    assert words.brief(facts(reason)) == reason


def test_numbers_durations_and_periods():
    assert [number(value) for value in (0.0, -3.5, 1e6)] == ["0", "-3.5", "1,000,000"]
    assert [duration(value) for value in (-1, 59, 60, 3600, 7260, 90000, 86400)] == [
        "0 s", "59 s", "1 min", "1 h", "2 h 1 min", "1 d 1 h", "1 d",
    ]  # fmt: skip
    assert [periods(2, value) for value in (None, 60, 300, 3600)] == [
        "2 datapoints", "2 minutes", "2 periods of 5 min", "2 hours",
    ]  # fmt: skip


def test_an_ok_says_how_many_of_the_last_datapoints_brought_it():
    reason = (
        f"Threshold Crossed: 1 out of the last 2 datapoints [41.5 {V.format(4)}] was not greater than the "
        "threshold (80.0) (minimum 1 datapoint for ALARM -> OK transition)."
    )
    known = AlarmFacts(name="a", state="OK", reason=reason, metrics=(CPU,))
    assert words.sentence(known) == (
        "Average of `CPUUtilization` was 41.5 % in 1 of the last 2 minutes; threshold > 80 %"
    )


def test_values_without_a_count_are_told_without_a_window():
    assert words.sentence(facts(f"Threshold Crossed: [81.5 {V.format(4)}]")) == (
        "Average of `CPUUtilization` was 81.5 %"
    )
