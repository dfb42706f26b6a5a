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

run "writes_what_the_publisher_reads" {
  command = plan

  # tests/terraform/test_custom_metrics.py reads these files with the publisher's own reader.
  assert {
    condition     = output.configurations == { for place in ["ecs", "hosts", "sql"] : place => file("tests/golden/${place}.toml") }
    error_message = "The configurations are those of tests/golden: ${jsonencode(output.configurations)}"
  }
  assert {
    condition     = jsonencode(output.alarms) == jsonencode(jsondecode(file("tests/golden/alarms.json")))
    error_message = "The alarms are those of tests/golden/alarms.json: ${jsonencode(output.alarms)}"
  }
  assert {
    condition     = output.parameter_names == { for place in ["ecs", "hosts", "sql"] : place => "/acme-production/publisher/${place}" } && aws_ssm_parameter.configuration["sql"].value == output.configurations["sql"]
    error_message = "Each configuration is in its parameter."
  }
}

run "asks_each_database_in_its_own_cadence" {
  command = plan

  assert {
    condition = { for key, rule in aws_cloudwatch_event_rule.sql : rule.schedule_expression => jsondecode(aws_cloudwatch_event_target.sql[key].input).sources } == {
      "rate(1 minute)"  = ["orders"]
      "rate(5 minutes)" = ["sessions"]
    }
    error_message = "A schedule for each interval names its sources."
  }
  assert {
    condition     = aws_lambda_function.sql[0].vpc_config[0].subnet_ids == toset(["subnet-1", "subnet-2"]) && aws_lambda_function.sql[0].environment[0].variables == tomap({ CONFIG_PARAMETER = "/acme-production/publisher/sql" })
    error_message = "The function is in the VPC and knows where its configuration is."
  }
}

run "runs_one_task_on_each_container_instance" {
  command = plan

  assert {
    condition     = aws_ecs_service.daemon[0].scheduling_strategy == "DAEMON" && aws_ecs_service.daemon[0].cluster == "main" && output.ecs_service_name == "acme-production-publisher"
    error_message = "A daemon service."
  }
  assert {
    condition     = jsondecode(aws_ecs_task_definition.daemon[0].container_definitions)[0].command == ["publish", "--config", "ssm:/acme-production/publisher/ecs"]
    error_message = "The task reads its configuration from SSM."
  }
}

run "the_cloudwatch_agent_instead" {
  command = plan

  variables {
    ecs              = { cluster = "main", agent = "cloudwatch-agent" }
    cloudwatch_agent = { enabled = true, interval_seconds = 30, mounts = ["/", "/data"] }
    hosts            = { watch = { web = { auto_scaling_group_name = "web" } } }
    sql              = {}
  }

  assert {
    condition     = jsondecode(jsondecode(aws_ecs_task_definition.daemon[0].container_definitions)[0].environment[0].value).logs.metrics_collected.ecs.metrics_collection_interval == 60
    error_message = "The agent collects the instance_* metrics."
  }
  assert {
    condition     = alltrue([for mount in jsondecode(aws_ecs_task_definition.daemon[0].container_definitions)[0].mountPoints : mount.readOnly && (startswith(mount.containerPath, "/rootfs/") || mount.containerPath == "/sys/fs/cgroup")])
    error_message = "The agent sees the host below /rootfs, read-only."
  }
  assert {
    condition     = output.agent_parameter_name == "AmazonCloudWatch-acme-production-hosts" && jsondecode(output.agent_configuration).metrics.metrics_collected.disk.resources == ["/", "/data"]
    error_message = "The agent's configuration is in SSM."
  }
  # The agent calls the mount path, and the alarms look there.
  assert {
    condition     = output.alarms["disk-web-root-space-warning"].dimensions == { AutoScalingGroupName = "web", path = "/" }
    error_message = "Disk alarms have the agent's dimensions: ${jsonencode(output.alarms["disk-web-root-space-warning"].dimensions)}."
  }
  assert {
    condition     = contains([for names in jsondecode(output.agent_configuration).metrics.aggregation_dimensions : join(" ", names)], join(" ", keys(output.alarms["disk-web-root-space-warning"].dimensions)))
    error_message = "And the agent publishes that set."
  }
  assert {
    condition     = output.configurations == {} && output.function_name == null
    error_message = "Nothing of the publisher is made."
  }
}

run "nothing_unless_asked_for" {
  command = plan

  variables {
    hosts = {}
    sql   = {}
    ecs   = {}
  }

  assert {
    condition     = output.alarms == {} && output.policy_documents == {} && length(aws_lambda_function.sql) + length(aws_ecs_service.daemon) + length(aws_ssm_parameter.configuration) + length(aws_ssm_parameter.agent) == 0
    error_message = "Without sources there is nothing."
  }
}

