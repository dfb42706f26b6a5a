# Least rights, as documents and as policies: attach them to the roles of instances and tasks.

locals {
  # Namespaces that each place publishes to; the publisher's own metrics are in its own.
  namespaces = {
    for place, _ in local.configurations : place => sort(distinct(concat(
      [var.publisher.namespace], [for one in local.sources : one.namespace if one.place == place],
    )))
  }

  # Where the passwords of a place are kept.
  passwords = {
    for place, _ in local.configurations : place => [for one in local.sources : merge({ ssm = null, secret = null, iam = false }, try({ for key, value in one.source.password : key => value }, {}), { user = try(one.source.user, "*"), resource = try(one.source.rds_resource_id, "*") }) if one.place == place && one.type == "sql"]
  }

  publish_statements = {
    for place, names in local.namespaces : place => concat(
      [
        {
          # "*", since the action knows no resource; the namespace is the only bound that there is.
          # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
          Sid       = "PublishMetrics"
          Effect    = "Allow"
          Action    = "cloudwatch:PutMetricData"
          Resource  = "*"
          Condition = { StringEquals = { "cloudwatch:namespace" = names } }
        },
        {
          Sid      = "ReadConfiguration"
          Effect   = "Allow"
          Action   = "ssm:GetParameter"
          Resource = ["${local.arn_of["ssm"]}:parameter${local.parameters[place]}"]
        },
      ],
      # The group of an instance whose tags its metadata does not show; the action knows no resource.
      [for wanted in [place] : {
        Sid      = "FindGroup"
        Effect   = "Allow"
        Action   = "autoscaling:DescribeAutoScalingInstances"
        Resource = "*"
      } if wanted == "hosts"],
      # `alarmctl publish check` compares what is published with what alarms look at.
      flatten([for wanted in [place] : [
        {
          Sid      = "CompareAlarms"
          Effect   = "Allow"
          Action   = "cloudwatch:DescribeAlarms"
          Resource = "${local.arn_of["cloudwatch"]}:alarm:*"
        },
        {
          Sid      = "CompareMetrics" # the action knows no resource
          Effect   = "Allow"
          Action   = "cloudwatch:ListMetrics"
          Resource = "*"
        },
      ] if wanted == "hosts"]),
      [for arns in [[for one in local.passwords[place] : "${local.arn_of["ssm"]}:parameter/${trimprefix(one.ssm, "/")}" if one.ssm != null]] : {
        Sid      = "ReadPasswordParameters"
        Effect   = "Allow"
        Action   = "ssm:GetParameter"
        Resource = distinct(arns)
      } if length(arns) > 0],
      # Secrets Manager adds six characters to a name.
      [for arns in [[for one in local.passwords[place] : startswith(one.secret, "arn:") ? one.secret : "${local.arn_of["secretsmanager"]}:secret:${one.secret}-??????" if one.secret != null]] : {
        Sid      = "ReadPasswordSecrets"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = distinct(arns)
      } if length(arns) > 0],
      [for arns in [[for one in local.passwords[place] : "${local.arn_of["rds-db"]}:dbuser:${one.resource}/${one.user}" if one.iam]] : {
        Sid      = "ConnectAsUser"
        Effect   = "Allow"
        Action   = "rds-db:connect"
        Resource = distinct(arns)
      } if length(arns) > 0],
    )
  }

  agent_statements = [
    {
      Sid       = "PublishMetrics"
      Effect    = "Allow"
      Action    = "cloudwatch:PutMetricData"
      Resource  = "*"
      Condition = { StringEquals = { "cloudwatch:namespace" = ["CWAgent"] } }
    },
    {
      Sid      = "ReadConfiguration"
      Effect   = "Allow"
      Action   = "ssm:GetParameter"
      Resource = ["${local.arn_of["ssm"]}:parameter/${local.agent_parameter}"]
    },
    {
      # The group's name comes from the instance's tags; the action knows no resource.
      Sid      = "FindGroup"
      Effect   = "Allow"
      Action   = "ec2:DescribeTags"
      Resource = "*"
    },
  ]

  application_statements = {
    for name, rights in var.applications : name => concat(
      [for wanted in [rights.namespaces] : {
        Sid       = "PublishMetrics"
        Effect    = "Allow"
        Action    = "cloudwatch:PutMetricData"
        Resource  = "*"
        Condition = { StringLike = { "cloudwatch:namespace" = wanted } }
      } if length(wanted) > 0],
      [for wanted in [rights.log_groups] : {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        Resource = [for group in wanted : "${local.arn_of["logs"]}:log-group:${group}:*"]
      } if length(wanted) > 0],
      [for wanted in [rights.event_buses] : {
        Sid      = "PutEvents"
        Effect   = "Allow"
        Action   = "events:PutEvents"
        Resource = [for bus in wanted : "${local.arn_of["events"]}:event-bus/${bus}"]
      } if length(wanted) > 0],
      [for wanted in [rights.delivery_streams] : {
        Sid      = "SendLogs"
        Effect   = "Allow"
        Action   = ["firehose:PutRecord", "firehose:PutRecordBatch"]
        Resource = [for stream in wanted : "${local.arn_of["firehose"]}:deliverystream/${stream}"]
      } if length(wanted) > 0],
    )
  }

  # Every document by name; those of hosts and applications become policies to attach.
  documents = {
    for name, statements in merge(
      { for place, statements in local.publish_statements : place => statements },
      { for key in ["cloudwatch-agent"] : key => local.agent_statements if var.cloudwatch_agent.enabled },
      { for name, statements in local.application_statements : "application-${name}" => statements },
    ) : name => jsonencode({ Version = "2012-10-17", Statement = statements })
  }
  attachable = { for name, document in local.documents : name => document if !contains(["sql", "ecs"], name) }
}

resource "aws_iam_policy" "this" {
  for_each = local.attachable

  name        = "${var.name}-${each.key == "hosts" ? "publisher" : each.key}-${local.region}" # policies are global, stacks are not
  description = "${var.name}: what ${each.key == "hosts" ? "the publisher on hosts" : each.key} may do"
  policy      = each.value
  tags        = var.tags
}
