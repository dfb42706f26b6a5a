data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # ARNs are built from names, so that the plan shows every policy and connection in full.
  queue_name           = "${var.name}-alerts"
  queue_arn            = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${local.queue_name}"
  queue_url            = "${coalesce(var.endpoint_url, "https://sqs.${local.region}.${data.aws_partition.current.dns_suffix}")}/${local.account_id}/${local.queue_name}"
  dead_name            = "${var.name}-alerts-dead"
  dead_arn             = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${local.dead_name}"
  function_name        = "${var.name}-notify-slack"
  log_group_name       = "/aws/lambda/${local.function_name}"
  alias_name           = "live"
  alias_arn            = "arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${local.function_name}:${local.alias_name}"
  ledger_name          = "${var.name}-notifier-ledger"
  ledger_arn           = "arn:${local.partition}:dynamodb:${local.region}:${local.account_id}:table/${local.ledger_name}"
  log_group_arn        = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${local.log_group_name}"
  topics_of_this_stack = "arn:${local.partition}:sns:${local.region}:${local.account_id}:${var.name}-*"
  rules_of_this_stack  = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${var.name}-*"

  creates_parameter = var.webhook.parameter_name == null
  parameter_name    = coalesce(var.webhook.parameter_name, "/${var.name}/slack-webhook-url")
  parameters_arn    = "arn:${local.partition}:ssm:${local.region}:${local.account_id}:parameter"
  parameter_arns    = [for name in distinct(compact(concat([local.parameter_name, var.webhook.fallback_parameter_name], local.rule_parameters))) : "${local.parameters_arn}/${trimprefix(name, "/")}"]
}

# Queues

locals {
  topic_arns = merge(var.topic_arns, var.existing_topic_arns)

  retention_seconds = 1209600 # 14 days, the most SQS keeps: Slack may be down for days
  timeout_seconds   = 30
  max_concurrency   = 2 # the least that a mapping accepts; each worker posts at half of Slack's rate
  every_seconds     = 300
  every             = "rate(${local.every_seconds / 60} minutes)"

  # Topics send what an alarm published; rules send alarm state changes, and what a target refused. Both by the
  # stack's name and not by var.topic_arns, so that the queues, which take longest, wait for no topic and its key.
  queue_senders = merge(
    {
      TopicsSend = { service = "sns.amazonaws.com", source = local.topics_of_this_stack }
      RulesSend  = { service = "events.amazonaws.com", source = local.rules_of_this_stack }
    },
    { for severity, arn in var.existing_topic_arns : "${title(severity)}TopicSends" => { service = "sns.amazonaws.com", source = arn } },
  )
  queue_policies = {
    for arn in [local.queue_arn, local.dead_arn] : arn => jsonencode({
      Version = "2012-10-17"
      Statement = [for sid, sender in local.queue_senders : {
        Sid       = sid
        Effect    = "Allow"
        Principal = { Service = sender.service }
        Action    = "sqs:SendMessage"
        Resource  = arn
        Condition = { ArnLike = { "aws:SourceArn" = sender.source } }
      }]
    })
  }
}

# Both queues are encrypted by SQS itself (SSE-SQS): no key policy can stand between an alert and them.
# Policies are inline, since the provider waits 25 s for each queue and for each separate policy.
resource "aws_sqs_queue" "dead" {
  name                      = local.dead_name
  message_retention_seconds = local.retention_seconds
  sqs_managed_sse_enabled   = true
  policy                    = local.queue_policies[local.dead_arn]
  redrive_allow_policy      = jsonencode({ redrivePermission = "byQueue", sourceQueueArns = [local.queue_arn] })
  tags                      = var.tags
}

resource "aws_sqs_queue" "alerts" {
  name                       = local.queue_name
  message_retention_seconds  = local.retention_seconds
  visibility_timeout_seconds = 6 * local.timeout_seconds # as AWS advises for a queue that feeds a function
  sqs_managed_sse_enabled    = true
  policy                     = local.queue_policies[local.queue_arn]
  tags                       = var.tags

  # 1000 is the most SQS accepts. 5 would dead-letter half of the alerts of an hour's outage.
  redrive_policy = jsonencode({ deadLetterTargetArn = local.dead_arn, maxReceiveCount = 1000 })

  depends_on = [aws_sqs_queue.dead]
}

resource "aws_sns_topic_subscription" "alerts" {
  for_each = local.topic_arns

  topic_arn            = each.value
  protocol             = "sqs"
  endpoint             = local.queue_arn
  raw_message_delivery = false # the envelope names the topic, and so the severity
  redrive_policy       = jsonencode({ deadLetterTargetArn = local.dead_arn })

  depends_on = [aws_sqs_queue.alerts]
}

# Webhook

