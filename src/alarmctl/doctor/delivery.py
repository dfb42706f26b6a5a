"""Checks of the way from an alarm to Slack: key, topics, subscriptions, queues, rules, function, webhook."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from alarmctl.account import ALIAS, AWS_ERRORS, SEVERITIES, is_missing
from alarmctl.lint import policies
from notify_slack.errors import ConfigError
from notify_slack.secret import checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alarmctl.account import Account
    from alarmctl.doctor.model import Findings

CLOUDWATCH = "cloudwatch.amazonaws.com"
EVENTS = "events.amazonaws.com"
KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey*")
OPERATIONS = "operations"
RECEIVES = 1000
APPLY = "Compare with terraform plan, and apply."


def topics_of(account: Account) -> dict[str, Mapping[str, Any]]:
    """The attributes of each topic that there is, by severity or `operations`."""
    client = account.client("sns")
    found = {}
    for topic in (*SEVERITIES, OPERATIONS):
        try:
            answer = client.get_topic_attributes(TopicArn=account.topic_arn(topic))
        except AWS_ERRORS as error:
            if not is_missing(error):
                raise
        else:
            found[topic] = answer["Attributes"]
    return found


def topic_policies(account: Account, findings: Findings) -> None:
    """Who may publish: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html."""
    found = topics_of(account)
    if OPERATIONS not in found or len(found) == 1:
        findings.fails(
            f"found {', '.join(found) or 'no topic'}",
            "Is the name right? There must be an operations topic and one per severity: run terraform apply.",
        )
    for topic, attributes in found.items():
        policy = policies.from_json(attributes.get("Policy"))
        if policy is None:
            findings.unknown(f"{topic}: its policy cannot be read", APPLY)
            continue
        alarms = policies.grants(policy, CLOUDWATCH, ["sns:Publish"])
        events = policies.grants(policy, EVENTS, ["sns:Publish"])
        if not alarms:
            findings.fails(f"{topic}: alarms may not publish", APPLY)
        elif not any(not statement.condition_keys for statement in events):
            findings.fails(
                f"{topic}: events may not publish, or only under a condition, which EventBridge cannot meet",
                APPLY,
            )
        else:
            findings.passes(f"{topic}: alarms and events may publish")


def key_policy(account: Account, findings: Findings) -> None:
    """Whether publishers may encrypt: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html."""
    keys = {attributes.get("KmsMasterKeyId") for attributes in topics_of(account).values()}
    client = account.client("kms")
    for key in sorted(key for key in keys if key):
        if key.endswith("alias/aws/sns"):
            findings.fails(
                "alias/aws/sns: no alarm can publish through it", "Use encryption.mode customer_key."
            )
            continue
        about = client.describe_key(KeyId=key)["KeyMetadata"]
        policy = policies.from_json(
            client.get_key_policy(KeyId=about["KeyId"], PolicyName="default")["Policy"]
        )
        if about.get("KeyState") != "Enabled":
            findings.fails(f"{key} is {about.get('KeyState')}", "Enable it; until then nothing is published.")
        elif policy is None:
            findings.unknown(f"the policy of {key} cannot be read", APPLY)
        else:
            for service in (CLOUDWATCH, EVENTS):
                may = policies.grants(policy, service, KEY_ACTIONS)
                if service == EVENTS:
                    may = tuple(s for s in may if not s.condition_keys & policies.SOURCE_KEYS)
                findings.requires(
                    policies.covers_all(may, KEY_ACTIONS),
                    f"{service} may use the topics' key",
                    f"{service} may not use the topics' key, or only under a condition on the source",
                    "Give the key the statements of the output required_key_statements; "
                    "for events.amazonaws.com without any condition.",
                )
    if keys <= {None, ""}:
        findings.passes("the topics are not encrypted by a key")


def subscriptions(account: Account, findings: Findings) -> None:
    """Whether each topic has its subscribers, and each of them is confirmed."""
    for topic in topics_of(account):
        found = [
            one
            for page in account.pages("sns", "list_subscriptions_by_topic", TopicArn=account.topic_arn(topic))
            for one in page["Subscriptions"]
        ]
        pending = [one for one in found if not one["SubscriptionArn"].startswith("arn:")]
        for one in pending:
            findings.fails(
                f"{topic}: {one['Protocol']} {_shown(one)} is not confirmed",
                "Open the confirmation that AWS sent there, or subscribe again.",
            )
        queue = account.queue_arn("alerts")
        leads_to_slack = any(one["Endpoint"] == queue for one in found)
        others = len(found) - len(pending) - leads_to_slack
        if topic == OPERATIONS:
            findings.requires(
                others and not leads_to_slack,
                f"{topic}: {others} confirmed",
                f"{topic}: it must have a subscriber, and not the notifier's queue",
                "Set `operations` in the environment to who repairs this stack, and apply.",
            )
        else:
            findings.requires(
                leads_to_slack,
                f"{topic}: the notifier's queue, and {others} others confirmed",
                f"{topic}: the notifier's queue is not subscribed",
                APPLY,
            )


def _shown(subscription: Mapping[str, Any]) -> str:
    """An endpoint as far as it is no secret: a pager's URL ends in its key."""
    endpoint = str(subscription["Endpoint"])
    return "/".join(endpoint.split("/")[:3]) if "://" in endpoint else endpoint


