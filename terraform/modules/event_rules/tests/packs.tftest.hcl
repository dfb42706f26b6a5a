mock_provider "aws" {
  override_during = plan

  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:123456789012:rule/mocked" }
  }
}

variables {
  name = "acme-production"
  topic_arns = {
    critical = "arn:aws:sns:eu-west-1:123456789012:acme-production-critical"
    warning  = "arn:aws:sns:eu-west-1:123456789012:acme-production-warning"
    info     = "arn:aws:sns:eu-west-1:123456789012:acme-production-info"
  }
  dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:acme-production-undeliverable"
  health                = { enabled = false }
}

run "no_pack_is_on_by_itself" {
  command = plan

  assert {
    condition     = length(aws_cloudwatch_event_rule.topic) == 0
    error_message = "Packs are chosen by name."
  }
}

run "every_pack_can_be_on" {
  command = plan

  variables {
    packs = ["alarm-changes", "backup", "certificates", "deployments", "ec2", "ecs", "ecs-agents", "global", "jobs", "rds", "security"]
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_event_rule.topic)) == toset(keys(local.pack_catalogue))
    error_message = "Every rule of every pack must be made."
  }
  assert {
    condition     = alltrue([for rule in aws_cloudwatch_event_rule.topic : rule.state == "ENABLED" && length(rule.name) <= 64 && length(rule.description) <= 512])
    error_message = "EventBridge takes 64 characters of a name and 512 of a description."
  }
  assert {
    condition     = alltrue([for rule in aws_cloudwatch_event_rule.topic : !contains(keys(jsondecode(rule.event_pattern)), "resources") && length(try(jsondecode(rule.event_pattern).detail, { some = 1 })) > 0])
    error_message = "An empty field never matches: what is not narrowed must be left out."
  }
}

run "tells_the_topic_of_the_rules_severity" {
  command = plan

  variables {
    packs           = ["ecs", "rds"]
    pack_severities = { rds-failover = "critical", ecs-task-failed = "info", ecs-task-spot-interrupted = "none" }
  }

  assert {
    condition = { for key, target in aws_cloudwatch_event_target.topic : key => target.arn } == {
      ecs-deployment-failed = var.topic_arns.critical
      ecs-placement-failed  = var.topic_arns.critical
      ecs-service-impaired  = var.topic_arns.warning
      ecs-task-failed       = var.topic_arns.info
      rds-failover          = var.topic_arns.critical
      rds-failure           = var.topic_arns.critical
      rds-low-storage       = var.topic_arns.critical
    }
    error_message = "pack_severities changes a rule's severity, and none leaves it out."
  }
}

run "watches_the_clusters_that_are_named" {
  command = plan

  variables {
    packs             = ["ecs", "alarm-changes", "certificates"]
    ecs_cluster_names = ["main", "batch"]
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.topic["ecs-task-failed"].event_pattern).detail.clusterArn == [{ suffix = ":cluster/main" }, { suffix = ":cluster/batch" }]
    error_message = "A task names its cluster by ARN."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.topic["ecs-task-failed"].event_pattern).detail.lastStatus == ["STOPPED"]
    error_message = "The pack's own pattern must stay."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.topic["ecs-deployment-failed"].event_pattern).resources == [{ wildcard = "*:service/main/*" }, { wildcard = "*:service/batch/*" }]
    error_message = "A deployment names its service alone."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.topic["alarm-silenced"].event_pattern).detail.alarmName == [{ prefix = "acme-production-" }]
    error_message = "Only this stack's alarms are told."
  }
  assert {
    condition     = !contains(keys(jsondecode(aws_cloudwatch_event_rule.topic["certificate-expiring"].event_pattern)), "detail")
    error_message = "What has no cluster is not narrowed."
  }
}

run "a_rule_of_your_own_replaces_the_packs" {
  command = plan

  variables {
    packs = ["rds"]
    rules = { rds-failover = { severity = "info", pattern = "{\"source\": [\"aws.rds\"]}" } }
  }

  assert {
    condition     = aws_cloudwatch_event_rule.topic["rds-failover"].event_pattern == "{\"source\": [\"aws.rds\"]}"
    error_message = "The same key is the same rule."
  }
}

run "refuses_a_pack_that_is_not_there" {
  command = plan

  variables {
    packs = ["ecs", "rsd"]
  }

  expect_failures = [var.packs]
}

run "refuses_a_severity_for_a_rule_that_is_not_there" {
  command = plan

  variables {
    pack_severities = { rds-failovers = "info" }
  }

  expect_failures = [var.pack_severities]
}

run "refuses_a_severity_without_a_topic" {
  command = plan

  variables {
    pack_severities = { rds-failover = "urgent" }
  }

  expect_failures = [var.pack_severities]
}

run "refuses_a_cluster_by_arn" {
  command = plan

  variables {
    ecs_cluster_names = ["arn:aws:ecs:eu-west-1:123456789012:cluster/main"]
  }

  expect_failures = [var.ecs_cluster_names]
}
