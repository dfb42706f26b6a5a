resource "aws_iam_role" "notifier" {
  name        = "${local.function_name}-${local.region}" # roles are global, stacks are not
  description = "${var.name}: what the Slack notifier may do"
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

resource "aws_iam_role_policy" "notifier" {
  name = "notify-slack"
  role = aws_iam_role.notifier.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "ReadQueue"
          Effect   = "Allow"
          Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
          Resource = local.queue_arn
        },
        {
          # The sweep sends what it found; asynchronous invocations that failed end in the dead-letter queue.
          Sid      = "SendToQueues"
          Effect   = "Allow"
          Action   = "sqs:SendMessage"
          Resource = [local.queue_arn, local.dead_arn]
        },
        {
          Sid      = "UseLedger"
          Effect   = "Allow"
          Action   = ["dynamodb:BatchGetItem", "dynamodb:UpdateItem"]
          Resource = local.ledger_arn
        },
        {
          Sid      = "ReadWebhook"
          Effect   = "Allow"
          Action   = "ssm:GetParameter"
          Resource = local.parameter_arns
        },
        {
          # "*", since with a narrower resource CloudWatch returns no composite alarm.
          # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
          Sid      = "ReadAlarms"
          Effect   = "Allow"
          Action   = ["cloudwatch:DescribeAlarms", "cloudwatch:ListAlarmMuteRules"]
          Resource = "*"
        },
        {
          Sid      = "WriteLog"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = "${local.log_group_arn}:*"
        },
      ],
      # "*", since the action knows no resource: it draws any metric that may be read.
      # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
      [for wanted in [true] : {
        Sid      = "DrawMetrics"
        Effect   = "Allow"
        Action   = "cloudwatch:GetMetricWidgetImage"
        Resource = "*"
      } if coalesce(var.config.bot.picture, false)],
      # The default key, alias/aws/ssm, needs no statement: its policy serves whoever may read the parameter.
      [for key in var.webhook.kms_key_arn[*] : {
        Sid      = "DecryptWebhook"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = key
        Condition = { StringEquals = {
          "kms:ViaService"                      = "ssm.${local.region}.${data.aws_partition.current.dns_suffix}"
          "kms:EncryptionContext:PARAMETER_ARN" = local.parameter_arns
        } }
      }],
      # What Slack refuses for good is told to the operations topic.
      [for operations in var.operations[*] : {
        Sid      = "TellOperations"
        Effect   = "Allow"
        Action   = "sns:Publish"
        Resource = operations.topic_arn
      }],
      [for key in try(var.operations.kms_key_arn, null)[*] : {
        Sid       = "EncryptForOperations"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource  = key
        Condition = { StringEquals = { "kms:ViaService" = "sns.${local.region}.${data.aws_partition.current.dns_suffix}" } }
      }],
    )
  })
}
