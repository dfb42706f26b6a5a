resource "aws_iam_role" "instances" {
  count = local.is_on ? 1 : 0

  name        = "${local.function_name}-${local.region}" # roles are global, stacks are not
  description = "${var.name}: what the function for instances' alarms may do"
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

locals {
  statements = concat(
    [
      {
        # "*", since none of the three knows a resource; the Region is as narrow as it gets.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
        Sid       = "Look"
        Effect    = "Allow"
        Action    = ["ec2:DescribeInstances", "cloudwatch:ListMetrics", "cloudwatch:DescribeAlarms"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:RequestedRegion" = local.region } }
      },
      {
        # Its own alarms alone, and none that would tell anybody but our topics, or stop an instance.
        Sid       = "PutOwnAlarms"
        Effect    = "Allow"
        Action    = "cloudwatch:PutMetricAlarm"
        Resource  = local.own_alarms
        Condition = { "ForAllValues:StringEquals" = { "cloudwatch:AlarmActions" = values(var.topic_arns) } }
      },
      {
        Sid      = "KeepOwnAlarms"
        Effect   = "Allow"
        Action   = ["cloudwatch:DeleteAlarms", "cloudwatch:EnableAlarmActions", "cloudwatch:DisableAlarmActions", "cloudwatch:TagResource"]
        Resource = local.own_alarms
      },
      {
        Sid      = "ReadQueue"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
        Resource = local.queue_arn
      },
      {
        Sid      = "GiveUp"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = local.dead_arn
      },
      {
        Sid      = "WriteLog"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${local.log_group_arn}:*"
      },
    ],
    [for topic in local.notice_topic[*] : {
      Sid      = "TellChanges"
      Effect   = "Allow"
      Action   = "sns:Publish"
      Resource = topic
    }],
    [for key in local.notice_topic == null ? [] : try(var.operations.kms_key_arn, null)[*] : {
      Sid       = "EncryptForTopic"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
      Resource  = key
      Condition = { StringEquals = { "kms:ViaService" = "sns.${local.region}.${data.aws_partition.current.dns_suffix}" } }
    }],
  )
}

resource "aws_iam_role_policy" "instances" {
  count = local.is_on ? 1 : 0

  name   = "instance-alarms"
  role   = aws_iam_role.instances[0].id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements })
}
