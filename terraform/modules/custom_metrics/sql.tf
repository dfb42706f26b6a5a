# SQL sources, asked by a function in the database's VPC.

locals {
  asks_sql      = contains(keys(local.configurations), "sql")
  function_name = "${var.name}-publish-sql"
  zip           = var.sql.package.zip
  zip_exists    = local.zip == null ? false : fileexists(local.zip)

  # One schedule for each cadence, which names its sources.
  schedules = {
    for minutes in distinct([for one in local.sources : one.interval_seconds / 60 if one.place == "sql"]) : tostring(minutes) => {
      every   = "rate(${minutes} minute${minutes == 1 ? "" : "s"})"
      sources = sort([for one in local.sources : one.name if one.place == "sql" && one.interval_seconds / 60 == minutes])
    }
  }
}

resource "aws_lambda_function" "sql" {
  #checkov:skip=CKV_AWS_116: a call that failed is no message to keep; the alarms on CollectorUp hear of it
  #checkov:skip=CKV_AWS_115: sql.reserved_concurrency; new accounts cannot reserve any
  count = local.asks_sql ? 1 : 0

  function_name = local.function_name
  description   = "${var.name}: publishes what SQL queries say"
  role          = aws_iam_role.sql[0].arn

  runtime       = "python3.13"
  architectures = ["arm64"] # the zip holds a compiled PostgreSQL client
  handler       = "alarmctl.publish.handler.handler"
  timeout       = var.sql.timeout_seconds
  memory_size   = 256

  filename          = local.zip
  source_code_hash  = local.zip_exists ? filebase64sha256(local.zip) : null
  s3_bucket         = var.sql.package.s3_bucket
  s3_key            = var.sql.package.s3_key
  s3_object_version = var.sql.package.s3_object_version

  reserved_concurrent_executions = coalesce(var.sql.reserved_concurrency, -1)

  vpc_config {
    subnet_ids         = var.sql.subnet_ids
    security_group_ids = var.sql.security_group_ids
  }

  environment {
    variables = { CONFIG_PARAMETER = local.parameters["sql"] }
  }

  tags = var.tags

  lifecycle {
    precondition {
      condition     = local.zip == null || local.zip_exists
      error_message = "There is no ${coalesce(local.zip, "zip")}: run `make package` first."
    }
  }

  depends_on = [aws_cloudwatch_log_group.sql, aws_iam_role_policy.sql, aws_ssm_parameter.configuration]
}

# A call that fails is not tried again: it would measure anew and add to what was sent, and the next one is due.
resource "aws_lambda_function_event_invoke_config" "sql" {
  count = local.asks_sql ? 1 : 0

  function_name                = aws_lambda_function.sql[0].function_name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 60
}

resource "aws_cloudwatch_log_group" "sql" {
  count = local.asks_sql ? 1 : 0

  name              = "/aws/lambda/${local.function_name}"
  retention_in_days = var.sql.log_retention_days
  tags              = var.tags
}

resource "aws_cloudwatch_event_rule" "sql" {
  for_each = local.schedules

  name                = "${local.function_name}-${each.key}-min"
  description         = "Asks ${join(", ", each.value.sources)}."
  schedule_expression = each.value.every
  tags                = var.tags
}

resource "aws_cloudwatch_event_target" "sql" {
  for_each = local.schedules

  rule      = aws_cloudwatch_event_rule.sql[each.key].name
  target_id = "publish"
  arn       = aws_lambda_function.sql[0].arn
  input     = jsonencode({ sources = each.value.sources })

  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 1
  }
}

resource "aws_lambda_permission" "sql" {
  for_each = local.schedules

  statement_id  = "Schedule${each.key}Invokes"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.sql[0].function_name
  principal     = "events.amazonaws.com"
  source_arn    = "${local.arn_of["events"]}:rule/${local.function_name}-${each.key}-min"
}

resource "aws_iam_role" "sql" {
  count = local.asks_sql ? 1 : 0

  name        = "${local.function_name}-${local.region}"
  description = "${var.name}: what the function that asks databases may do"
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "sql" {
  #checkov:skip=CKV_AWS_355: Lambda makes its network interfaces with this role, and these actions know no resource
  #checkov:skip=CKV_AWS_290: as above; the condition denies them to the code itself
  count = local.asks_sql ? 1 : 0

  name = "publish-sql"
  role = aws_iam_role.sql[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      local.publish_statements["sql"],
      [
        {
          Sid      = "WriteLog"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = "${local.arn_of["logs"]}:log-group:/aws/lambda/${local.function_name}:*"
        },
        {
          # What Lambda itself needs to reach the VPC.
          # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
          Sid      = "JoinVpc"
          Effect   = "Allow"
          Action   = ["ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses"]
          Resource = "*"
        },
        {
          # And its code does not.
          Sid       = "CodeLeavesVpcAlone"
          Effect    = "Deny"
          Action    = ["ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses"]
          Resource  = "*"
          Condition = { ArnEquals = { "lambda:SourceFunctionArn" = "${local.arn_of["lambda"]}:function:${local.function_name}" } }
        },
      ],
      [for key in var.sql.kms_key_arn[*] : {
        Sid       = "DecryptPassword"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = key
        Condition = { StringEquals = { "kms:ViaService" = [for service in ["ssm", "secretsmanager"] : "${service}.${local.region}.${data.aws_partition.current.dns_suffix}"] } }
      }],
    )
  })
}