def queue(account: Account, findings: Findings) -> None:
    """Whether the notifier's queue keeps what it gets."""
    url = account.queue_url("alerts")
    attributes = account.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])[
        "Attributes"
    ]
    redrive = json.loads(attributes.get("RedrivePolicy") or "{}")
    findings.requires(
        redrive.get("deadLetterTargetArn") == account.queue_arn("alerts-dead")
        and int(redrive.get("maxReceiveCount", 0)) == RECEIVES,
        f"{RECEIVES} receives, then the dead-letter queue",
        f"its redrive policy is {json.dumps(redrive)}",
        APPLY,
    )
    days = int(attributes.get("MessageRetentionPeriod", 0)) / 86_400
    findings.requires(days == 14, "it keeps alerts for 14 days", f"it keeps alerts for {days:g} days", APPLY)
    waiting = int(attributes.get("ApproximateNumberOfMessages", 0))
    flying = int(attributes.get("ApproximateNumberOfMessagesNotVisible", 0))
    findings.passes(f"{waiting} messages wait, {flying} are in hand")


def dead_letters(account: Account, findings: Findings) -> None:
    """Whether anything was given up."""
    for ending, option in (("alerts-dead", ""), ("undeliverable", " --queue undeliverable")):
        attributes = account.client("sqs").get_queue_attributes(
            QueueUrl=account.queue_url(ending), AttributeNames=["ApproximateNumberOfMessages"]
        )["Attributes"]
        count = int(attributes["ApproximateNumberOfMessages"])
        findings.requires(
            count == 0,
            f"{account.name}-{ending} is empty",
            f"{account.name}-{ending} holds {count}",
            f"Mend the cause, then: alarmctl redrive --name {account.name}{option}",
        )


def rules(account: Account, findings: Findings) -> None:
    """Whether the rules are on, and keep what a target refuses."""
    client = account.client("events")
    # Not by a paginator: a stack has few rules, and a local AWS does not page them.
    found = client.list_rules(NamePrefix=f"{account.name}-").get("Rules", [])
    names = {rule["Name"].removeprefix(f"{account.name}-") for rule in found}
    for needed, what in (
        ("alarm-state-changes", "second path of alarms"),
        ("heartbeat", "heartbeat"),
        ("sweep", "sweep"),
    ):
        if needed not in names:
            findings.fails(
                f"there is no {what}",
                "Run terraform apply. (Where actions_enabled is false, alarms have no second path.)",
            )
    for rule in found:
        targets = client.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        kept = targets and all((target.get("DeadLetterConfig") or {}).get("Arn") for target in targets)
        name = rule["Name"]
        if rule.get("State") == "DISABLED":
            findings.fails(f"{name} is disabled", f"aws events enable-rule --name {name}")
        else:
            findings.requires(
                kept, f"{name} is on", f"{name} has a target without a dead-letter queue, or none", APPLY
            )


