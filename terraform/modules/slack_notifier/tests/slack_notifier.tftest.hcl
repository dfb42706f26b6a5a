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
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:acme-production-notify-slack" }
  }
}

variables {
  name        = "acme-production"
  environment = "production"
  topic_arns = {
    critical = "arn:aws:sns:eu-west-1:123456789012:acme-production-critical"
    warning  = "arn:aws:sns:eu-west-1:123456789012:acme-production-warning"
  }
  slack_webhook_url = "https://hooks.slack.com/services/T0/B0/not-a-real-token"
  package           = { zip = "versions.tf" } # any file that exists; nothing opens it in a test
}

run "alerts_wait_14_days_and_a_thousand_receives" {
  command = plan

  assert {
    condition     = aws_sqs_queue.alerts.name == "acme-production-alerts" && aws_sqs_queue.dead.name == "acme-production-alerts-dead"
    error_message = "Queue names must be fixed: a renamed queue loses what is in flight."
  }
  assert {
    condition     = alltrue([for queue in [aws_sqs_queue.alerts, aws_sqs_queue.dead] : queue.message_retention_seconds == 1209600])
    error_message = "Both queues must keep messages for 14 days."
  }
  assert {
    condition = jsondecode(aws_sqs_queue.alerts.redrive_policy) == {
      deadLetterTargetArn = "arn:aws:sqs:eu-west-1:123456789012:acme-production-alerts-dead"
      maxReceiveCount     = 1000
    }
    error_message = "A message must be received 1000 times before it is given up."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue.dead.redrive_allow_policy) == { redrivePermission = "byQueue", sourceQueueArns = [output.queue_arn] }
    error_message = "The dead-letter queue must serve the notifier's queue alone."
  }
  assert {
    condition     = aws_sqs_queue.alerts.visibility_timeout_seconds == 6 * aws_lambda_function.notifier.timeout
    error_message = "The visibility timeout must be six times the function's."
  }
  assert {
    condition     = alltrue([for queue in [aws_sqs_queue.alerts, aws_sqs_queue.dead] : queue.sqs_managed_sse_enabled && queue.kms_master_key_id == null && queue.fifo_queue != true])
    error_message = "Both queues must be standard queues encrypted by SQS, with no key policy in the way."
  }
}

run "only_our_topics_and_rules_send" {
  command = plan

  assert {
    condition = alltrue([for queue in [aws_sqs_queue.alerts, aws_sqs_queue.dead] : { for statement in jsondecode(queue.policy).Statement : statement.Principal.Service => statement.Condition } == {
      "sns.amazonaws.com"    = { ArnLike = { "aws:SourceArn" = "arn:aws:sns:eu-west-1:123456789012:acme-production-*" } }
      "events.amazonaws.com" = { ArnLike = { "aws:SourceArn" = "arn:aws:events:eu-west-1:123456789012:rule/acme-production-*" } }
    }])
    error_message = "Each queue must accept from our topics and our rules, and from nobody else."
  }
  assert {
    condition = alltrue([for queue in [aws_sqs_queue.alerts, aws_sqs_queue.dead] : alltrue([
      for statement in jsondecode(queue.policy).Statement : statement.Action == "sqs:SendMessage" && endswith(statement.Resource, ":${queue.name}")
    ])])
    error_message = "A policy may only let send, to its own queue."
  }
}

run "the_queue_subscribes_to_every_topic" {
  command = plan

  assert {
    condition     = tomap({ for severity, subscription in aws_sns_topic_subscription.alerts : severity => subscription.topic_arn }) == var.topic_arns
    error_message = "One subscription per topic."
  }
  assert {
    condition = alltrue([for subscription in aws_sns_topic_subscription.alerts :
      subscription.protocol == "sqs" && subscription.endpoint == output.queue_arn && !subscription.raw_message_delivery
    ])
    error_message = "The queue must get the SNS envelope: it names the topic."
  }
  assert {
    condition     = alltrue([for subscription in aws_sns_topic_subscription.alerts : jsondecode(subscription.redrive_policy).deadLetterTargetArn == output.dead_letter_queue_arn])
    error_message = "Every subscription needs the dead-letter queue."
  }
}

