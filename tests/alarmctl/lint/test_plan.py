"""Reading plans: child modules, for_each, values known only after apply, and where they come from."""

from __future__ import annotations

import pytest

from alarmctl.lint import commands
from alarmctl.lint import plan as plan_reader

ALARM = "aws_cloudwatch_metric_alarm.this"
AWS_KEY = {"kms_master_key_id": "alias/aws/sns", "name": "legacy"}


def refers(**expressions):
    return {name: {"references": references} for name, references in expressions.items()}


def block(address, **expressions):
    kind, name = address.split(".")
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name,
        "expressions": refers(**expressions),
    }


def rules(document):
    return sorted(f.rule for _, f in commands.lint([plan_reader.read(document, "plan.json")]).findings)


def test_reads_child_modules_of_plans_and_states(metric_alarm):
    inner = metric_alarm('module.a["x"].module.b[0].aws_cloudwatch_metric_alarm.this["k"]')
    child = {"address": 'module.a["x"]', "child_modules": [{"resources": [inner]}]}
    for section in ("planned_values", "values"):
        document = {"format_version": "1.0", section: {"root_module": {"child_modules": [child]}}}
        (alarm,) = plan_reader.read(document, "x").alarms
        assert alarm.address == inner["address"]


def test_data_sources_and_other_resources_are_no_alarms(plan, resource):
    document = plan(resource("aws_instance.a", {"id": "i-1"}), resource("aws_sns_topic.t", {}, mode="data"))
    stack = plan_reader.read(document, "x")
    assert (stack.alarms, stack.topics) == ((), ())


def test_an_unknown_value_is_named_and_nothing_is_concluded_from_it(lint, metric_alarm, ids):
    alarm = metric_alarm(metric_name="RunningTaskCount", dimensions=None, threshold=None)
    report = lint(alarm, unknown={ALARM: {"metric_name": True, "dimensions": True, "threshold": True}})
    assert ids(report) == []
    assert report.unread == (f"{ALARM}: dimensions, metric_name, threshold known only after apply",)


def test_an_unknown_dimension_value_still_has_a_name(lint, metric_alarm, ids):
    alarm = metric_alarm(dimensions={"ClusterName": "shop"})
    marks = {ALARM: {"dimensions": {"TaskDefinitionFamily": True}}}
    report = lint(alarm, unknown=marks)
    assert report.unread == (f"{ALARM}: dimensions known only after apply",)


@pytest.mark.parametrize("attribute", ["ok_actions", "insufficient_data_actions"])
def test_an_ok_action_alone_is_no_action(lint, metric_alarm, ids, attribute):
    arn = "arn:aws:sns:us-east-1:123456789012:acme"
    assert ids(lint(metric_alarm(alarm_actions=[], **{attribute: [arn]}))) == ["ALM014"]


def unknown_action(*addresses):
    return {address: {"alarm_actions": True} for address in addresses} | {
        "aws_sns_topic.legacy": {"arn": True}
    }


def test_finds_the_topic_behind_an_unknown_action(lint, metric_alarm, resource, ids):
    topics = [
        resource("aws_sns_topic.legacy", AWS_KEY),
        resource("aws_sns_topic.other", {**AWS_KEY, "name": "other"}),
    ]
    root = {
        "resources": [
            block(ALARM, alarm_actions=["aws_sns_topic.legacy.arn", "aws_sns_topic.legacy"]),
            block("aws_sns_topic.legacy"),
            block("aws_sns_topic.other"),
        ]
    }
    report = lint(
        *topics,
        metric_alarm(alarm_actions=None),
        unknown=unknown_action(ALARM),
        configuration={"root_module": root},
    )
    assert [(f.rule, f.address) for _, f in report.findings] == [("ALM015", "aws_sns_topic.legacy")]
    assert report.unread == ()