def function(account: Account, findings: Findings) -> None:
    """Whether the function may run, and which version is in use."""
    client = account.client("lambda")
    settings = client.get_function_configuration(FunctionName=account.function, Qualifier=ALIAS)
    state = settings.get("State", "Active")
    findings.requires(
        state == "Active",
        f"version {settings['Version']} is in use",
        f"version {settings['Version']} is {state}: {settings.get('StateReason', '')}",
        f"alarmctl rollback --name {account.name}",
    )
    reserved = client.get_function_concurrency(FunctionName=account.function).get(
        "ReservedConcurrentExecutions"
    )
    if reserved == 0:
        findings.fails("it may not run: its reserved concurrency is 0", APPLY)
    elif reserved is None:
        findings.passes("it shares the account's concurrency")
    else:
        findings.requires(
            reserved > 2, f"{reserved} executions are reserved", f"only {reserved} are reserved", APPLY
        )


def mapping(account: Account, findings: Findings) -> None:
    """Whether the queue feeds the function: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html."""
    found = account.client("lambda").list_event_source_mappings(EventSourceArn=account.queue_arn("alerts"))[
        "EventSourceMappings"
    ]
    findings.requires(
        len(found) == 1, "one mapping", f"{len(found)} mappings, where there must be one", APPLY
    )
    for one in found:
        findings.requires(
            one.get("State") == "Enabled",
            "it is enabled",
            f"it is {one.get('State')}: {one.get('StateTransitionReason', '')}",
            f"aws lambda update-event-source-mapping --enabled --uuid {one['UUID']}",
        )
        findings.requires(
            str(one.get("FunctionArn", "")).endswith(f"{account.function}:{ALIAS}"),
            f"it invokes the alias {ALIAS}",
            f"it invokes {one.get('FunctionArn')}, not the alias {ALIAS}",
            APPLY,
        )
        findings.requires(
            "ReportBatchItemFailures" in (one.get("FunctionResponseTypes") or ()),
            "each record has its own outcome",
            "one failure would repeat a whole batch",
            APPLY,
        )


def webhook(account: Account, findings: Findings) -> None:
    """Whether the webhook can be read and is one of Slack's. It is never shown."""
    settings = account.client("lambda").get_function_configuration(
        FunctionName=account.function, Qualifier=ALIAS
    )
    variables = settings.get("Environment", {}).get("Variables", {})
    for variable in ("WEBHOOK_PARAMETER", "FALLBACK_WEBHOOK_PARAMETER"):
        parameter = variables.get(variable)
        if not parameter:
            continue
        value = account.client("ssm").get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"]
        try:
            checked(value, parameter, variables.get("ENVIRONMENT", ""))
        except ConfigError as error:
            findings.fails(str(error), "Write the webhook, raise webhook_version, and apply.")
        else:
            findings.passes(f"{parameter} holds a webhook of an allowed host, or a bot's token")


def ledger(account: Account, findings: Findings) -> None:
    """Whether the table is there and forgets."""
    client = account.client("dynamodb")
    table = f"{account.name}-notifier-ledger"
    status = client.describe_table(TableName=table)["Table"]["TableStatus"]
    findings.requires(
        status in ("ACTIVE", "UPDATING"), f"{table} is there", f"{table} is {status}", "Wait, or apply."
    )
    expiry = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    findings.requires(
        expiry.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
        and expiry.get("AttributeName") == "expires_at",
        "it forgets by expires_at",
        "it never forgets",
        APPLY,
    )