run "two_workers_take_batches_and_report_each_record" {
  command = plan

  assert {
    condition     = aws_lambda_event_source_mapping.alerts.event_source_arn == output.queue_arn && aws_lambda_event_source_mapping.alerts.function_response_types == toset(["ReportBatchItemFailures"])
    error_message = "The function must report the outcome of each record."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.alerts.batch_size == 500 && aws_lambda_event_source_mapping.alerts.maximum_batching_window_in_seconds == 2
    error_message = "A batch is up to 500 alerts in 2 s."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.alerts.scaling_config[0].maximum_concurrency == 2 && aws_lambda_function.notifier.reserved_concurrent_executions == 3
    error_message = "Two workers read the queue and one sweeps: fewer reserved executions would throttle them and burn receives."
  }
}

run "the_function" {
  command = plan

  assert {
    condition     = aws_lambda_function.notifier.runtime == "python3.13" && aws_lambda_function.notifier.architectures == tolist(["arm64"]) && aws_lambda_function.notifier.timeout == 30
    error_message = "The function runs on python3.13 and arm64 for at most 30 s."
  }
  assert {
    condition     = aws_lambda_function.notifier.handler == "notify_slack.handler.handler" && aws_lambda_function.notifier.function_name == "acme-production-notify-slack"
    error_message = "The function's name and handler are fixed."
  }
  assert {
    condition     = aws_lambda_function.notifier.source_code_hash == filebase64sha256("versions.tf")
    error_message = "New code must be deployed: the hash of the zip is in the plan."
  }
  assert {
    condition = jsondecode(aws_lambda_function.notifier.environment[0].variables["NOTIFIER_CONFIG"]) == {
      name   = "acme-production"
      topics = { for severity, arn in var.topic_arns : arn => severity }
    }
    error_message = "The notifier must learn the severity of each topic."
  }
  assert {
    condition = { for key, value in aws_lambda_function.notifier.environment[0].variables : key => value if key != "NOTIFIER_CONFIG" } == {
      ENVIRONMENT       = "production"
      WEBHOOK_PARAMETER = "/acme-production/slack-webhook-url"
      LEDGER_TABLE      = "acme-production-notifier-ledger"
      QUEUE_URL         = "https://sqs.eu-west-1.amazonaws.com/123456789012/acme-production-alerts"
    }
    error_message = "The function is given the names of the webhook's parameter, its ledger and its queue, and nothing else."
  }
  assert {
    condition     = aws_cloudwatch_log_group.notifier.name == "/aws/lambda/acme-production-notify-slack" && aws_cloudwatch_log_group.notifier.retention_in_days == 365
    error_message = "The function's own log group must have a retention."
  }
}