def test_finds_it_through_variables_and_outputs_of_modules(plan, metric_alarm, resource):
    alarm = metric_alarm(f'module.alarms["eu"].{ALARM}["x"]', alarm_actions=None)
    topic = resource("module.topics.aws_sns_topic.this", AWS_KEY)
    document = plan(
        unknown={alarm["address"]: {"alarm_actions": True}, topic["address"]: {"arn": True}},
        configuration={
            "root_module": {
                "module_calls": {
                    "alarms": {
                        "expressions": refers(topics=["module.topics.arns", "module.topics"]),
                        "module": {"resources": [block(ALARM, alarm_actions=["var.topics"])]},
                    },
                    "topics": {
                        "module": {
                            "outputs": {"arns": {"expression": {"references": ["aws_sns_topic.this"]}}},
                            "resources": [block("aws_sns_topic.this")],
                        }
                    },
                }
            }
        },
    )
    document["planned_values"]["root_module"] = {
        "child_modules": [{"resources": [alarm]}, {"resources": [topic]}],
    }
    assert rules(document) == ["ALM015"]


def test_a_reference_stays_within_its_module_instance(plan, metric_alarm, resource):
    modules = []
    unknown: dict[str, dict[str, bool]] = {}
    for key, name in (("a", "alias/aws/sns"), ("b", None)):
        alarm = metric_alarm(
            f'module.m["{key}"].{ALARM}',
            alarm_name=f"acme-{key}",
            dimensions={"ClusterName": key},
            alarm_actions=None if key == "b" else ["arn:aws:sns:us-east-1:123456789012:elsewhere"],
        )
        topic = resource(f'module.m["{key}"].aws_sns_topic.this', {"name": key, "kms_master_key_id": name})
        modules.append({"resources": [alarm, topic]})
        unknown |= {topic["address"]: {"arn": True}}
        unknown |= {alarm["address"]: {"alarm_actions": True}} if key == "b" else {}
    inner = {
        "resources": [block(ALARM, alarm_actions=["aws_sns_topic.this.arn"]), block("aws_sns_topic.this")]
    }
    document = plan(
        unknown=unknown, configuration={"root_module": {"module_calls": {"m": {"module": inner}}}}
    )
    document["planned_values"]["root_module"] = {"child_modules": modules}
    assert rules(document) == []


def test_a_new_topic_is_found_by_the_name_in_a_written_arn(lint, metric_alarm, resource, ids):
    alarm = metric_alarm(alarm_actions=["arn:aws:sns:us-east-1:123456789012:legacy"])
    topic = resource("aws_sns_topic.legacy", AWS_KEY)
    assert ids(lint(alarm, topic, unknown={"aws_sns_topic.legacy": {"arn": True}})) == ["ALM015"]


def test_reads_the_statements_of_a_policy_document_that_is_not_rendered_yet(
    lint, resource, metric_alarm, ids
):
    statements = [
        {
            "effect": None,
            "actions": ["sns:Publish"],
            "resources": [None],
            "principals": [{"type": "Service", "identifiers": ["events.amazonaws.com"]}],
            "condition": [],
        }
    ]
    root = {
        "resources": [
            block("aws_sns_topic.acme", policy=["data.aws_iam_policy_document.acme.json"]),
            block(ALARM, alarm_actions=["aws_sns_topic.acme.arn"]),
        ]
    }
    report = lint(
        resource("aws_sns_topic.acme", {"name": "acme"}),
        resource("data.aws_iam_policy_document.acme", {"statement": statements}, mode="data"),
        metric_alarm(alarm_actions=None),
        unknown={"aws_sns_topic.acme": {"arn": True, "policy": True}, ALARM: {"alarm_actions": True}},
        configuration={"root_module": root},
    )
    assert ids(report) == ["ALM015"]
    ((_, finding),) = report.findings
    assert "cloudwatch.amazonaws.com publish" in finding.message


def test_a_new_key_without_a_policy_has_the_default_one(lint, resource, metric_alarm, ids):
    def report(**expressions):
        root = {
            "resources": [
                block("aws_kms_key.acme", **expressions),
                block("aws_sns_topic.acme", kms_master_key_id=["aws_kms_key.acme.arn"]),
                block(ALARM, alarm_actions=["aws_sns_topic.acme.arn"]),
            ]
        }
        return lint(
            resource("aws_kms_key.acme", {}),
            resource("aws_sns_topic.acme", {"name": "acme"}),
            metric_alarm(alarm_actions=None),
            unknown={
                "aws_kms_key.acme": {"arn": True, "policy": True},
                "aws_sns_topic.acme": {"arn": True, "kms_master_key_id": True, "policy": True},
                ALARM: {"alarm_actions": True},
            },
            configuration={"root_module": root},
        )

    assert ids(report()) == ["ALM015"]
    assert ids(report(policy=["var.key_policy"])) == []


