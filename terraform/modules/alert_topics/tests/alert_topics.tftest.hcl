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
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:acme-production-undeliverable" }
  }
}

variables {
  name = "acme-production"
}

run "a_topic_per_severity_and_one_for_operations" {
  command = plan

  assert {
    condition = output.topic_arns == {
      critical = "arn:aws:sns:eu-west-1:123456789012:acme-production-critical"
      warning  = "arn:aws:sns:eu-west-1:123456789012:acme-production-warning"
      info     = "arn:aws:sns:eu-west-1:123456789012:acme-production-info"
    }
    error_message = "The ARNs must be known in the plan, by severity, without operations."
  }
  assert {
    condition     = output.operations_topic_arn == "arn:aws:sns:eu-west-1:123456789012:acme-production-operations"
    error_message = "The operations topic must exist."
  }
  assert {
    condition     = toset([for topic in aws_sns_topic.this : topic.name]) == toset(["acme-production-critical", "acme-production-warning", "acme-production-info", "acme-production-operations"])
    error_message = "Every topic's name must begin with the stack's name."
  }
}

run "the_customer_key_lets_alarms_and_events_encrypt" {
  command = plan

  assert {
    condition     = alltrue([for topic in aws_sns_topic.this : topic.kms_master_key_id == aws_kms_key.topics[0].arn])
    error_message = "Every topic must use the customer key."
  }
  assert {
    condition = alltrue([for service in ["cloudwatch.amazonaws.com", "events.amazonaws.com"] : anytrue([
      for statement in jsondecode(aws_kms_key.topics[0].policy).Statement :
      toset(statement.Action) == toset(["kms:Decrypt", "kms:GenerateDataKey*"]) if try(statement.Principal.Service, "") == service
    ])])
    error_message = "CloudWatch and EventBridge must be allowed kms:Decrypt and kms:GenerateDataKey*."
  }
  assert {
    condition = [for statement in jsondecode(aws_kms_key.topics[0].policy).Statement :
      statement.Condition if try(statement.Principal.Service, "") == "cloudwatch.amazonaws.com"
    ] == [{ StringEquals = { "aws:SourceAccount" = "123456789012" } }]
    error_message = "CloudWatch's statement must be bound to our account."
  }
  assert {
    condition     = alltrue([for statement in jsondecode(aws_kms_key.topics[0].policy).Statement : !can(statement.Condition) if try(statement.Principal.Service, "") == "events.amazonaws.com"])
    error_message = "EventBridge's statement must have no Condition: KMS would refuse, and the events be dropped."
  }
  assert {
    condition = anytrue([for statement in jsondecode(aws_kms_key.topics[0].policy).Statement :
      try(statement.Principal.AWS, "") == "arn:aws:iam::123456789012:root" && statement.Action == "kms:*"
    ])
    error_message = "The account must keep the administration of the key."
  }
  assert {
    condition     = aws_kms_key.topics[0].enable_key_rotation
    error_message = "The key must rotate."
  }
}