run "the_role_may_do_only_this" {
  command = plan

  variables {
    webhook = { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/1234" }
  }

  assert {
    condition = { for statement in jsondecode(aws_iam_role_policy.notifier.policy).Statement : statement.Sid => [flatten([statement.Action]), statement.Resource] } == {
      ReadQueue      = [["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"], "arn:aws:sqs:eu-west-1:123456789012:acme-production-alerts"]
      SendToQueues   = [["sqs:SendMessage"], ["arn:aws:sqs:eu-west-1:123456789012:acme-production-alerts", "arn:aws:sqs:eu-west-1:123456789012:acme-production-alerts-dead"]]
      UseLedger      = [["dynamodb:BatchGetItem", "dynamodb:UpdateItem"], "arn:aws:dynamodb:eu-west-1:123456789012:table/acme-production-notifier-ledger"]
      ReadWebhook    = [["ssm:GetParameter"], ["arn:aws:ssm:eu-west-1:123456789012:parameter/acme-production/slack-webhook-url"]]
      ReadAlarms     = [["cloudwatch:DescribeAlarms", "cloudwatch:ListAlarmMuteRules"], "*"]
      WriteLog       = [["logs:CreateLogStream", "logs:PutLogEvents"], "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/acme-production-notify-slack:*"]
      DecryptWebhook = [["kms:Decrypt"], "arn:aws:kms:eu-west-1:123456789012:key/1234"]
    }
    error_message = "The role may read one queue, one parameter and alarms, send to two queues, and write one table and one log."
  }
  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.notifier.policy).Statement : statement.Condition if statement.Sid == "DecryptWebhook"] == [{ StringEquals = {
      "kms:ViaService"                      = "ssm.eu-west-1.amazonaws.com"
      "kms:EncryptionContext:PARAMETER_ARN" = ["arn:aws:ssm:eu-west-1:123456789012:parameter/acme-production/slack-webhook-url"]
    } }]
    error_message = "The key may only be used by SSM, for this parameter."
  }
  assert {
    condition     = aws_ssm_parameter.webhook[0].key_id == "arn:aws:kms:eu-west-1:123456789012:key/1234"
    error_message = "The parameter must be encrypted by the key that was given."
  }
}

run "the_webhook_is_in_no_plan" {
  command = plan

  variables {
    webhook = { version = 3 }
  }

  assert {
    condition     = aws_ssm_parameter.webhook[0].type == "SecureString" && aws_ssm_parameter.webhook[0].name == "/acme-production/slack-webhook-url" && aws_ssm_parameter.webhook[0].value_wo_version == 3
    error_message = "The webhook must be a SecureString that is written again when its version is raised."
  }
  assert {
    condition     = aws_ssm_parameter.webhook[0].value_wo == null
    error_message = "The plan must not hold the webhook."
  }
  assert {
    condition = !strcontains(join("\n", concat(
      [for statement in jsondecode(aws_iam_role_policy.notifier.policy).Statement : jsonencode(statement)],
      values(aws_lambda_function.notifier.environment[0].variables),
      [aws_ssm_parameter.webhook[0].description, aws_lambda_function.notifier.description],
    )), "not-a-real-token")
    error_message = "No other attribute may hold the webhook."
  }
}

run "the_webhook_is_in_no_state" {
  command = apply

  assert {
    condition     = aws_ssm_parameter.webhook[0].value_wo == null && !strcontains(nonsensitive(aws_ssm_parameter.webhook[0].value), "not-a-real-token")
    error_message = "The state must not hold the webhook."
  }
}

run "your_own_parameter" {
  command = plan

  variables {
    slack_webhook_url = null
    webhook           = { parameter_name = "/acme/shared/webhook" }
  }

  assert {
    condition     = length(aws_ssm_parameter.webhook) == 0 && output.webhook_parameter_name == "/acme/shared/webhook"
    error_message = "No parameter may be made beside the one that was named."
  }
  assert {
    condition     = anytrue([for statement in jsondecode(aws_iam_role_policy.notifier.policy).Statement : statement.Resource == ["arn:aws:ssm:eu-west-1:123456789012:parameter/acme/shared/webhook"] if statement.Sid == "ReadWebhook"])
    error_message = "The role must read the parameter that was named."
  }
}

run "code_from_s3" {
  command = plan

  variables {
    package = { s3_bucket = "acme-artifacts", s3_key = "notify_slack.zip", s3_object_version = "v7" }
  }

  assert {
    condition     = aws_lambda_function.notifier.filename == null && aws_lambda_function.notifier.s3_bucket == "acme-artifacts" && aws_lambda_function.notifier.s3_key == "notify_slack.zip" && aws_lambda_function.notifier.s3_object_version == "v7"
    error_message = "The code must come from the bucket, key and version."
  }
}