def test_a_computed_percentile_policy_was_not_written(lint, metric_alarm, ids):
    alarm = metric_alarm(statistic=None, extended_statistic="p99")
    unknown = {ALARM: {"evaluate_low_sample_count_percentiles": True}}
    written = block(ALARM, evaluate_low_sample_count_percentiles=["each.value"])
    for configured, expected in ((block(ALARM), ["ALM020"]), (written, [])):
        report = lint(alarm, unknown=unknown, configuration={"root_module": {"resources": [configured]}})
        assert ids(report) == expected


def test_a_database_resource_id_is_no_identifier(lint, metric_alarm, ids):
    alarm = metric_alarm(namespace="AWS/RDS", dimensions=None)
    database = {"address": "aws_db_instance.shop", "mode": "managed", "type": "aws_db_instance", "values": {}}
    for attribute, expected in (("id", ["ALM003"]), ("identifier", [])):
        root = {
            "resources": [
                block(ALARM, dimensions=[f"aws_db_instance.shop.{attribute}", "aws_db_instance.shop"])
            ]
        }
        report = lint(
            alarm, database, unknown={ALARM: {"dimensions": True}}, configuration={"root_module": root}
        )
        assert ids(report) == expected


def billing(metric_alarm):
    return metric_alarm(
        namespace="AWS/Billing",
        metric_name="EstimatedCharges",
        dimensions={"Currency": "USD"},
        statistic="Maximum",
        period=21600,
        evaluation_periods=1,
        treat_missing_data="missing",
        alarm_actions=["arn:aws:sns:eu-west-1:123456789012:acme"],
    )


@pytest.mark.parametrize("region", [{"constant_value": "eu-west-1"}, {"references": ["var.region"]}])
def test_billing_is_in_one_region_only(lint, metric_alarm, ids, region):
    configuration = {
        "provider_config": {"aws": {"expressions": {"region": region}}},
        "root_module": {"resources": [block(ALARM) | {"provider_config_key": "aws"}]},
    }
    variables = {"region": {"value": "eu-west-1"}}
    report = lint(billing(metric_alarm), configuration=configuration, variables=variables)
    assert ids(report) == ["ALM001"]


def test_an_instance_without_detailed_monitoring_sends_every_five_minutes(lint, metric_alarm, resource, ids):
    alarm = metric_alarm(namespace="AWS/EC2", dimensions={"InstanceId": "i-0123456789abcdef0"})
    for monitoring, expected in ((False, ["ALM011"]), (True, [])):
        instance = resource("aws_instance.a", {"id": "i-0123456789abcdef0", "monitoring": monitoring})
        assert ids(lint(alarm, instance)) == expected


def test_a_large_disk_makes_a_large_threshold_plausible(lint, metric_alarm, resource, ids):
    alarm = metric_alarm(
        namespace="ECS/ContainerInsights", metric_name="EphemeralStorageUtilized", threshold=90
    )
    for size, expected in ((21, ["ALM006"]), (100, [])):
        task = resource("aws_ecs_task_definition.a", {"ephemeral_storage": [{"size_in_gib": size}]})
        assert ids(lint(alarm, task)) == expected


def test_a_lower_target_leaves_room_below_full(lint, metric_alarm, resource, ids):
    alarm = metric_alarm(
        namespace="AWS/ECS/ManagedScaling",
        metric_name="CapacityProviderReservation",
        dimensions={"ClusterName": "shop", "CapacityProviderName": "ec2"},
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=100,
    )
    for target, expected in ((100, ["ALM007"]), (80, [])):
        scaling = [{"managed_scaling": [{"target_capacity": target}]}]
        provider = resource("aws_ecs_capacity_provider.ec2", {"auto_scaling_group_provider": scaling})
        assert ids(lint(alarm, provider)) == expected


def test_a_scaling_alarm_may_point_anywhere(lint, metric_alarm, ids):
    policy = "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:1:resource/ecs/service/shop/api"
    alarm = metric_alarm(
        namespace="AWS/SQS",
        metric_name="ApproximateAgeOfOldestMessage",
        dimensions={"QueueName": "orders"},
        statistic="Maximum",
        comparison_operator="LessThanThreshold",
        threshold=5,
        alarm_actions=[policy],
    )
    assert ids(lint(alarm)) == []
