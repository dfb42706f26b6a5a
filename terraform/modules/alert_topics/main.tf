data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id

  # One statement for all of them, or none.
  further_publishers = length(var.publishers) == 0 ? [] : [sort(var.publishers)]

  # ARNs are built from names, so that policies and alarms are readable in the plan.
  topics                 = merge(var.severities, { operations = var.operations })
  made_topics            = { for topic, subscribers in local.topics : topic => topic if !contains(keys(var.existing_topics), topic) }
  topic_arns             = merge({ for topic in keys(local.made_topics) : topic => "arn:${local.partition}:sns:${local.region}:${local.account_id}:${var.name}-${topic}" }, var.existing_topics)
  undeliverable_name     = "${var.name}-undeliverable"
  undeliverable_arn      = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${local.undeliverable_name}"
  alarms_of_this_account = "arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:*"
  rules_of_this_stack    = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${var.name}-*"
}

# Encryption

locals {
  creates_key = var.encryption.mode == "customer_key"
  key_actions = ["kms:Decrypt", "kms:GenerateDataKey*"]

  # What any key must allow, also one that was brought: publishing services encrypt with their own principal.
  publisher_key_statements = concat(
    [
      {
        Sid       = "CloudWatchPublishes"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = local.key_actions
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      },
      {
        # No Condition: EventBridge sends no source keys to KMS, and would drop every event without an error.
        Sid       = "EventBridgePublishes"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = local.key_actions
        Resource  = "*"
      },
    ],
    [for services in local.further_publishers : {
      Sid       = "OthersPublish"
      Effect    = "Allow"
      Principal = { Service = services }
      Action    = local.key_actions
      Resource  = "*"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }],
  )
}

resource "aws_kms_key" "topics" {
  count = local.creates_key ? 1 : 0

  description             = "${var.name}: encrypts the alert topics"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = var.tags

  # SNS needs no statement: it uses the publisher's grant, and the dead-letter queue is encrypted by SQS itself.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid       = "AccountAdministers"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      }],
      local.publisher_key_statements,
    )
  })
}

resource "aws_kms_alias" "topics" {
  count = local.creates_key ? 1 : 0

  name          = "alias/${var.name}-alert-topics"
  target_key_id = aws_kms_key.topics[0].key_id
}

# Topics

resource "aws_sns_topic" "this" {
  for_each = local.made_topics

  name              = "${var.name}-${each.key}"
  display_name      = "${var.name} ${each.key}"
  kms_master_key_id = local.creates_key ? aws_kms_key.topics[0].arn : var.encryption.kms_key_arn
  tags              = var.tags
}

resource "aws_sns_topic_policy" "this" {
  for_each = local.made_topics

  arn = aws_sns_topic.this[each.key].arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid       = "CloudWatchPublishes"
          Effect    = "Allow"
          Principal = { Service = "cloudwatch.amazonaws.com" }
          Action    = "sns:Publish"
          Resource  = local.topic_arns[each.key]
          Condition = {
            StringEquals = { "aws:SourceAccount" = local.account_id }
            ArnLike      = { "aws:SourceArn" = local.alarms_of_this_account }
          }
        },
        {
          # No Condition: EventBridge supports none in a topic policy, and drops the events.
          # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
          Sid       = "EventBridgePublishes"
          Effect    = "Allow"
          Principal = { Service = "events.amazonaws.com" }
          Action    = "sns:Publish"
          Resource  = local.topic_arns[each.key]
        },
      ],
      [for services in local.further_publishers : {
        Sid       = "OthersPublish"
        Effect    = "Allow"
        Principal = { Service = services }
        Action    = "sns:Publish"
        Resource  = local.topic_arns[each.key]
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      }],
    )
  })
}

# Subscriptions

locals {
  # SMTP, SMS and HTTPS: what an endpoint must look like, and how to write it.
  endpoint_shapes = {
    email = { pattern = "^[^@\\s,;<>]+@[^@\\s,;<>]+\\.[^@\\s,;<>.]+$", advice = "Write one e-mail address per entry, as oncall@example.com." }
    sms   = { pattern = "^\\+[1-9][0-9]{6,14}$", advice = "Write the phone number in E.164: a plus sign, the country code and the number without spaces, as +15550100999." }
    https = { pattern = "^https://[^/?#@\\s]+\\.[^/?#@\\s]+([/?#]\\S*)?$", advice = "Write a URL that begins with https:// and names a host. The value is not shown, since it may hold a key." }
  }

  # The host of each HTTPS endpoint, in the order written. The rest of the URL may be a pager's integration key.
  https_hosts = {
    for topic, subscribers in local.topics : topic => [
      for endpoint in nonsensitive(distinct(subscribers.https)) : nonsensitive(try(regex("^https://([^/?#@]+)", endpoint)[0], "unreadable"))
    ]
  }

  # A key is shown in every plan: an HTTPS endpoint is keyed by its host and its position among that host's.
  subscriptions = merge(concat(
    [for topic, subscribers in local.topics : {
      for address in subscribers.email :
      "${topic}/email/${address}" => { topic = topic, protocol = "email", endpoint = address }
    }],
    [for topic, subscribers in local.topics : {
      for number in subscribers.sms :
      "${topic}/sms/${number}" => { topic = topic, protocol = "sms", endpoint = number }
    }],
    [for topic, hosts in local.https_hosts : {
      for index, host in hosts :
      "${topic}/https/${host}/${length([for earlier in slice(hosts, 0, index) : earlier if earlier == host])}" =>
      { topic = topic, protocol = "https", endpoint = sensitive(distinct(local.topics[topic].https)[index]) }
    }],
  )...)
}

resource "aws_sns_topic_subscription" "this" {
  for_each = local.subscriptions

  topic_arn = try(aws_sns_topic.this[each.value.topic].arn, var.existing_topics[each.value.topic])
  protocol  = each.value.protocol
  endpoint  = each.value.endpoint

  # A pager confirms by itself: wait for it, since an unconfirmed subscription pages nobody.
  endpoint_auto_confirms = each.value.protocol == "https"

  # SNS gives up on HTTPS after a minute by default. 60 retries at most 60 s apart use the hour that it allows.
  # https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
  delivery_policy = each.value.protocol != "https" ? null : jsonencode({
    healthyRetryPolicy = {
      minDelayTarget     = 5
      maxDelayTarget     = 60
      numRetries         = 60
      numNoDelayRetries  = 0
      numMinDelayRetries = 0
      numMaxDelayRetries = 0
      backoffFunction    = "exponential"
    }
  })

  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.undeliverable.arn })

  lifecycle {
    precondition {
      condition     = can(regex(local.endpoint_shapes[each.value.protocol].pattern, each.value.endpoint))
      error_message = "Invalid subscriber: ${each.key}. ${local.endpoint_shapes[each.value.protocol].advice}"
    }
  }
}

# SSE-SQS and not a customer key: no key policy can then stand between a lost alert and this queue.
resource "aws_sqs_queue" "undeliverable" {
  name                      = local.undeliverable_name
  message_retention_seconds = 1209600 # 14 days, the most SQS keeps
  sqs_managed_sse_enabled   = true
  tags                      = var.tags

  # Inline: the provider waits 25 s for each queue and for each separate policy.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "SubscriptionsRedrive"
        Effect    = "Allow"
        Principal = { Service = "sns.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.undeliverable_arn
        Condition = { ArnEquals = { "aws:SourceArn" = values(local.topic_arns) } }
      },
      {
        Sid       = "RulesRedrive"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.undeliverable_arn
        Condition = { ArnLike = { "aws:SourceArn" = local.rules_of_this_stack } }
      },
    ]
  })
}
