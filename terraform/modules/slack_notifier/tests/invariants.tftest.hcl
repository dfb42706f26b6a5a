# What an alert's safety rests on. Each message begins with the invariant's name; tools/mutants.py breaks each one in
# turn and shows that this file notices.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
}

variables {
  name        = "acme-production"
  environment = "production"
  topic_arns = {
    critical = "arn:aws:sns:eu-west-1:123456789012:acme-production-critical"
    warning  = "arn:aws:sns:eu-west-1:123456789012:acme-production-warning"
  }
  operations = {
    topic_arn   = "arn:aws:sns:eu-west-1:123456789012:acme-production-operations"
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/made-here"
  }
  slack_webhook_url = "https://hooks.slack.com/services/T0/B0/not-a-real-token"
  package           = { zip = "versions.tf" } # any file that exists; nothing opens it in a test
}

run "invariants" {
  command = plan

  # Queues

  assert {
    condition     = jsondecode(aws_sqs_queue.alerts.redrive_policy).deadLetterTargetArn == output.dead_letter_queue_arn
    error_message = "queue-redrives: what cannot be delivered must go to the dead-letter queue."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue.alerts.redrive_policy).maxReceiveCount == 1000
    error_message = "thousand-receives: fewer would give alerts up while Slack is down."
  }
  assert {
    condition     = aws_sqs_queue.alerts.message_retention_seconds == 1209600
    error_message = "queue-retention: alerts must be kept for 14 days."
  }
  assert {
    condition     = aws_sqs_queue.dead.message_retention_seconds == 1209600
    error_message = "dead-letter-retention: SQS counts from the first arrival, so the dead-letter queue must keep as long as the queue."
  }
  assert {
    condition     = aws_sqs_queue.alerts.visibility_timeout_seconds >= 6 * aws_lambda_function.notifier.timeout
    error_message = "visibility: it must be at least six times the function's timeout."
  }
  assert {
    condition     = alltrue([for queue in [aws_sqs_queue.alerts, aws_sqs_queue.dead] : queue.kms_master_key_id == null])
    error_message = "queues-without-key: no key policy may be able to keep an alert out."
  }
  assert {
    condition     = alltrue([for queue in [aws_sqs_queue.alerts, aws_sqs_queue.dead] : queue.sqs_managed_sse_enabled == true])
    error_message = "queues-encrypted: the queues must be encrypted by SQS itself."
  }
  assert {
    condition     = alltrue([for queue in [aws_sqs_queue.alerts, aws_sqs_queue.dead] : queue.fifo_queue != true])
    error_message = "standard-queues: neither SNS standard topics nor a batching window work with FIFO queues."
  }
  assert {
    condition = alltrue(flatten([for queue in [aws_sqs_queue.alerts, aws_sqs_queue.dead] : [
      for statement in jsondecode(queue.policy).Statement : try(statement.Condition.ArnLike["aws:SourceArn"], "*") != "*" && try(statement.Principal.Service, "*") != "*"
    ]]))
    error_message = "nobody-else-sends: each statement must name a service and a source."
  }
  assert {
    condition = alltrue([for queue in [aws_sqs_queue.alerts, aws_sqs_queue.dead] : toset([
      for statement in jsondecode(queue.policy).Statement : statement.Principal.Service if statement.Effect == "Allow"
    ]) == toset(["events.amazonaws.com", "sns.amazonaws.com"])])
    error_message = "both-paths-may-send: topics and rules must both reach both queues."
  }

  # Subscriptions

  assert {
    condition     = length(aws_sns_topic_subscription.alerts) == length(var.topic_arns)
    error_message = "every-topic-subscribed: a topic without the queue tells nobody in Slack."
  }
  assert {
    condition     = alltrue([for subscription in aws_sns_topic_subscription.alerts : try(jsondecode(subscription.redrive_policy).deadLetterTargetArn, "") == output.dead_letter_queue_arn])
    error_message = "subscription-redrives: SNS does not retry client-side errors, and drops the alert without a dead-letter queue."
  }
  assert {
    condition     = alltrue([for subscription in aws_sns_topic_subscription.alerts : subscription.raw_message_delivery == false])
    error_message = "envelope-kept: raw delivery loses the topic, and with it the severity."
  }

  # Mapping and function

  assert {
    condition     = aws_lambda_event_source_mapping.alerts.function_response_types == toset(["ReportBatchItemFailures"])
    error_message = "partial-batches: without it one failure repeats, and success deletes, the whole batch."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.alerts.scaling_config[0].maximum_concurrency == 2
    error_message = "two-workers: more would pass Slack's rate; fewer cannot be set."
  }
  assert {
    condition     = aws_lambda_function.notifier.reserved_concurrent_executions > aws_lambda_event_source_mapping.alerts.scaling_config[0].maximum_concurrency
    error_message = "reserved-concurrency: workers and sweep must have their executions, or throttles burn receives."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.alerts.batch_size == 500 && aws_lambda_event_source_mapping.alerts.maximum_batching_window_in_seconds == 2
    error_message = "large-batches: a storm must become digests."
  }
  assert {
    condition     = aws_lambda_function.notifier.publish == true && aws_lambda_event_source_mapping.alerts.function_name == output.alias_arn
    error_message = "alias-in-use: a bad version goes back by the alias, so the queue must invoke the alias."
  }
  assert {
    condition     = try(aws_lambda_function.notifier.dead_letter_config[0].target_arn, "") == output.dead_letter_queue_arn
    error_message = "asynchronous-failures-kept: Lambda drops what fails three times unless there is a dead-letter queue."
  }

  # Schedules

  assert {
    condition     = aws_cloudwatch_event_target.heartbeat.arn == output.queue_arn
    error_message = "heartbeat-by-the-queue: it must take the way of an alert."
  }
  assert {
    condition     = alltrue([for target in [aws_cloudwatch_event_target.heartbeat, aws_cloudwatch_event_target.sweep] : try(target.dead_letter_config[0].arn, "") == output.dead_letter_queue_arn])
    error_message = "schedules-redrive: each target needs a dead-letter queue."
  }
  assert {
    condition     = aws_cloudwatch_event_target.sweep.arn == output.alias_arn && aws_lambda_permission.sweep.qualifier == "live"
    error_message = "sweep-past-the-queue: the sweep must work when the queue does not, and be allowed to invoke the alias."
  }
  assert {
    condition     = alltrue([for rule in [aws_cloudwatch_event_rule.heartbeat, aws_cloudwatch_event_rule.sweep] : rule.schedule_expression == "rate(5 minutes)" && rule.state != "DISABLED"])
    error_message = "every-five-minutes: a lost alert must be found within ten."
  }

  # Ledger

  assert {
    condition     = aws_dynamodb_table.ledger.hash_key == "pk" && aws_dynamodb_table.ledger.range_key == null && [for attribute in aws_dynamodb_table.ledger.attribute : attribute.type] == ["S"]
    error_message = "ledger-key: the notifier reads and writes the hash key pk, a string."
  }
  assert {
    condition     = aws_dynamodb_table.ledger.ttl[0].enabled && aws_dynamodb_table.ledger.ttl[0].attribute_name == "expires_at"
    error_message = "ledger-expires: without TTL it grows for ever."
  }
  assert {
    condition     = aws_dynamodb_table.ledger.billing_mode == "PAY_PER_REQUEST"
    error_message = "ledger-on-demand: provisioned capacity would throttle in a storm."
  }

  # Role

  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_role_policy.notifier.policy).Statement : statement.Action])) == toset([
      "cloudwatch:DescribeAlarms", "cloudwatch:ListAlarmMuteRules",
      "dynamodb:BatchGetItem", "dynamodb:UpdateItem",
      "kms:Decrypt", "kms:GenerateDataKey*",
      "logs:CreateLogStream", "logs:PutLogEvents",
      "sns:Publish",
      "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage",
      "ssm:GetParameter",
    ])
    error_message = "least-privilege: the role may do this and nothing else."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.notifier.policy).Statement : statement.Sid if contains(flatten([statement.Resource]), "*")] == ["ReadAlarms"]
    error_message = "named-resources: only reading alarms, where CloudWatch knows no narrower resource, may be allowed on all."
  }

  # Secret

  assert {
    condition     = aws_ssm_parameter.webhook[0].type == "SecureString" && aws_ssm_parameter.webhook[0].value_wo == null
    error_message = "webhook-encrypted: it must be a SecureString, written and never read back."
  }
}