run "a_small_account_reserves_nothing" {
  command = plan

  variables {
    reserved_concurrency = null
  }

  assert {
    condition     = aws_lambda_function.notifier.reserved_concurrent_executions == -1
    error_message = "Null must reserve nothing."
  }
}

run "how_messages_look" {
  command = plan

  variables {
    config = {
      severities  = { critical = { mention = "<!here>" } }
      accounts    = { "123456789012" = "production" }
      runbook_url = "https://runbooks.example.com/{alarm_name}"
    }
  }

  assert {
    condition = { for key, value in jsondecode(aws_lambda_function.notifier.environment[0].variables["NOTIFIER_CONFIG"]) : key => value if contains(["severities", "accounts", "runbook_url"], key) } == {
      severities  = { critical = { mention = "<!here>", announce_ok = true, announce_insufficient_data = false, repeat_hours = 0 } }
      accounts    = { "123456789012" = "production" }
      runbook_url = "https://runbooks.example.com/{alarm_name}"
    }
    error_message = "The configuration must reach the notifier, with its defaults."
  }
}

run "the_local_environment" {
  command = plan

  variables {
    environment       = "local"
    endpoint_url      = "http://127.0.0.1:4566"
    slack_webhook_url = "http://127.0.0.1:4580/services/T0/B0/local"
  }

  assert {
    condition     = aws_lambda_function.notifier.environment[0].variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566" && aws_lambda_function.notifier.environment[0].variables["ENVIRONMENT"] == "local"
    error_message = "The local function must find the local AWS."
  }
}

run "refuses_a_missing_zip" {
  command = plan

  variables {
    package = { zip = "dist/there-is-no-such.zip" }
  }

  expect_failures = [aws_lambda_function.notifier]
}

run "refuses_two_packages" {
  command = plan

  variables {
    package = { zip = "versions.tf", s3_bucket = "acme-artifacts", s3_key = "notify_slack.zip" }
  }

  expect_failures = [var.package]
}

run "refuses_a_bucket_without_a_key" {
  command = plan

  variables {
    package = { s3_bucket = "acme-artifacts" }
  }

  expect_failures = [var.package]
}

run "refuses_no_webhook" {
  command = plan

  variables {
    slack_webhook_url = null
  }

  expect_failures = [aws_ssm_parameter.webhook]
}

run "refuses_two_webhooks" {
  command = plan

  variables {
    webhook = { parameter_name = "/acme/shared/webhook" }
  }

  expect_failures = [aws_lambda_function.notifier]
}

run "refuses_an_empty_webhook" {
  command = plan

  variables {
    slack_webhook_url = ""
  }

  expect_failures = [var.slack_webhook_url]
}

run "refuses_a_webhook_of_another_host" {
  command = plan

  variables {
    slack_webhook_url = "https://chat.example.com/services/T0/B0/not-a-real-token"
  }

  expect_failures = [var.slack_webhook_url]
}

run "refuses_a_host_that_only_begins_like_slacks" {
  command = plan

  variables {
    slack_webhook_url = "https://hooks.slack.com.evil.io/services/T0/B0/not-a-real-token"
  }

  expect_failures = [var.slack_webhook_url]
}

run "refuses_a_host_hidden_behind_a_user_name" {
  command = plan

  variables {
    slack_webhook_url = "https://hooks.slack.com/services/@evil.io/T0"
  }

  expect_failures = [var.slack_webhook_url]
}

run "refuses_http" {
  command = plan

  variables {
    slack_webhook_url = "http://hooks.slack.com/services/T0/B0/not-a-real-token"
  }

  expect_failures = [var.slack_webhook_url]
}

run "refuses_this_machine_outside_local" {
  command = plan

  variables {
    slack_webhook_url = "http://127.0.0.1:4580/services/T0/B0/local"
  }

  expect_failures = [var.slack_webhook_url]
}

run "refuses_the_webhook_as_a_parameter_name" {
  command = plan

  variables {
    slack_webhook_url = null
    webhook           = { parameter_name = "https://hooks.slack.com/services/T0/B0/not-a-real-token" }
  }

  expect_failures = [var.webhook]
}

