# What custom metrics rest on. Each message begins with the invariant's name; tools/mutants.py breaks each one in turn and
# shows that this file notices.

mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:mocked" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/mocked" }
  }
  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/mocked:1" }
  }
}

variables {
  name        = "acme-production"
  environment = "production"

  hosts = {
    sources = {
      host = { preset = "host", mounts = ["/", "/data"] }
      web  = { preset = "web-connections" }
      mail = { type = "command", command = ["/usr/local/bin/queue"], metric = "MailQueue", interval_seconds = 300, alarms = { MailQueue = { above = 500, severity = "critical" } } }
    }
    watch = {
      web     = { auto_scaling_group_name = "web", mounts = ["/", "/data"] }
      bastion = { instance_id = "i-0123456789abcdef0", swap = true }
    }
  }

  sql = {
    sources = {
      sessions = {
        preset   = "active-sessions"
        host     = "db.acme.internal"
        database = "shop"
        user     = "metrics"
        password = { ssm = "/acme/metrics/db-password" }
        alarms   = { ActiveSessions = { above = 500, text = "More people than usual." } }
      }
      orders = {
        type             = "sql"
        namespace        = "Shop"
        interval_seconds = 60
        host             = "db.acme.internal"
        database         = "shop"
        user             = "metrics"
        password         = { secret = "metrics-db", key = "password" }
        query            = "SELECT state, count(*) AS orders, max(age) AS age FROM \"orders\" WHERE note ~ '\\d+<3' GROUP BY state"
        values           = { orders = "Orders", age = { metric = "OldestOrder", unit = "Seconds" } }
        keys             = { state = "State" }
        alarms           = { Orders = { below = 1, dimensions = { State = "paid" } } }
      }
    }
    package            = { s3_bucket = "acme-packages", s3_key = "publish_sql.zip", s3_object_version = "1" }
    subnet_ids         = ["subnet-1", "subnet-2"]
    security_group_ids = ["sg-1"]
  }

  ecs = {
    cluster = "main"
    image   = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/publisher:1"
    sources = { host = { preset = "host" }, web = { preset = "web-connections", ports = [80, 443, 8443] } }
  }
}

run "invariants" {
  command = plan

  variables {
    applications     = { shop = { namespaces = ["Helloworld/traffic"], log_groups = ["/acme/shop"] } }
    cloudwatch_agent = { enabled = true }
  }

  assert {
    condition = alltrue(flatten([for document in concat(values(output.policy_documents), [aws_iam_role_policy.sql[0].policy, aws_iam_role_policy.task[0].policy]) : [
      for statement in jsondecode(document).Statement : length(flatten(values(values(statement.Condition)[0]))) > 0 if contains(flatten([statement.Action]), "cloudwatch:PutMetricData")
    ]]))
    error_message = "namespace-bound: nobody may publish to every namespace."
  }
  assert {
    condition = alltrue(flatten([for name, document in output.policy_documents : [
      for statement in jsondecode(document).Statement : !contains(flatten([statement.Resource]), "*") || setunion(flatten([statement.Action]), ["autoscaling:DescribeAutoScalingInstances", "cloudwatch:ListMetrics", "cloudwatch:PutMetricData", "ec2:DescribeTags"]) == toset(["autoscaling:DescribeAutoScalingInstances", "cloudwatch:ListMetrics", "cloudwatch:PutMetricData", "ec2:DescribeTags"])
    ]]))
    error_message = "least-rights: only actions that know no resource are allowed on all."
  }
  assert {
    condition     = alltrue([for one in jsondecode(aws_ecs_task_definition.daemon[0].container_definitions)[0].mountPoints : one.readOnly || one.sourceVolume == "spool"])
    error_message = "host-read-only: the task must not be able to write to the host."
  }
  assert {
    condition     = aws_ecs_task_definition.daemon[0].network_mode == "host"
    error_message = "host-network: elsewhere it would count the connections of its own container."
  }
  assert {
    condition     = alltrue([for key, alarm in output.alarms : alarm.treat_missing_data == "breaching" if alarm.metric_name == "CollectorUp"]) && length([for alarm in output.alarms : alarm if alarm.metric_name == "CollectorUp"]) == 10
    error_message = "silence-is-a-fault: a source that says nothing must alarm, and each source has its alarm."
  }
  assert {
    condition     = alltrue([for key, alarm in output.alarms : alarm.treat_missing_data == "breaching" if startswith(key, "publisher-")])
    error_message = "no-value-is-no-good-news: a source that fails publishes nothing, and its alarms must not sleep."
  }
  assert {
    condition     = alltrue([for key, alarm in output.alarms : alarm.period >= 2 * (strcontains(key, "-mail-") || strcontains(key, "-sessions-") ? 300 : 60) if startswith(key, "publisher-")])
    error_message = "period-over-cadence: an alarm that looks more often than a source speaks fires for nothing."
  }
  assert {
    condition     = aws_lambda_function_event_invoke_config.sql[0].maximum_retry_attempts == 0
    error_message = "no-double-values: a call that is tried again adds its values to those that were sent."
  }
  assert {
    condition     = alltrue([for statement in jsondecode(aws_iam_role_policy.sql[0].policy).Statement : statement.Effect == "Deny" if try(statement.Condition.ArnEquals != null, false)]) && length([for statement in jsondecode(aws_iam_role_policy.sql[0].policy).Statement : statement if statement.Effect == "Deny"]) == 1
    error_message = "code-leaves-vpc-alone: Lambda's rights on network interfaces are not the code's."
  }
  assert {
    condition     = !strcontains(join("", values(output.configurations)), "rds_resource_id") && alltrue([for text in values(output.configurations) : !strcontains(text, "alarms")])
    error_message = "publishers-keys-only: the publisher refuses keys that it does not know."
  }
}
