from datetime import UTC, datetime

import pytest

from notify_slack import console
from notify_slack.facts import AlarmFacts, Metric


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "eu-west-1.console.aws.amazon.com"),
        ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_each_partition_has_its_console(region, host):
    assert console.alarm(region, "a b/c") == (
        f"https://{host}/cloudwatch/home?region={region}#alarmsV2:alarm/a%20b%2Fc"
    )


def test_no_region_no_link():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert console.alarm("", "a") == console.alarms("") == console.logs("", "g") == ""
    assert console.insights("", "g", "", at, at) == console.insights("eu-west-1", "", "", at, at) == ""


def test_the_graph_spells_metrics_as_the_console_does():
    facts = AlarmFacts(
        region="eu-west-1",
        at=datetime(2026, 3, 2, 10, 15, tzinfo=UTC),
        threshold=80.0,
        metrics=(
            Metric(id="e1", expression="100*m1/m2", label="CPU"),
            Metric(id="m1", namespace="AWS/ECS", name="Used", stat="Average",
                   returned=False, dimensions=(("C", "ü→"),)),
        ),
    )  # fmt: skip
    assert console.metrics(facts).partition("#")[2] == (
        "metricsV2:graph=~(metrics~(~(~(expression~'100*2am1*2fm2~id~'e1~label~'CPU))"
        "~(~'AWS*2fECS~'Used~'C~'*fc**2192~(id~'m1~visible~false~stat~'Average)))"
        "~region~'eu-west-1~start~'2026-03-02T09*3a15*3a00.000Z~end~'2026-03-02T11*3a15*3a00.000Z"
        "~annotations~(horizontal~(~(value~80.0))))"
    )


def test_a_graph_that_needs_too_long_an_address_is_left_out():
    metrics = tuple(Metric(name="m" * 200, namespace="n") for _ in range(10))
    assert console.metrics(AlarmFacts(region="x", at=datetime(2026, 1, 1, tzinfo=UTC), metrics=metrics)) == ""
    assert console.metrics(AlarmFacts(region="x", metrics=metrics[:1])) == ""


def test_log_groups_are_encoded_twice():
    assert console.logs("eu-west-1", "/acme/api").endswith("#logsV2:log-groups/log-group/$252Facme$252Fapi")


def test_health_has_one_address_in_the_commercial_partition_only():
    found = console.health("arn:aws:health:eu-west-1::event/X")
    assert found.endswith("eventID=arn%3Aaws%3Ahealth%3Aeu-west-1%3A%3Aevent%2FX")
    assert console.health("arn:aws-cn:health:cn-north-1::event/X") == ""
