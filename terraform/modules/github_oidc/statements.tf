locals {
  # What Terraform reads of the stack's resources. Nothing here shows messages, items, log lines, objects or secrets;
  # AWS's own ReadOnlyAccess would.
  read_actions = [
    "athena:GetWorkGroup", "athena:GetNamedQuery", "athena:ListTagsForResource",
    "cloudformation:DescribeStacks", "cloudformation:GetTemplate",
    "cloudwatch:Describe*", "cloudwatch:GetDashboard", "cloudwatch:GetMetricData", "cloudwatch:GetAlarmMuteRule", "cloudwatch:List*",
    "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:DescribeContinuousBackups", "dynamodb:ListTagsOfResource",
    "ec2:DescribeInstances",
    "ecs:DescribeServices",
    "es:DescribeDomain", "es:ListTags",
    "events:Describe*", "events:List*",
    "firehose:DescribeDeliveryStream", "firehose:ListTagsForDeliveryStream",
    "glue:GetDatabase", "glue:GetTable", "glue:GetTags",
    "iam:GetRole", "iam:GetRolePolicy", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetInstanceProfile",
    "iam:GetOpenIDConnectProvider", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:ListPolicyVersions",
    "iam:ListInstanceProfilesForRole", "iam:ListRoleTags",
    "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListAliases", "kms:ListResourceTags",
    "lambda:GetAlias", "lambda:GetEventSourceMapping", "lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig",
    "lambda:GetFunctionConcurrency", "lambda:GetFunctionConfiguration", "lambda:GetFunctionEventInvokeConfig", "lambda:GetPolicy",
    "lambda:ListTags", "lambda:ListVersionsByFunction",
    "logs:DescribeLogGroups", "logs:DescribeMetricFilters", "logs:DescribeSubscriptionFilters", "logs:ListTagsForResource",
    "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetAccelerateConfiguration",
    "s3:GetReplicationConfiguration",
    "scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource",
    "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource",
    "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags",
    "ssm:DescribeParameters", "ssm:ListTagsForResource",
  ]

  # What alarmctl report lists beside it: names of resources, nothing in them.
  report_actions = [
    "acm:ListCertificates", "apigateway:GET", "autoscaling:DescribeAutoScalingGroups", "backup:ListBackupVaults",
    "dynamodb:ListTables", "ec2:DescribeNatGateways", "ec2:DescribeVolumes", "ec2:DescribeVpnConnections", "ecs:ListClusters", "ecs:ListServices",
    "elasticache:DescribeCacheClusters", "elasticfilesystem:DescribeFileSystems", "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeTargetGroups", "es:ListDomainNames", "firehose:ListDeliveryStreams", "lambda:ListFunctions",
    "rds:DescribeDBClusters", "rds:DescribeDBInstances", "route53:ListHealthChecks", "scheduler:ListScheduleGroups", "sns:ListTopics", "sqs:ListQueues",
    "states:ListStateMachines",
  ]

  parameter_arns = {
    for key, environment in var.environments : key => [
      for name in environment.parameter_names :
      "arn:${local.partition}:ssm:${environment.region}:${local.account}:parameter/${trimprefix(name, "/")}"
    ]
  }

  plan_statements = concat(
    [
      {
        Sid      = "ReadTheStack"
        Effect   = "Allow"
        Action   = local.read_actions
        Resource = "*"
      },
      {
        Sid      = "ListStates"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = local.bucket_arn
      },
      {
        # Planning takes no lock, so that it writes nothing.
        Sid      = "ReadStates"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = values(local.state_arns)
      },
    ],
    [for arns in [flatten(values(local.parameter_arns))] : {
      Sid      = "ReadParameters"
      Effect   = "Allow"
      Action   = "ssm:GetParameter"
      Resource = arns
    } if length(arns) > 0],
    [for report in var.report[*] : {
      Sid      = "ListForReports"
      Effect   = "Allow"
      Action   = local.report_actions
      Resource = "*"
    }],
    [for report in var.report[*] : {
      Sid      = "SendReports"
      Effect   = "Allow"
      Action   = "sns:Publish"
      Resource = report.topic_arns
    } if length(report.topic_arns) > 0],
    [for report in var.report[*] : {
      Sid      = "EncryptReports"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey*"]
      Resource = report.kms_key_arns
    } if length(report.kms_key_arns) > 0],
  )

  # What is made begins with the stack's name, but for the topics' key, which has none.
  named = {
    athena         = ["workgroup/%s-*"]
    cloudformation = ["stack/%s-*"]
    dynamodb       = ["table/%s-*"]
    events         = ["rule/%s-*"]
    firehose       = ["deliverystream/%s-*"]
    glue           = ["catalog", "database/%s*", "table/%s*"]
    lambda         = ["function:%s-*", "event-source-mapping:*"]
    logs           = ["log-group:*%s-*"]
    scheduler      = ["schedule/*/%s-*", "schedule-group/%s-*"]
    sns            = ["%s-*"]
    sqs            = ["%s-*"]
    ssm            = ["parameter/%s*"]
  }
  apply_statements = {
    for key, environment in var.environments : key => concat(
      [
        {
          Sid      = "ReadTheStack"
          Effect   = "Allow"
          Action   = local.read_actions
          Resource = "*"
        },
        {
          Sid    = "MakeWhatBearsTheName"
          Effect = "Allow"
          Action = [for service in keys(local.named) : "${service}:*"]
          Resource = flatten([
            for service, ends in local.named : [
              for end in ends :
              "arn:${local.partition}:${service}:${environment.region}:${local.account}:${strcontains(end, "%s") ? format(end, environment.name) : end}"
            ]
          ])
        },
        {
          # Alarms about the stack itself begin with operations-.
          Sid    = "MakeAlarms"
          Effect = "Allow"
          Action = ["cloudwatch:*"]
          Resource = [
            "arn:${local.partition}:cloudwatch:${environment.region}:${local.account}:alarm:${environment.name}-*",
            "arn:${local.partition}:cloudwatch:${environment.region}:${local.account}:alarm:operations-${environment.name}-*",
            "arn:${local.partition}:cloudwatch:${environment.region}:${local.account}:alarm-mute-rule:${environment.name}-*",
            "arn:${local.partition}:cloudwatch::${local.account}:dashboard/${environment.name}*",
          ]
        },
        {
          Sid      = "MakeRoles"
          Effect   = "Allow"
          Action   = "iam:*"
          Resource = [for kind in ["role", "policy", "instance-profile"] : "arn:${local.partition}:iam::${local.account}:${kind}/${environment.name}-*"]
        },
        {
          Sid      = "MakeBuckets"
          Effect   = "Allow"
          Action   = "s3:*"
          Resource = ["arn:${local.partition}:s3:::${environment.name}-*"]
        },
        {
          # A key has an id for a name. Those of others keep their own key policies.
          Sid    = "MakeKeys"
          Effect = "Allow"
          Action = [
            "kms:CreateAlias", "kms:CreateKey", "kms:DeleteAlias", "kms:EnableKeyRotation", "kms:PutKeyPolicy",
            "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription",
          ]
          Resource  = "*"
          Condition = { StringEquals = { "aws:RequestedRegion" = environment.region } }
        },
        {
          # These know no resource, or none before it is made.
          Sid       = "MakeWhatHasNoName"
          Effect    = "Allow"
          Action    = ["lambda:CreateEventSourceMapping", "logs:DescribeLogGroups", "sns:Unsubscribe"]
          Resource  = "*"
          Condition = { StringEquals = { "aws:RequestedRegion" = environment.region } }
        },
        {
          Sid      = "ListStates"
          Effect   = "Allow"
          Action   = "s3:ListBucket"
          Resource = local.bucket_arn
        },
        {
          Sid      = "WriteTheState"
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:PutObject"]
          Resource = [local.state_arns[key], "${local.state_arns[key]}.tflock"]
        },
        {
          Sid      = "Unlock"
          Effect   = "Allow"
          Action   = "s3:DeleteObject"
          Resource = "${local.state_arns[key]}.tflock"
        },
      ],
      [for arns in [local.parameter_arns[key]] : {
        Sid      = "ReadParameters"
        Effect   = "Allow"
        Action   = "ssm:GetParameter"
        Resource = arns
      } if length(arns) > 0],
    )
  }
}