# value_wo is write-only: neither state nor plan holds the webhook, and so each plan and apply is given it again.
# A destroy is not: the placeholder satisfies the provider there, and the precondition keeps it from being written.
resource "aws_ssm_parameter" "webhook" {
  count = local.creates_parameter ? 1 : 0

  name             = local.parameter_name
  description      = "${var.name}: the Slack incoming webhook"
  type             = "SecureString"
  key_id           = var.webhook.kms_key_arn
  value_wo         = coalesce(var.slack_webhook_url, "unset")
  value_wo_version = var.webhook.version
  tags             = var.tags

  lifecycle {
    precondition {
      condition     = var.slack_webhook_url != null
      error_message = "No webhook: set slack_webhook_url (for example by TF_VAR_slack_webhook_url), or webhook.parameter_name (in the module alerting: slack.parameter_name), the name of an SSM SecureString that already holds it."
    }
  }
}

# Function

locals {
  environment = merge(
    {
      ENVIRONMENT       = var.environment
      WEBHOOK_PARAMETER = local.parameter_name
      NOTIFIER_CONFIG   = local.notifier_config
      LEDGER_TABLE      = local.ledger_name
      QUEUE_URL         = local.queue_url # the sweep sends to it, and a failed alert waits in it
    },
    var.webhook.fallback_parameter_name == null ? {} : { FALLBACK_WEBHOOK_PARAMETER = var.webhook.fallback_parameter_name },
    var.operations == null ? {} : { OPERATIONS_TOPIC_ARN = var.operations.topic_arn },
    var.endpoint_url == null ? {} : { AWS_ENDPOINT_URL = var.endpoint_url },
  )
  zip_exists = var.package.zip == null ? false : fileexists(var.package.zip)
}

resource "aws_lambda_function" "notifier" {
  function_name = local.function_name
  description   = "${var.name}: posts alerts to Slack"
  role          = aws_iam_role.notifier.arn

  runtime       = "python3.13"
  architectures = ["arm64"]
  handler       = "notify_slack.handler.handler"
  timeout       = local.timeout_seconds
  memory_size   = 512 # CPU comes with memory, and a cold start is mostly imports

  filename          = var.package.zip
  source_code_hash  = local.zip_exists ? filebase64sha256(var.package.zip) : null
  s3_bucket         = var.package.s3_bucket
  s3_key            = var.package.s3_key
  s3_object_version = var.package.s3_object_version

  publish = true # each change is a version of its own, so that the alias can go back to the one before

  # -1 takes no reservation.
  reserved_concurrent_executions = coalesce(var.reserved_concurrency, -1)

  environment {
    variables = local.environment
  }

  # What an asynchronous invocation could not do, such as a sweep or an alarm that calls the function directly.
  dead_letter_config {
    target_arn = local.dead_arn
  }

  tags = var.tags

  lifecycle {
    precondition {
      condition     = var.package.zip == null || local.zip_exists
      error_message = "There is no ${coalesce(var.package.zip, "zip")}: run `make package` first."
    }
    precondition {
      condition     = local.creates_parameter || var.slack_webhook_url == null
      error_message = "Two webhooks: webhook.parameter_name and slack_webhook_url are both set, and the second would not be written anywhere. Set one."
    }
    precondition {
      condition     = length(local.config_faults) == 0
      error_message = "The notifier would refuse its configuration. config.${join(".\nconfig.", local.config_faults)}."
    }
    precondition {
      # Lambda refuses more than 4 KB of environment variables.
      condition     = sum([for key, value in local.environment : length(key) + length(value)]) <= 4096
      error_message = "The notifier's configuration is too long for Lambda's 4 KB of environment variables, packed as it is. Shorten config.rules, config.kinds or config.accounts."
    }
  }

  depends_on = [aws_cloudwatch_log_group.notifier, aws_dynamodb_table.ledger, aws_iam_role_policy.notifier]
}

# Everything invokes the alias. `alarmctl rollback` moves it to another version; live_version keeps it there.
resource "aws_lambda_alias" "live" {
  name             = local.alias_name
  description      = "${var.name}: the version in use"
  function_name    = aws_lambda_function.notifier.function_name
  function_version = coalesce(var.live_version, aws_lambda_function.notifier.version)
}

resource "aws_lambda_event_source_mapping" "alerts" {
  event_source_arn                   = local.queue_arn
  function_name                      = local.alias_arn
  batch_size                         = 500
  maximum_batching_window_in_seconds = 2
  function_response_types            = ["ReportBatchItemFailures"]
  tags                               = var.tags

  scaling_config {
    maximum_concurrency = local.max_concurrency
  }

  depends_on = [aws_lambda_alias.live, aws_sqs_queue.alerts, aws_iam_role_policy.notifier]
}

resource "aws_cloudwatch_log_group" "notifier" {
  name              = local.log_group_name
  retention_in_days = var.log_retention_days
  tags              = var.tags
}