run "only_this_accounts_alarms_and_events_publish" {
  command = plan

  assert {
    condition = alltrue([for topic, policy in aws_sns_topic_policy.this : [for statement in jsondecode(policy.policy).Statement : statement.Condition if statement.Principal.Service == "cloudwatch.amazonaws.com"] == [{
      StringEquals = { "aws:SourceAccount" = "123456789012" }
      ArnLike      = { "aws:SourceArn" = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*" }
    }]])
    error_message = "CloudWatch's statement must be bound to this account's alarms."
  }
  assert {
    condition = alltrue([for policy in aws_sns_topic_policy.this : [
      for statement in jsondecode(policy.policy).Statement : can(statement.Condition) if statement.Principal.Service == "events.amazonaws.com"
    ] == [false]])
    error_message = "EventBridge's statement must be there, without a Condition."
  }
  assert {
    condition = alltrue([for topic, policy in aws_sns_topic_policy.this : alltrue([
      for statement in jsondecode(policy.policy).Statement :
      statement.Effect == "Allow" && statement.Action == "sns:Publish" && statement.Resource == "arn:aws:sns:eu-west-1:123456789012:acme-production-${topic}" && keys(statement.Principal) == ["Service"]
    ])])
    error_message = "A policy may only let services publish, to its own topic."
  }
  assert {
    condition     = length(aws_sns_topic_policy.this) == 4
    error_message = "Every topic needs its policy."
  }
}

run "further_publishers_get_the_topic_and_the_key" {
  command = plan

  variables {
    publishers = ["budgets.amazonaws.com"]
  }

  assert {
    condition = alltrue([for policy in concat([aws_kms_key.topics[0].policy], values(aws_sns_topic_policy.this)[*].policy) : [
      for statement in jsondecode(policy).Statement : statement.Condition if try(statement.Principal.Service, "") == ["budgets.amazonaws.com"]
    ] == [{ StringEquals = { "aws:SourceAccount" = "123456789012" } }]])
    error_message = "A publisher must be in the key's policy and in each topic's, bound to this account."
  }
}

run "undeliverable_messages_are_kept_for_14_days" {
  command = plan

  assert {
    condition     = aws_sqs_queue.undeliverable.name == "acme-production-undeliverable" && aws_sqs_queue.undeliverable.message_retention_seconds == 1209600
    error_message = "The queue must keep messages for 14 days."
  }
  assert {
    condition     = aws_sqs_queue.undeliverable.sqs_managed_sse_enabled && aws_sqs_queue.undeliverable.kms_master_key_id == null
    error_message = "The queue must be encrypted by SQS, with no key policy in the way."
  }
  assert {
    condition = { for statement in jsondecode(aws_sqs_queue.undeliverable.policy).Statement : statement.Principal.Service => statement.Condition } == {
      "sns.amazonaws.com"    = { ArnEquals = { "aws:SourceArn" = [for topic in ["critical", "info", "operations", "warning"] : "arn:aws:sns:eu-west-1:123456789012:acme-production-${topic}"] } }
      "events.amazonaws.com" = { ArnLike = { "aws:SourceArn" = "arn:aws:events:eu-west-1:123456789012:rule/acme-production-*" } }
    }
    error_message = "Only our topics and our rules may send to the queue."
  }
  assert {
    condition     = output.undeliverable_queue_arn == "arn:aws:sqs:eu-west-1:123456789012:acme-production-undeliverable"
    error_message = "The queue's ARN must be known in the plan."
  }
}

run "subscribers_by_severity_each_with_a_dead_letter_queue" {
  command = plan

  variables {
    severities = {
      critical = {
        email = ["oncall@example.com"]
        sms   = ["+15550100999"]
        https = ["https://pager.example.com/integration/not-a-real-key/enqueue", "https://pager.example.com/integration/another-key/enqueue"]
      }
      warning = { email = ["team@example.com"] }
    }
    operations = { email = ["platform@example.com"] }
  }

  assert {
    condition = toset(keys(aws_sns_topic_subscription.this)) == toset([
      "critical/email/oncall@example.com", "critical/sms/+15550100999", "critical/https/pager.example.com/0", "critical/https/pager.example.com/1",
      "warning/email/team@example.com", "operations/email/platform@example.com",
    ])
    error_message = "One subscription per subscriber; the key of an HTTPS endpoint shows its host alone."
  }
  assert {
    condition     = alltrue([for subscription in aws_sns_topic_subscription.this : jsondecode(subscription.redrive_policy).deadLetterTargetArn == output.undeliverable_queue_arn])
    error_message = "Every subscription needs the dead-letter queue."
  }
  assert {
    condition     = issensitive(aws_sns_topic_subscription.this["critical/https/pager.example.com/1"].endpoint) && nonsensitive(aws_sns_topic_subscription.this["critical/https/pager.example.com/1"].endpoint) == "https://pager.example.com/integration/another-key/enqueue"
    error_message = "An HTTPS endpoint must be subscribed, and hidden in the plan."
  }
  assert {
    condition     = alltrue([for key, subscription in aws_sns_topic_subscription.this : subscription.endpoint_auto_confirms == strcontains(key, "/https/")])
    error_message = "Terraform must wait for a pager to confirm."
  }
  assert {
    condition = alltrue([for policy in [jsondecode(aws_sns_topic_subscription.this["critical/https/pager.example.com/0"].delivery_policy).healthyRetryPolicy] :
      policy.numRetries * policy.maxDelayTarget == 3600
    ])
    error_message = "A pager must be retried for up to the hour that SNS allows."
  }
}

run "a_pager_url_may_be_a_sensitive_value" {
  command = plan

  variables {
    severities = { critical = { https = [sensitive("https://pager.example.com/integration/not-a-real-key/enqueue")] } }
  }

  assert {
    condition     = keys(aws_sns_topic_subscription.this) == ["critical/https/pager.example.com/0"]
    error_message = "A sensitive URL must be subscribed under its host."
  }
}

run "an_existing_key_is_used_and_none_is_made" {
  command = plan

  variables {
    encryption = { mode = "existing_key", kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/1234" }
  }

  assert {
    condition     = length(aws_kms_key.topics) == 0 && length(aws_kms_alias.topics) == 0
    error_message = "No key may be made."
  }
  assert {
    condition     = output.kms_key_arn == "arn:aws:kms:eu-west-1:123456789012:key/1234" && alltrue([for topic in aws_sns_topic.this : topic.kms_master_key_id == output.kms_key_arn])
    error_message = "Every topic must use the key that was given."
  }
  assert {
    condition     = [for statement in jsondecode(output.required_key_statements) : statement.Principal.Service] == ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
    error_message = "The statements that the key needs must be told."
  }
}

run "encryption_can_be_off" {
  command = plan

  variables {
    encryption = { mode = "none" }
  }

  assert {
    condition     = output.kms_key_arn == null && length(aws_kms_key.topics) == 0 && alltrue([for topic in aws_sns_topic.this : topic.kms_master_key_id == null])
    error_message = "No key may be made or used."
  }
}

run "refuses_a_name_that_is_no_prefix" {
  command = plan

  variables {
    name = "Acme Production"
  }

  expect_failures = [var.name]
}

run "refuses_an_unknown_severity" {
  command = plan

  variables {
    severities = { critical = {}, urgent = {} }
  }

  expect_failures = [var.severities]
}

run "refuses_no_severity" {
  command = plan

  variables {
    severities = {}
  }

  expect_failures = [var.severities]
}

run "refuses_a_wrong_e_mail_address" {
  command = plan

  variables {
    operations = { email = ["oncall.example.com"] }
  }

  expect_failures = [aws_sns_topic_subscription.this["operations/email/oncall.example.com"]]
}

run "refuses_a_phone_number_that_is_not_e164" {
  command = plan

  variables {
    severities = { critical = { sms = ["0555 0100"] } }
  }

  expect_failures = [aws_sns_topic_subscription.this["critical/sms/0555 0100"]]
}

run "refuses_http_and_does_not_show_the_url" {
  command = plan

  variables {
    severities = { critical = { https = ["http://pager.example.com/integration/not-a-real-key/enqueue"] } }
  }

  expect_failures = [aws_sns_topic_subscription.this["critical/https/unreadable/0"]]
}

run "refuses_an_unknown_encryption_mode" {
  command = plan

  variables {
    encryption = { mode = "aws_managed" }
  }

  expect_failures = [var.encryption]
}

run "refuses_an_existing_key_without_its_arn" {
  command = plan

  variables {
    encryption = { mode = "existing_key" }
  }

  expect_failures = [var.encryption]
}

run "refuses_an_arn_that_would_be_ignored" {
  command = plan

  variables {
    encryption = { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/1234" }
  }

  expect_failures = [var.encryption]
}

run "refuses_the_alias_that_eats_alarms" {
  command = plan

  variables {
    encryption = { mode = "existing_key", kms_key_arn = "alias/aws/sns" }
  }

  expect_failures = [var.encryption]
}

run "refuses_a_publisher_that_is_no_service" {
  command = plan

  variables {
    publishers = ["budgets"]
  }

  expect_failures = [var.publishers]
}

run "refuses_a_publisher_that_is_there_already" {
  command = plan

  variables {
    publishers = ["events.amazonaws.com"]
  }

  expect_failures = [var.publishers]
}

run "an_existing_topic_is_used_and_none_is_made" {
  command = plan

  variables {
    severities      = { critical = { email = ["oncall@example.com"] }, info = {} }
    existing_topics = { critical = "arn:aws:sns:eu-west-1:210987654321:on-call" }
  }

  assert {
    condition     = keys(aws_sns_topic.this) == ["info", "operations"] && keys(aws_sns_topic_policy.this) == ["info", "operations"]
    error_message = "Neither a topic nor a policy may be made for it."
  }
  assert {
    condition     = output.topic_arns["critical"] == "arn:aws:sns:eu-west-1:210987654321:on-call"
    error_message = "Alarms must get the ARN that was given: ${jsonencode(output.topic_arns)}."
  }
  assert {
    condition     = aws_sns_topic_subscription.this["critical/email/oncall@example.com"].topic_arn == "arn:aws:sns:eu-west-1:210987654321:on-call"
    error_message = "Subscribers are added to it."
  }
  assert {
    condition     = contains(jsondecode(aws_sqs_queue.undeliverable.policy).Statement[0].Condition.ArnEquals["aws:SourceArn"], "arn:aws:sns:eu-west-1:210987654321:on-call")
    error_message = "What its subscribers cannot take must reach the queue."
  }
}

run "refuses_an_existing_topic_of_another_region" {
  command = plan

  variables {
    existing_topics = { critical = "arn:aws:sns:us-east-1:123456789012:on-call" }
  }

  expect_failures = [output.topic_arns]
}

run "refuses_an_existing_fifo_topic" {
  command = plan

  variables {
    existing_topics = { critical = "arn:aws:sns:eu-west-1:123456789012:on-call.fifo" }
  }

  expect_failures = [var.existing_topics]
}

run "refuses_an_existing_topic_of_no_severity" {
  command = plan

  variables {
    existing_topics = { urgent = "arn:aws:sns:eu-west-1:123456789012:on-call" }
  }

  expect_failures = [var.existing_topics]
}
