mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
}

variables {
  name = "acme-production"
  topic_arns = {
    critical = "arn:aws:sns:eu-west-1:123456789012:acme-production-critical"
    warning  = "arn:aws:sns:eu-west-1:123456789012:acme-production-warning"
    info     = "arn:aws:sns:eu-west-1:123456789012:acme-production-info"
  }
  package = { zip = "versions.tf" }
}

run "the_function_is_told_everything" {
  command = plan

  variables {
    tags = { Team = "platform" }
    config = {
      stopped      = "mute"
      environments = { staging = { critical = "warning" } }
      alarms       = { space = { thresholds = { warning = 70, critical = null } } }
      notice       = true
    }
  }

  assert {
    condition     = jsondecode(aws_lambda_function.instances[0].environment[0].variables.INSTANCE_ALARMS_CONFIG).name == "acme-production"
    error_message = "The function must know its stack."
  }
  assert {
    condition     = jsondecode(aws_lambda_function.instances[0].environment[0].variables.INSTANCE_ALARMS_CONFIG).environments.staging.critical == "warning"
    error_message = "The environments' severities must reach the function."
  }
  assert {
    condition     = jsondecode(aws_lambda_function.instances[0].environment[0].variables.INSTANCE_ALARMS_CONFIG).alarms.space.thresholds == { warning = 70, critical = null }
    error_message = "A severity that is taken out must reach the function as null."
  }
  assert {
    condition     = aws_lambda_function.instances[0].environment[0].variables.NOTICE_TOPIC_ARN == var.topic_arns.info
    error_message = "The notice must go to the info topic."
  }
  assert {
    condition     = length(aws_cloudwatch_metric_alarm.fleet) == 0 && length(aws_cloudwatch_metric_alarm.health) == 0
    error_message = "No fleet alarms beside the function; no alarms on its health without a topic for them."
  }
}

run "no_notice_unless_asked_for" {
  command = plan

  assert {
    condition     = !strcontains(aws_iam_role_policy.instances[0].policy, "sns:Publish") && !can(aws_lambda_function.instances[0].environment[0].variables.NOTICE_TOPIC_ARN)
    error_message = "The notice is off by default, and so is the right to send it."
  }
}

run "a_fleet_needs_no_function" {
  command = plan

  variables {
    mode    = "fleet"
    package = {}
    config  = { alarms = { space = { thresholds = { critical = 85 } } } }
    fleet   = { mount_dimension = "path" }
  }

  assert {
    condition     = length(aws_lambda_function.instances) + length(aws_sqs_queue.instances) + length(aws_iam_role.instances) + length(aws_cloudwatch_event_rule.state_changes) == 0
    error_message = "The mode fleet has no function, queue, role or rule."
  }
  assert {
    condition     = { for severity, alarm in aws_cloudwatch_metric_alarm.fleet : severity => alarm.threshold } == { critical = 85, warning = 60 }
    error_message = "One alarm for each severity, with the numbers of the other mode unless changed."
  }
  assert {
    condition     = one(aws_cloudwatch_metric_alarm.fleet["critical"].metric_query).expression == "SELECT MAX(disk_used_percent) FROM SCHEMA(\"CWAgent\", InstanceId, \"path\") GROUP BY InstanceId, \"path\" ORDER BY MAX() DESC"
    error_message = "The query must group by host and mount, the fullest first."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.fleet["warning"].alarm_actions == toset([var.topic_arns.warning])
    error_message = "Each severity tells its topic."
  }
}

run "refuses_an_unknown_mode" {
  command         = plan
  expect_failures = [var.mode]
  variables {
    mode = "both"
  }
}

run "refuses_an_unknown_alarm" {
  command         = plan
  expect_failures = [var.config]
  variables {
    config = { alarms = { disk = { enabled = false } } }
  }
}

run "refuses_an_unknown_severity" {
  command         = plan
  expect_failures = [var.config]
  variables {
    config = { environments = { staging = { critical = "loud" } } }
  }
}

run "refuses_an_unknown_word" {
  command         = plan
  expect_failures = [var.config]
  variables {
    config = { stopped = "keep" }
  }
}

run "refuses_unknown_paging" {
  command         = plan
  expect_failures = [var.config]
  variables {
    config = { paging = "some", share_percent = 25 }
  }
}

run "refuses_a_share_above_all" {
  command         = plan
  expect_failures = [var.config]
  variables {
    config = { share_percent = 120 }
  }
}

run "refuses_a_function_without_code" {
  command         = plan
  expect_failures = [aws_lambda_function.instances]
  variables {
    package = {}
  }
}

run "refuses_a_notice_without_a_topic" {
  command         = plan
  expect_failures = [aws_lambda_function.instances]
  variables {
    topic_arns = { critical = "arn:aws:sns:eu-west-1:123456789012:acme-production-critical", warning = "arn:aws:sns:eu-west-1:123456789012:acme-production-warning" }
    config     = { notice = true }
  }
}
