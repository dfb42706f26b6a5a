data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # ARNs are built from names, so that the plan shows every policy in full.
  arn            = "arn:${local.partition}:%s:${local.region}:${local.account_id}:%s"
  queue_name     = "${var.name}-instances"
  dead_name      = "${var.name}-instances-dead"
  queue_arn      = format(local.arn, "sqs", local.queue_name)
  dead_arn       = format(local.arn, "sqs", local.dead_name)
  function_name  = "${var.name}-instance-alarms"
  log_group_name = "/aws/lambda/${local.function_name}"
  log_group_arn  = format(local.arn, "logs", "log-group:${local.log_group_name}")
  rules          = format(local.arn, "events", "rule/${var.name}-instance*")
  own_alarms     = format(local.arn, "cloudwatch", "alarm:${var.name}-auto/*")
  notice_topic   = var.config.notice ? try(var.topic_arns.info, null) : null

  is_on           = var.mode == "per_instance"
  timeout_seconds = 60
  states          = ["running", "stopping", "stopped", "shutting-down", "terminated"]

  function_config = jsonencode(merge(var.config, {
    name             = var.name
    topics           = var.topic_arns
    runbook_base_url = var.runbook_base_url
    actions_enabled  = var.actions_enabled
    tags             = var.tags
  }))
  environment = merge(
    { INSTANCE_ALARMS_CONFIG = local.function_config },
    local.notice_topic == null ? {} : { NOTICE_TOPIC_ARN = local.notice_topic },
    var.endpoint_url == null ? {} : { AWS_ENDPOINT_URL = var.endpoint_url },
  )
  zip_exists = var.package.zip == null ? false : fileexists(var.package.zip)
}

# Events

resource "aws_cloudwatch_event_rule" "state_changes" {
  count = local.is_on ? 1 : 0

  name        = "${var.name}-instance-state-changes"
  description = "Instances that start, stop and end, to the function that looks after their alarms."
  tags        = var.tags
  event_pattern = jsonencode({
    source      = ["aws.ec2"]
    detail-type = ["EC2 Instance State-change Notification"]
    detail      = { state = local.states }
  })
}

resource "aws_cloudwatch_event_target" "state_changes" {
  count = local.is_on ? 1 : 0

  rule      = aws_cloudwatch_event_rule.state_changes[0].name
  target_id = "queue"
  arn       = local.queue_arn

  dead_letter_config {
    arn = local.dead_arn
  }
  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }

  depends_on = [aws_sqs_queue.instances]
}

# What events cannot tell: an event that was lost, a metric that came late, a tag that changed, an alarm left over.
resource "aws_cloudwatch_event_rule" "reconcile" {
  count = local.is_on ? 1 : 0

  name                = "${var.name}-instance-reconcile"
  description         = "Compares the alarms of all instances with what they should be."
  schedule_expression = "rate(1 hour)"
  tags                = var.tags
}

resource "aws_cloudwatch_event_target" "reconcile" {
  count = local.is_on ? 1 : 0

  rule      = aws_cloudwatch_event_rule.reconcile[0].name
  target_id = "queue"
  arn       = local.queue_arn
  input     = jsonencode({ instance_alarms = "reconcile" })

  dead_letter_config {
    arn = local.dead_arn
  }
  retry_policy {
    maximum_event_age_in_seconds = 3600 # the next one is due by then
    maximum_retry_attempts       = 185
  }

  depends_on = [aws_sqs_queue.instances]
}

# Queues

locals {
  queue_policies = {
    for arn in [local.queue_arn, local.dead_arn] : arn => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Sid       = "RulesSend"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = arn
        Condition = { ArnLike = { "aws:SourceArn" = local.rules } }
      }]
    })
  }
}

resource "aws_sqs_queue" "dead" {
  count = local.is_on ? 1 : 0

  name                      = local.dead_name
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
  policy                    = local.queue_policies[local.dead_arn]
  tags                      = var.tags
}

# A record whose instance is young comes back after the visibility timeout, at 6, 12 and 18 minutes: metrics come up to
# 15 minutes after the start. One of an instance that stopped or ended comes back once. So a record may be received many
# times without any fault.
resource "aws_sqs_queue" "instances" {
  count = local.is_on ? 1 : 0

  name                       = local.queue_name
  message_retention_seconds  = 345600
  visibility_timeout_seconds = 6 * local.timeout_seconds # as AWS advises for a queue that feeds a function
  sqs_managed_sse_enabled    = true
  policy                     = local.queue_policies[local.queue_arn]
  redrive_policy             = jsonencode({ deadLetterTargetArn = local.dead_arn, maxReceiveCount = 100 })
  tags                       = var.tags

  depends_on = [aws_sqs_queue.dead]
}

# Function

resource "aws_lambda_function" "instances" {
  count = local.is_on ? 1 : 0

  function_name = local.function_name
  description   = "${var.name}: gives instances their alarms, and takes them away"
  role          = aws_iam_role.instances[0].arn

  runtime       = "python3.13"
  architectures = ["arm64"]
  handler       = "instance_alarms.handler.handler"
  timeout       = local.timeout_seconds
  memory_size   = 512

  filename          = var.package.zip
  source_code_hash  = local.zip_exists ? filebase64sha256(var.package.zip) : null
  s3_bucket         = var.package.s3_bucket
  s3_key            = var.package.s3_key
  s3_object_version = var.package.s3_object_version

  # -1 takes no reservation: the mapping's concurrency of two is the limit.
  reserved_concurrent_executions = -1

  environment {
    variables = local.environment
  }
  dead_letter_config {
    target_arn = local.dead_arn
  }

  tags = var.tags

  lifecycle {
    precondition {
      condition     = (var.package.zip != null) != (var.package.s3_bucket != null && var.package.s3_key != null)
      error_message = "package needs zip, or s3_bucket and s3_key, and not both: the mode per_instance has a function."
    }
    precondition {
      condition     = var.package.zip == null || local.zip_exists
      error_message = "There is no ${coalesce(var.package.zip, "zip")}: run `make package` first."
    }
    precondition {
      condition     = !var.config.notice || can(var.topic_arns.info)
      error_message = "config.notice tells the info topic, and topic_arns has none. Add info, or switch the notice off."
    }
    precondition {
      # Lambda refuses more than 4 KB of environment variables.
      condition     = sum([for key, value in local.environment : length(key) + length(value)]) <= 4096
      error_message = "config is too long for Lambda's 4 KB of environment variables. Shorten config.environments or config.alarms."
    }
  }

  depends_on = [aws_cloudwatch_log_group.instances, aws_iam_role_policy.instances, aws_sqs_queue.dead]
}

resource "aws_lambda_event_source_mapping" "instances" {
  count = local.is_on ? 1 : 0

  event_source_arn        = local.queue_arn
  function_name           = aws_lambda_function.instances[0].arn
  batch_size              = 5 # sixty alarms at most within the function's time, at CloudWatch's rate
  function_response_types = ["ReportBatchItemFailures"]
  tags                    = var.tags

  scaling_config {
    maximum_concurrency = 2 # the least there is: PutMetricAlarm is slow for the whole account
  }

  depends_on = [aws_sqs_queue.instances, aws_iam_role_policy.instances]
}

resource "aws_cloudwatch_log_group" "instances" {
  count = local.is_on ? 1 : 0

  name              = local.log_group_name
  retention_in_days = var.log_retention_days
  tags              = var.tags
}
