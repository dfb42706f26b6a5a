"""Checks of the alarms and of what they need, against moto."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from alarmctl.doctor import alarms
from alarmctl.doctor.model import Check, Verdict

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
OPERATIONS = "arn:aws:sns:eu-west-1:123456789012:acme-operations"


def look(check, account):
    return [(line.verdict, line.saw) for line in Check("it", check).run(account)]


@pytest.fixture
def put(aws):
    """Create an alarm."""

    def create(name, **changes):
        aws("cloudwatch").put_metric_alarm(
            **{
                "AlarmName": name,
                "AlarmDescription": "It is off. Runbook: docs/runbooks/heartbeat.md",
                "Namespace": "Shop",
                "MetricName": "Orders",
                "Dimensions": [{"Name": "Shop", "Value": "one"}],
                "Statistic": "Sum",
                "Period": 60,
                "EvaluationPeriods": 1,
                "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": 0,
                "AlarmActions": [OPERATIONS],
            }
            | changes
        )

    return create


def datum(aws, namespace, name, value, **dimensions):
    aws("cloudwatch").put_metric_data(
        Namespace=namespace,
        MetricData=[
            {
                "MetricName": name,
                "Value": value,
                "Timestamp": datetime.now(UTC) - timedelta(minutes=2),
                "Dimensions": [{"Name": key, "Value": text} for key, text in dimensions.items()],
            }
        ],
    )


class TestOwnAlarms:
    def test_none(self, account):
        assert look(alarms.own_alarms, account) == [(FAIL, "there are none")]

    def test_quiet(self, account, put):
        put("operations-acme-heartbeat")
        assert look(alarms.own_alarms, account) == [(PASS, "1 are there")]

    def test_one_that_fires_names_its_runbook(self, account, put, aws):
        put("operations-acme-heartbeat")
        aws("cloudwatch").set_alarm_state(
            AlarmName="operations-acme-heartbeat", StateValue="ALARM", StateReason="none"
        )
        line = Check("it", alarms.own_alarms).run(account)[1]
        assert (line.verdict, line.saw) == (FAIL, "operations-acme-heartbeat is in ALARM")
        assert line.do == "See docs/runbooks/heartbeat.md."

    @pytest.mark.parametrize("changes", [{"ActionsEnabled": False}, {"AlarmActions": []}])
    def test_one_that_tells_nobody(self, account, put, changes):
        put("operations-acme-heartbeat", **changes)
        assert look(alarms.own_alarms, account)[1] == (FAIL, "operations-acme-heartbeat tells nobody")


class TestHeartbeat:
    def test_none(self, account):
        assert look(alarms.heartbeat, account)[0][0] is FAIL

    @pytest.mark.parametrize(("value", "expected"), [(1, PASS), (0, FAIL)])
    def test_its_value_says_what_could_be_read(self, account, aws, value, expected):
        datum(aws, "NotifySlack", "Heartbeat", value, Stack="acme")
        assert [verdict for verdict, _ in look(alarms.heartbeat, account)] == [expected]


class TestPublished:
    def test_with_data(self, account, put, aws):
        put("acme-orders")
        datum(aws, "Shop", "Orders", 3, Shop="one")
        assert look(alarms.published, account) == [(PASS, "1 of 1 alarms have data")]

    @pytest.mark.parametrize(("missing", "expected"), [("missing", FAIL), ("notBreaching", UNKNOWN)])
    def test_silence_is_judged_by_what_it_means(self, account, put, missing, expected):
        put("acme-orders", TreatMissingData=missing)
        found = look(alarms.published, account)
        assert found == [
            (expected, "acme-orders: no data of Orders in the last 3 hours"),
            (PASS, "0 of 1 alarms have data"),
        ]

    def test_each_metric_of_metric_math_counts(self, account, put, aws):
        stats = [
            {
                "Id": name.lower(),
                "MetricStat": {
                    "Metric": {"Namespace": "Shop", "MetricName": name, "Dimensions": []},
                    "Period": 60,
                    "Stat": "Sum",
                },
                "ReturnData": False,
            }
            for name in ("Failed", "Orders")
        ]
        put(
            "acme-rate",
            Metrics=[*stats, {"Id": "rate", "Expression": "failed/orders", "ReturnData": True}],
        )
        datum(aws, "Shop", "Orders", 3)
        assert "Failed" in look(alarms.published, account)[0][1]

    def test_neither_the_canary_nor_other_stacks_are_asked(self, account, put):
        put("acme-canary")
        put("other-orders")
        put("operations-acme-heartbeat")
        assert look(alarms.published, account) == [(PASS, "0 of 0 alarms have data")]


class TestContainerInsights:
    @pytest.mark.parametrize(
        ("value", "namespace", "expected"),
        [
            ("enhanced", "ECS/ContainerInsights", (PASS, "shop: enhanced")),
            ("disabled", "AWS/ECS", (PASS, "shop: disabled")),
            ("disabled", "ECS/ContainerInsights", (FAIL, "shop: disabled, and alarms need it")),
        ],
    )
    def test_its_mode(self, account, put, aws, value, namespace, expected):
        aws("ecs").create_cluster(
            clusterName="shop", settings=[{"name": "containerInsights", "value": value}]
        )
        put("acme-cpu", Namespace=namespace, Dimensions=[{"Name": "ClusterName", "Value": "shop"}])
        assert look(alarms.container_insights, account) == [expected]

    def test_a_cluster_that_is_not_there(self, account, put):
        put("acme-cpu", Dimensions=[{"Name": "ClusterName", "Value": "shop"}])
        assert look(alarms.container_insights, account) == [(FAIL, "there is no cluster shop")]

    def test_without_clusters(self, account):
        assert look(alarms.container_insights, account) == [(PASS, "nothing to check")]


class TestSms:
    @pytest.mark.usefixtures("topics")
    @pytest.mark.parametrize(
        ("sandbox", "limit", "expected"),
        [
            (False, {"MonthlySpendLimit": "50"}, [PASS, PASS]),
            (True, {"MonthlySpendLimit": "50"}, [FAIL, PASS]),
            (False, {}, [PASS, FAIL]),
        ],
    )
    def test_phones(self, account, monkeypatch, sandbox, limit, expected):
        real = account.client("sns")
        sns = SimpleNamespace(
            get_topic_attributes=real.get_topic_attributes,
            get_sms_sandbox_account_status=lambda: {"IsInSandbox": sandbox},
            get_sms_attributes=lambda attributes: {"attributes": dict.fromkeys(attributes) and limit},
        )
        monkeypatch.setattr(type(account), "client", lambda _, service: sns if service == "sns" else None)
        phone = [{"Subscriptions": [{"Protocol": "sms", "Endpoint": "+15550100999"}]}]
        monkeypatch.setattr(type(account), "pages", lambda *_, **__: iter(phone))
        monkeypatch.setattr(type(account), "topic_arn", lambda _, topic: f"{OPERATIONS[:-10]}{topic}")
        assert [verdict for verdict, _ in look(alarms.sms, account)] == expected

    def test_nobody(self, account):
        assert look(alarms.sms, account) == [(PASS, "nobody is told by SMS")]
