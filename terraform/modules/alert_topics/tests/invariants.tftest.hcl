# What an alert's safety rests on. Each message begins with the invariant's name; tools/mutants.py breaks each one in
# turn and shows that this file notices.

mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/made-here", key_id = "made-here" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:mocked" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:mocked" }
  }
}

variables {
  name       = "acme-production"
  severities = { critical = { email = ["on-call@example.com"], https = ["https://pager.example.com/key"] }, warning = {}, info = {} }
  operations = { email = ["platform@example.com"] }
}

run "invariants" {
  command = plan

  # Key

  assert {
    condition     = alltrue([for topic in aws_sns_topic.this : topic.kms_master_key_id == "arn:aws:kms:eu-west-1:123456789012:key/made-here"])
    error_message = "customer-key: alarms cannot publish through the key of AWS, alias/aws/sns, and say nothing."
  }
  assert {
    condition = anytrue([for statement in jsondecode(aws_kms_key.topics[0].policy).Statement :
      statement.Effect == "Allow" && try(statement.Principal.Service, "") == "cloudwatch.amazonaws.com" && length(setsubtract(["kms:Decrypt", "kms:GenerateDataKey*"], flatten([statement.Action]))) == 0
    ])
    error_message = "key-lets-alarms: CloudWatch must be able to encrypt."
  }
  assert {
    condition     = alltrue([for statement in jsondecode(aws_kms_key.topics[0].policy).Statement : try(statement.Condition.StringEquals["aws:SourceAccount"], "") == "123456789012" if try(statement.Principal.Service, "") == "cloudwatch.amazonaws.com"])
    error_message = "key-for-our-alarms: the alarms of no other account may use the key."
  }
  assert {
    condition = anytrue([for statement in jsondecode(aws_kms_key.topics[0].policy).Statement :
      statement.Effect == "Allow" && try(statement.Principal.Service, "") == "events.amazonaws.com" && !can(statement.Condition) && length(setsubtract(["kms:Decrypt", "kms:GenerateDataKey*"], flatten([statement.Action]))) == 0
    ])
    error_message = "key-lets-events: EventBridge must be able to encrypt, without any condition: with one it drops the events."
  }
  assert {
    condition     = aws_kms_key.topics[0].enable_key_rotation && aws_kms_key.topics[0].is_enabled != false && aws_kms_key.topics[0].deletion_window_in_days == 30
    error_message = "key-stays: it must be on, rotated, and take a month to delete."
  }

  # Topics

  assert {
    condition = alltrue([for policy in aws_sns_topic_policy.this : anytrue([for statement in jsondecode(policy.policy).Statement :
      statement.Effect == "Allow" && statement.Principal.Service == "cloudwatch.amazonaws.com" && statement.Action == "sns:Publish" && try(statement.Condition.StringEquals["aws:SourceAccount"], "") == "123456789012"
    ])])
    error_message = "topics-let-alarms: CloudWatch must be able to publish, for our account."
  }
  assert {
    condition = alltrue([for policy in aws_sns_topic_policy.this : anytrue([for statement in jsondecode(policy.policy).Statement :
      statement.Effect == "Allow" && statement.Principal.Service == "events.amazonaws.com" && statement.Action == "sns:Publish" && !can(statement.Condition)
    ])])
    error_message = "topics-let-events: EventBridge must be able to publish, without any condition: it supports none here."
  }
  assert {
    condition     = alltrue(flatten([for policy in aws_sns_topic_policy.this : [for statement in jsondecode(policy.policy).Statement : try(statement.Principal.Service, "*") != "*"]]))
    error_message = "nobody-else-publishes: only services may publish."
  }
  assert {
    condition     = contains(keys(aws_sns_topic.this), "operations") && !contains(keys(output.topic_arns), "operations")
    error_message = "operations-apart: the topic of the stack's own health must not be one of the severities, which lead to Slack."
  }

  # Subscriptions

  assert {
    condition     = length(aws_sns_topic_subscription.this) == 3 && alltrue([for subscription in aws_sns_topic_subscription.this : try(jsondecode(subscription.redrive_policy).deadLetterTargetArn, "") == aws_sqs_queue.undeliverable.arn])
    error_message = "subscribers-redrive: what e-mail or a pager does not take must be kept."
  }
  assert {
    condition     = aws_sqs_queue.undeliverable.message_retention_seconds == 1209600 && aws_sqs_queue.undeliverable.sqs_managed_sse_enabled == true && aws_sqs_queue.undeliverable.kms_master_key_id == null
    error_message = "undeliverable-kept: for 14 days, and with no key policy in the way."
  }
  assert {
    condition = toset([for statement in jsondecode(aws_sqs_queue.undeliverable.policy).Statement : statement.Principal.Service if can(statement.Condition)]) == toset([
      "events.amazonaws.com", "sns.amazonaws.com"
    ])
    error_message = "undeliverable-accepts: topics and rules of this stack must reach it, and nobody else."
  }
}