run "applications_get_what_they_ask_for" {
  command = plan

  variables {
    applications = {
      shop = { namespaces = ["Helloworld/traffic"], log_groups = ["/acme/shop*"], event_buses = ["shop"], delivery_streams = ["acme-logs"] }
      web  = { event_buses = ["default"] }
    }
  }

  assert {
    condition = [for statement in jsondecode(output.policy_documents["application-shop"]).Statement : statement.Resource] == [
      "*",
      ["arn:aws:logs:eu-west-1:123456789012:log-group:/acme/shop*:*"],
      ["arn:aws:events:eu-west-1:123456789012:event-bus/shop"],
      ["arn:aws:firehose:eu-west-1:123456789012:deliverystream/acme-logs"],
    ]
    error_message = "Each right is bound to what was named: ${output.policy_documents["application-shop"]}"
  }
  assert {
    condition     = [for statement in jsondecode(output.policy_documents["application-web"]).Statement : statement.Action] == ["events:PutEvents"] && keys(output.policy_arns) == ["application-shop", "application-web", "hosts"]
    error_message = "What was left out is not allowed."
  }
}

run "an_alarm_of_the_table_is_changed_or_taken_out" {
  command = plan

  variables {
    hosts = {
      sources = { web = { preset = "web-connections", alarms = { http-cons-timewait = { above = 5000, severity = "critical" }, http-cons-finwait1 = null } } }
      watch   = { web = { auto_scaling_group_name = "web" } }
    }
  }

  assert {
    condition     = output.alarms["publisher-web-web-http-cons-timewait"].threshold == 5000 && output.alarms["publisher-web-web-http-cons-timewait"].severity == "critical" && strcontains(output.alarms["publisher-web-web-http-cons-timewait"].description, "TIME_WAIT")
    error_message = "The threshold is changed, the rest stays."
  }
  assert {
    condition     = !contains(keys(output.alarms), "publisher-web-web-http-cons-finwait1") && contains(keys(output.alarms), "publisher-web-web-up")
    error_message = "null takes an alarm out."
  }
  assert {
    condition     = !anytrue([for key in keys(output.alarms) : startswith(key, "disk-")])
    error_message = "Without a source of hosts nobody publishes disks."
  }
}

run "slow_hosts_get_longer_periods" {
  command = plan

  variables {
    hosts = {
      sources = { host = { preset = "host", interval_seconds = 600 } }
      watch   = { bastion = { instance_id = "i-0123456789abcdef0" } }
    }
  }

  assert {
    condition     = output.alarms["host-bastion-heartbeat-warning"].period == 1200 && output.alarms["host-bastion-memory-warning"].period == 600 && output.alarms["publisher-bastion-host-up"].period == 1200
    error_message = "No period is shorter than the cadence."
  }
}

run "refuses_an_unknown_key_of_a_source" {
  command         = plan
  expect_failures = [output.alarms]

  variables {
    hosts = { sources = { web = { preset = "web-connections", prts = [80] } } }
  }
}

run "refuses_an_unknown_preset" {
  command         = plan
  expect_failures = [output.alarms]

  variables {
    hosts = { sources = { web = { preset = "web-conections" } } }
  }
}

run "refuses_a_password" {
  command         = plan
  expect_failures = [output.alarms]

  variables {
    hosts = { sources = { sessions = { preset = "active-sessions", host = "db", database = "shop", user = "metrics", password = "hunter2" } } }
  }
}

run "refuses_a_host_source_in_a_function" {
  command         = plan
  expect_failures = [output.alarms]

  variables {
    sql = { sources = { host = { preset = "host" } }, package = { s3_bucket = "a", s3_key = "b" }, subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
  }
}

run "refuses_an_alarm_that_could_never_fire" {
  command         = plan
  expect_failures = [output.alarms]

  variables {
    hosts = {
      sources = { web = { preset = "web-connections", dimension_sets = [["Environment", "Team"]] } }
      watch   = { web = { auto_scaling_group_name = "web" } }
    }
  }
}

run "refuses_an_alarm_without_a_threshold" {
  command         = plan
  expect_failures = [output.alarms]

  variables {
    hosts = {
      sources = { mail = { type = "command", command = ["x"], metric = "Mails", alarms = { Mails = { threshold = 5 } } } }
      watch   = { web = { auto_scaling_group_name = "web" } }
    }
  }
}

run "refuses_a_subject_of_both_kinds" {
  command         = plan
  expect_failures = [var.hosts]

  variables {
    hosts = { watch = { web = { auto_scaling_group_name = "web", instance_id = "i-0123456789abcdef0" } } }
  }
}

run "refuses_a_function_outside_of_the_vpc" {
  command         = plan
  expect_failures = [var.sql]

  variables {
    sql = { sources = { sessions = { preset = "active-sessions" } }, package = { s3_bucket = "a", s3_key = "b" } }
  }
}

run "refuses_a_publisher_without_an_image" {
  command         = plan
  expect_failures = [var.ecs]

  variables {
    ecs = { cluster = "main", sources = { host = { preset = "host" } } }
  }
}

run "refuses_rights_on_everything" {
  command         = plan
  expect_failures = [var.applications]

  variables {
    applications = { shop = { log_groups = ["*"] } }
  }
}

run "refuses_an_application_without_rights" {
  command         = plan
  expect_failures = [var.applications]

  variables {
    applications = { shop = {} }
  }
}

run "refuses_a_dimension_that_is_found_out" {
  command         = plan
  expect_failures = [var.dimensions]

  variables {
    dimensions = { InstanceId = "i-1" }
  }
}
