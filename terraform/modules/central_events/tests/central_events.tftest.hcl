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
}

variables {
  name                  = "acme-production"
  dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:acme-production-undeliverable"
  sender_account_ids    = ["222222222222", "111111111111"]
  topic_arns = {
    critical = "arn:aws:sns:eu-west-1:123456789012:acme-production-critical"
    warning  = "arn:aws:sns:eu-west-1:123456789012:acme-production-warning"
    info     = "arn:aws:sns:eu-west-1:123456789012:acme-production-info"
  }
}

run "routes_by_the_last_word_of_an_alarms_name" {
  command = plan

  assert {
    condition = alltrue([
      jsondecode(aws_cloudwatch_event_rule.route["alarms-critical"].event_pattern).detail.alarmName == [{ suffix = "-critical" }],
      aws_cloudwatch_event_target.route["alarms-critical"].arn == var.topic_arns.critical,
      aws_cloudwatch_event_target.route["alarms-warning"].arn == var.topic_arns.warning,
      aws_cloudwatch_event_target.route["health-critical"].arn == var.topic_arns.critical,
      aws_cloudwatch_event_target.route["others"].arn == var.topic_arns.info,
    ])
    error_message = "A route tells the topic of its severity."
  }

  assert {
    condition     = alltrue([for target in aws_cloudwatch_event_target.route : target.dead_letter_config[0].arn == var.dead_letter_queue_arn && target.role_arn == null])
    error_message = "Every target has a dead-letter queue and no role."
  }

  # The policies of topics and dead-letter queue know rules by rule/NAME-….
  assert {
    condition     = startswith(aws_cloudwatch_event_bus.central.name, "acme-production-")
    error_message = "The bus's name begins with the stack's."
  }
}

run "lets_in_the_accounts_that_are_named_and_no_other" {
  command = plan

  assert {
    condition = jsondecode(aws_cloudwatch_event_bus_policy.central.policy).Statement == [{
      Sid       = "SenderAccounts"
      Effect    = "Allow"
      Principal = { AWS = ["arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root"] }
      Action    = "events:PutEvents"
      Resource  = "arn:aws:events:eu-west-1:123456789012:event-bus/acme-production-central"
    }]
    error_message = "Only the accounts that are named may put events."
  }
}

run "lets_in_an_organization" {
  command = plan

  variables {
    sender_account_ids = []
    organization_id    = "o-abcd123456"
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_bus_policy.central.policy).Statement[0].Condition == { StringEquals = { "aws:PrincipalOrgID" = "o-abcd123456" } }
    error_message = "The organization is the condition."
  }
}

run "a_route_can_be_changed_and_taken_out" {
  command = plan

  variables {
    routes = {
      others          = { severity = "none" }
      alarms-critical = { severity = "warning", pattern = "{\"source\": [\"aws.cloudwatch\"]}" }
    }
  }

  assert {
    condition     = !contains(keys(aws_cloudwatch_event_rule.route), "others") && aws_cloudwatch_event_target.route["alarms-critical"].arn == var.topic_arns.warning
    error_message = "A route of the same name takes the place of the module's."
  }
}

run "refuses_that_nobody_may_send" {
  command = plan

  variables {
    sender_account_ids = []
  }

  expect_failures = [aws_cloudwatch_event_bus_policy.central]
}

run "refuses_a_severity_without_a_topic" {
  command = plan

  variables {
    topic_arns = { critical = "arn:aws:sns:eu-west-1:123456789012:acme-production-critical", warning = "arn:aws:sns:eu-west-1:123456789012:acme-production-warning", info = "arn:aws:sns:eu-west-1:123456789012:acme-production-info" }
    routes     = { mine = { severity = "urgent" } }
  }

  expect_failures = [aws_cloudwatch_event_rule.route]
}

run "refuses_what_is_no_account" {
  command = plan

  variables {
    sender_account_ids = ["1234"]
  }

  expect_failures = [var.sender_account_ids]
}
