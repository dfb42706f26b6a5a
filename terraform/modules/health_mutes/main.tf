data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  function_name   = "${var.name}-health-mutes"
  alarm_prefix    = "${var.name}-"
  log_group_name  = "/aws/lambda/${local.function_name}"
  rule_name       = "${var.name}-mute-scheduled-changes"
  cloudwatch_arns = "arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}"
  zip_exists      = var.package.zip == null ? false : fileexists(var.package.zip)
}

# Every update of a scheduled change, its end too.
resource "aws_cloudwatch_event_rule" "scheduled_changes" {
  name        = local.rule_name
  description = "Changes that AWS has scheduled, to mute the alarms of what they touch."
  tags        = var.tags

  event_pattern = jsonencode({
    source      = ["aws.health"]
    detail-type = ["AWS Health Event"]
    detail = merge(
      { eventTypeCategory = ["scheduledChange"] },
      { for key, services in { service = sort(var.services) } : key => services if length(services) > 0 },
    )
  })
}

resource "aws_cloudwatch_event_target" "function" {
  rule      = aws_cloudwatch_event_rule.scheduled_changes.name
  target_id = "function"
  arn       = aws_lambda_function.this.arn

  dead_letter_config {
    arn = var.dead_letter_queue_arn
  }

  depends_on = [aws_lambda_permission.rule]
}

resource "aws_lambda_permission" "rule" {
  statement_id  = "RuleInvokes"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this.function_name
  principal     = "events.amazonaws.com"
  source_arn    = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${local.rule_name}"
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_115: a handful of events a month, and new accounts have no concurrency to reserve
  function_name = local.function_name
  description   = "${var.name}: mutes the alarms of what AWS has scheduled to change"
  role          = aws_iam_role.this.arn

  runtime       = "python3.13"
  architectures = ["arm64"]
  handler       = "health_mutes.handler.handler"
  timeout       = 60 # a page of 100 alarms takes a fifth of a second
  memory_size   = 256

  filename          = var.package.zip
  source_code_hash  = local.zip_exists ? filebase64sha256(var.package.zip) : null
  s3_bucket         = var.package.s3_bucket
  s3_key            = var.package.s3_key
  s3_object_version = var.package.s3_object_version

  environment {
    variables = {
      ALARM_NAME_PREFIX = local.alarm_prefix
      MAX_HOURS         = tostring(var.max_hours)
    }
  }

  # What failed three times. Nothing is muted then, so that nothing is lost.
  dead_letter_config {
    target_arn = var.dead_letter_queue_arn
  }

  tags = var.tags

  lifecycle {
    precondition {
      condition     = var.package.zip == null || local.zip_exists
      error_message = "There is no ${coalesce(var.package.zip, "zip")}: run `make package` first."
    }
  }

  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.this]
}

resource "aws_cloudwatch_log_group" "this" {
  name              = local.log_group_name
  retention_in_days = var.log_retention_days
  tags              = var.tags
}

resource "aws_iam_role" "this" {
  name        = "${local.function_name}-${local.region}" # roles are global, stacks are not
  description = "${var.name}: what muting scheduled changes may do"
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "health-mutes"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadAlarms"
        Effect   = "Allow"
        Action   = "cloudwatch:DescribeAlarms"
        Resource = "${local.cloudwatch_arns}:alarm:*" # composite alarms would need "*"; they name no resource
      },
      {
        # Muting needs the right on the rule and on each alarm. The stack's own health is called otherwise.
        Sid      = "Mute"
        Effect   = "Allow"
        Action   = ["cloudwatch:PutAlarmMuteRule", "cloudwatch:DeleteAlarmMuteRule"]
        Resource = ["${local.cloudwatch_arns}:alarm-mute-rule:${var.name}-health-*", "${local.cloudwatch_arns}:alarm:${local.alarm_prefix}*"]
      },
      {
        Sid      = "KeepFailures"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = var.dead_letter_queue_arn
      },
      {
        Sid      = "WriteLog"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${local.log_group_name}:*"
      },
    ]
  })
}