run "refuses_half_a_version" {
  command = plan

  variables {
    webhook = { version = 1.5 }
  }

  expect_failures = [var.webhook]
}

run "refuses_an_alias_for_the_parameters_key" {
  command = plan

  variables {
    webhook = { kms_key_arn = "alias/aws/ssm" }
  }

  expect_failures = [var.webhook]
}

run "refuses_a_name_that_is_no_prefix" {
  command = plan

  variables {
    name = "acme_production"
  }

  expect_failures = [var.name]
}

run "refuses_an_environment_that_is_no_word" {
  command = plan

  variables {
    environment = ""
  }

  expect_failures = [var.environment]
}

run "refuses_no_topic" {
  command = plan

  variables {
    topic_arns = {}
  }

  expect_failures = [var.topic_arns]
}

run "refuses_a_topic_of_an_unknown_severity" {
  command = plan

  variables {
    topic_arns = { operations = "arn:aws:sns:eu-west-1:123456789012:acme-production-operations" }
  }

  expect_failures = [var.topic_arns]
}

run "refuses_a_topic_of_another_stack" {
  command = plan

  variables {
    topic_arns = { critical = "arn:aws:sns:eu-west-1:123456789012:acme-staging-critical" }
  }

  expect_failures = [var.topic_arns]
}

run "an_existing_topic_reaches_the_queue_whatever_its_name" {
  command = plan

  variables {
    topic_arns          = { warning = "arn:aws:sns:eu-west-1:123456789012:acme-production-warning" }
    existing_topic_arns = { critical = "arn:aws:sns:eu-west-1:123456789012:on-call" }
  }

  assert {
    condition     = aws_sns_topic_subscription.alerts["critical"].topic_arn == "arn:aws:sns:eu-west-1:123456789012:on-call"
    error_message = "The queue must subscribe to it."
  }
  assert {
    condition = alltrue([for queue in [aws_sqs_queue.alerts, aws_sqs_queue.dead] : contains(
      [for statement in jsondecode(queue.policy).Statement : statement.Condition.ArnLike["aws:SourceArn"]], "arn:aws:sns:eu-west-1:123456789012:on-call"
    )])
    error_message = "Both queues must take what it sends."
  }
}

run "refuses_two_topics_for_one_severity" {
  command = plan

  variables {
    existing_topic_arns = { critical = "arn:aws:sns:eu-west-1:123456789012:on-call" }
  }

  expect_failures = [var.topic_arns]
}

run "refuses_one_reserved_execution" {
  command = plan

  variables {
    reserved_concurrency = 1
  }

  expect_failures = [var.reserved_concurrency]
}

run "refuses_a_retention_that_cloudwatch_has_not" {
  command = plan

  variables {
    log_retention_days = 100
  }

  expect_failures = [var.log_retention_days]
}

run "refuses_an_unknown_severity_in_the_configuration" {
  command = plan

  variables {
    config = { severities = { urgent = {} } }
  }

  expect_failures = [var.config]
}

run "refuses_an_account_that_is_no_id" {
  command = plan

  variables {
    config = { accounts = { production = "123456789012" } }
  }

  expect_failures = [var.config]
}

run "refuses_a_runbook_that_is_no_https" {
  command = plan

  variables {
    config = { runbook_url = "wiki/{alarm_name}" }
  }

  expect_failures = [var.config]
}

run "refuses_a_configuration_too_long_for_lambda" {
  command = plan

  variables {
    config = { accounts = { for number in range(150) : format("%012d", number) => sha256(number) } }
  }

  expect_failures = [aws_lambda_function.notifier]
}

run "refuses_an_endpoint_outside_local" {
  command = plan

  variables {
    endpoint_url = "http://127.0.0.1:4566"
  }

  expect_failures = [var.endpoint_url]
}
