mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1", name = "eu-west-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_kinesis_firehose_delivery_stream" {
    defaults = { arn = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/mocked" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:mocked" }
  }
  mock_resource "aws_opensearch_domain" {
    defaults = { endpoint = "search-acme.eu-west-1.es.amazonaws.com" }
  }
}

variables {
  name = "acme-production"
  log_groups = {
    api    = { retention_days = 90, to_s3 = true }
    orders = { name = "/acme/orders", existing = true, to_s3 = true, s3_pattern = "{ $.level = \"ERROR\" }" }
    worker = {}
  }
  log_alarms = {
    api-errors   = { log_group = "api", watch = "errors", severity = "critical", threshold = 5 }
    out-of-stock = { log_group = "orders", watch = "pattern", pattern = "\"out of stock\"", severity = "warning" }
    worker-alive = { log_group = "worker", watch = "heartbeat", pattern = "{ $.event = \"heartbeat\" }", severity = "critical", period = 300, evaluation_periods = 2, runbook = "https://wiki.example.com/worker" }
  }
}

run "log_groups_with_an_end" {
  command = plan

  assert {
    condition     = { for key, group in aws_cloudwatch_log_group.this : group.name => group.retention_in_days } == { "/acme-production/api" = 90, "/acme-production/worker" = 30 }
    error_message = "Each group is named after the stack and keeps its lines as long as said; an existing one is left alone."
  }
  assert {
    condition     = output.log_group_names == { api = "/acme-production/api", orders = "/acme/orders", worker = "/acme-production/worker" }
    error_message = "The names are told by key."
  }
}

run "a_key_of_ones_own" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/12345678-1234-1234-1234-123456789012"
  }

  assert {
    condition     = alltrue([for group in concat(values(aws_cloudwatch_log_group.this), values(aws_cloudwatch_log_group.delivery)) : group.kms_key_id == var.kms_key_arn])
    error_message = "Every group takes it."
  }
}

run "alarms_from_lines" {
  command = plan

  assert {
    condition     = { for key, filter in aws_cloudwatch_log_metric_filter.this : key => filter.log_group_name } == { api-errors = "/acme-production/api", out-of-stock = "/acme/orders", worker-alive = "/acme-production/worker" }
    error_message = "Each pattern is looked for in its group."
  }
  assert {
    condition     = aws_cloudwatch_log_metric_filter.this["out-of-stock"].pattern == "\"out of stock\"" && strcontains(aws_cloudwatch_log_metric_filter.this["api-errors"].pattern, "$.level = \"ERROR\"")
    error_message = "Errors have a pattern of their own."
  }
  assert {
    condition     = alltrue([for key, filter in aws_cloudwatch_log_metric_filter.this : filter.metric_transformation[0].name == output.alarms["log-${key}"].metric_name && filter.metric_transformation[0].namespace == output.alarms["log-${key}"].namespace])
    error_message = "An alarm looks at the metric that its filter writes."
  }
  assert {
    condition     = output.alarms["log-api-errors"].comparison == ">=" && output.alarms["log-api-errors"].threshold == 5 && output.alarms["log-api-errors"].treat_missing_data == "notBreaching"
    error_message = "Five errors in a minute; no line is no error."
  }
  assert {
    condition     = output.alarms["log-worker-alive"].comparison == "<" && output.alarms["log-worker-alive"].treat_missing_data == "breaching" && output.alarms["log-worker-alive"].period == 300 && output.alarms["log-worker-alive"].runbook == "https://wiki.example.com/worker"
    error_message = "A heartbeat's absence fires."
  }
}

run "lines_to_s3_without_opensearch" {
  command = plan

  assert {
    condition     = aws_kinesis_firehose_delivery_stream.lines["lines"].destination == "extended_s3" && aws_kinesis_firehose_delivery_stream.lines["lines"].extended_s3_configuration[0].prefix == "lines/!{timestamp:yyyy/MM/dd}/"
    error_message = "By date."
  }
  assert {
    condition     = alltrue([for stream in concat(values(aws_kinesis_firehose_delivery_stream.lines), values(aws_kinesis_firehose_delivery_stream.subscriptions)) : alltrue([for s3 in stream.extended_s3_configuration : s3.compression_format == "GZIP" && s3.buffering_interval == 60 && s3.buffering_size == 1 && s3.cloudwatch_logging_options[0].enabled])])
    error_message = "Compressed, after 60 s or 1 MB, with a log of its errors."
  }
  assert {
    condition     = length(aws_opensearch_domain.logs) == 0 && output.opensearch_endpoint == null
    error_message = "A domain costs money: none unless asked for."
  }
}

run "subscriptions_to_s3_alone" {
  command = plan

  assert {
    condition     = { for key, filter in aws_cloudwatch_log_subscription_filter.to_s3 : filter.log_group_name => filter.filter_pattern } == { "/acme-production/api" = "", "/acme/orders" = "{ $.level = \"ERROR\" }" }
    error_message = "The groups that ask for it, with their pattern."
  }
  assert {
    condition     = [for processor in aws_kinesis_firehose_delivery_stream.subscriptions["subscriptions"].extended_s3_configuration[0].processing_configuration[0].processors : processor.type] == ["Decompression", "CloudWatchLogProcessing"]
    error_message = "The envelopes are taken apart, in this order."
  }
  assert {
    condition     = aws_kinesis_firehose_delivery_stream.subscriptions["subscriptions"].destination == "extended_s3"
    error_message = "AWS does not support another way."
  }
}

run "opensearch_and_everything_to_s3" {
  command = plan

  variables {
    opensearch = { master_role_arn = "arn:aws:iam::123456789012:role/admin" }
  }

  assert {
    condition     = aws_kinesis_firehose_delivery_stream.lines["lines"].destination == "opensearch" && length(aws_kinesis_firehose_delivery_stream.lines["lines"].extended_s3_configuration) == 0
    error_message = "The lines go to the domain."
  }
  assert {
    condition = alltrue([for search in aws_kinesis_firehose_delivery_stream.lines["lines"].opensearch_configuration :
      search.index_name == "logs" && search.index_rotation_period == "OneDay" && search.s3_backup_mode == "AllDocuments" && search.retry_duration == 300 &&
      search.buffering_interval == 60 && search.buffering_size == 1 && search.cloudwatch_logging_options[0].enabled &&
      search.s3_configuration[0].compression_format == "GZIP" && search.s3_configuration[0].prefix == "lines/!{timestamp:yyyy/MM/dd}/"
    ])
    error_message = "A new index each day, retries for 300 s, and every document in S3 too."
  }
  assert {
    condition     = aws_opensearch_domain.logs["on"].domain_name == "acme-production-logs" && aws_opensearch_domain.logs["on"].cluster_config[0].zone_awareness_config[0].availability_zone_count == 2
    error_message = "Two nodes in two zones."
  }
  assert {
    condition     = output.opensearch_endpoint == "https://search-acme.eu-west-1.es.amazonaws.com"
    error_message = "The bootstrap needs the address."
  }
  assert {
    condition     = length(aws_opensearch_domain.logs["on"].vpc_options) == 0
    error_message = "Not in a VPC unless asked for."
  }
}

run "opensearch_in_a_vpc" {
  command = plan

  variables {
    opensearch = {
      master_role_arn = "arn:aws:iam::123456789012:role/admin"
      vpc             = { subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"] }
    }
  }

  assert {
    condition     = aws_opensearch_domain.logs["on"].vpc_options[0].subnet_ids == toset(["subnet-1", "subnet-2"]) && aws_kinesis_firehose_delivery_stream.lines["lines"].opensearch_configuration[0].vpc_config[0].security_group_ids == toset(["sg-1"])
    error_message = "The domain is there, and Firehose reaches it."
  }
  assert {
    condition     = contains([for statement in jsondecode(aws_iam_role_policy.delivery["on"].policy).Statement : statement.Sid], "EnterVpc")
    error_message = "Firehose needs the right to make its interfaces."
  }
}

run "a_domain_that_exists" {
  command = plan

  variables {
    opensearch = { existing_domain_arn = "arn:aws:es:eu-west-1:123456789012:domain/search" }
  }

  assert {
    condition     = length(aws_opensearch_domain.logs) == 0 && aws_kinesis_firehose_delivery_stream.lines["lines"].opensearch_configuration[0].domain_arn == "arn:aws:es:eu-west-1:123456789012:domain/search"
    error_message = "It is used, and left as it is."
  }
  assert {
    condition     = anytrue([for statement in jsondecode(aws_iam_role_policy.delivery["on"].policy).Statement : contains(tolist(flatten([statement.Resource])), "arn:aws:es:eu-west-1:123456789012:domain/search")])
    error_message = "Firehose may write to it."
  }
}

run "alarms_on_the_delivery_and_the_domain" {
  command = plan

  variables {
    opensearch = { master_role_arn = "arn:aws:iam::123456789012:role/admin" }
  }

  assert {
    condition = alltrue([for metric in ["DeliveryToS3.DataFreshness", "DeliveryToAmazonOpenSearchService.DataFreshness", "DeliveryToAmazonOpenSearchService.Success", "ThrottledRecords", "ClusterStatus.red", "ClusterStatus.yellow"] :
      strcontains(jsonencode(output.alarms), "\"${metric}\"")
    ])
    error_message = "Freshness, throttling, rejected documents and cluster health."
  }
}

run "no_alarms_of_our_own_choice" {
  command = plan

  variables {
    alarms     = false
    opensearch = { master_role_arn = "arn:aws:iam::123456789012:role/admin" }
  }

  assert {
    condition     = keys(output.alarms) == ["log-api-errors", "log-out-of-stock", "log-worker-alive"]
    error_message = "Those on lines stay."
  }
}

run "tasks_and_hosts" {
  command = plan

  variables {
    agent_files = {
      nginx = { path = "/var/log/nginx/error.log", log_group = "worker", timestamp_format = "%Y/%m/%d %H:%M:%S" }
    }
  }

  assert {
    condition = output.ecs_awslogs["api"] == {
      logDriver = "awslogs"
      options   = { awslogs-group = "/acme-production/api", awslogs-region = "eu-west-1", awslogs-stream-prefix = "ecs", mode = "non-blocking", max-buffer-size = "25m" }
    }
    error_message = "mode and max-buffer-size are always said: the default loses lines in silence."
  }
  assert {
    condition     = output.ecs_firelens.options.delivery_stream == "acme-production-logs" && output.ecs_router.firelensConfiguration.type == "fluentbit" && strcontains(output.put_policy, "deliverystream/acme-production-logs")
    error_message = "FireLens puts into the stream, and the task's role needs the policy."
  }
  assert {
    condition     = output.ecs_router.firelensConfiguration.options == { "enable-ecs-log-metadata" = "true", "config-file-type" = "file", "config-file-value" = "/fluent-bit/configs/parse-json.conf" }
    error_message = "Without a parser a JSON line arrives as one text, and its level cannot be searched."
  }
  assert {
    condition = jsondecode(aws_ssm_parameter.agent["on"].value).logs.logs_collected.files.collect_list == [{
      file_path = "/var/log/nginx/error.log", log_group_name = "/acme-production/worker", log_stream_name = "{instance_id}", timezone = "UTC", retention_in_days = -1, timestamp_format = "%Y/%m/%d %H:%M:%S"
    }]
    error_message = "The agent ships the file into the group."
  }
  assert {
    condition     = aws_ssm_parameter.agent["on"].name == "AmazonCloudWatch-acme-production-logs"
    error_message = "Hosts may read names that begin so."
  }
}

run "a_router_that_takes_lines_as_they_are" {
  command = plan

  variables {
    ecs = { router_config = "" }
  }

  assert {
    condition     = output.ecs_router.firelensConfiguration.options == { "enable-ecs-log-metadata" = "true" }
    error_message = "No file, no option of a file."
  }
}

run "nothing_of_firehose" {
  command = plan

  variables {
    delivery   = { enabled = false }
    log_groups = { api = {}, orders = {}, worker = {} }
  }

  assert {
    condition     = length(aws_kinesis_firehose_delivery_stream.lines) + length(aws_kinesis_firehose_delivery_stream.subscriptions) + length(aws_s3_bucket.logs) + length(aws_iam_role.delivery) + length(aws_iam_role.subscription) == 0
    error_message = "Log groups and their alarms work alone."
  }
  assert {
    condition     = output.bucket == null && output.ecs_firelens == null && output.put_policy == null
    error_message = "The outputs say so."
  }
}

run "a_bucket_that_exists" {
  command = plan

  variables {
    bucket = { existing = "acme-logs" }
  }

  assert {
    condition     = length(aws_s3_bucket.logs) == 0 && aws_kinesis_firehose_delivery_stream.lines["lines"].extended_s3_configuration[0].bucket_arn == "arn:aws:s3:::acme-logs"
    error_message = "It is used, and left as it is."
  }
}

run "refuses_an_existing_group_without_a_name" {
  command         = plan
  expect_failures = [var.log_groups]

  variables {
    log_groups = { api = { existing = true }, orders = {}, worker = {} }
  }
}

run "refuses_a_retention_that_does_not_exist" {
  command         = plan
  expect_failures = [var.log_groups]

  variables {
    log_groups = { api = { retention_days = 31 }, orders = {}, worker = {} }
  }
}

run "refuses_an_unknown_group" {
  command         = plan
  expect_failures = [var.log_alarms]

  variables {
    log_alarms = { errors = { log_group = "apy", watch = "errors", severity = "warning" } }
  }
}

run "refuses_an_unknown_watch" {
  command         = plan
  expect_failures = [var.log_alarms]

  variables {
    log_alarms = { errors = { log_group = "api", watch = "error", pattern = "x", severity = "warning" } }
  }
}

run "refuses_a_watch_without_a_pattern" {
  command         = plan
  expect_failures = [var.log_alarms]

  variables {
    log_alarms = { errors = { log_group = "api", watch = "pattern", severity = "warning" } }
  }
}

run "refuses_a_heartbeat_as_short_as_a_beat" {
  command         = plan
  expect_failures = [var.log_alarms]

  variables {
    log_alarms = { alive = { log_group = "api", watch = "heartbeat", pattern = "alive", severity = "warning" } }
  }
}

run "refuses_a_key_that_is_no_name" {
  command         = plan
  expect_failures = [var.log_alarms]

  variables {
    log_alarms = { "a b" = { log_group = "api", watch = "errors", severity = "warning" } }
  }
}

run "refuses_a_file_for_an_unknown_group" {
  command         = plan
  expect_failures = [var.agent_files]

  variables {
    agent_files = { nginx = { path = "/var/log/nginx/error.log", log_group = "nginx" } }
  }
}

run "refuses_an_unknown_mode" {
  command         = plan
  expect_failures = [var.ecs]

  variables {
    ecs = { mode = "nonblocking" }
  }
}

run "refuses_a_buffer_without_a_unit" {
  command         = plan
  expect_failures = [var.ecs]

  variables {
    ecs = { max_buffer_size = "25" }
  }
}

run "refuses_what_firehose_refuses" {
  command         = plan
  expect_failures = [var.delivery]

  variables {
    delivery = { buffer_seconds = 1000 }
  }
}

run "refuses_two_domains" {
  command         = plan
  expect_failures = [var.opensearch]

  variables {
    opensearch = { existing_domain_arn = "arn:aws:es:eu-west-1:123456789012:domain/search", master_role_arn = "arn:aws:iam::123456789012:role/admin" }
  }
}

run "refuses_what_is_no_domain" {
  command         = plan
  expect_failures = [var.opensearch]

  variables {
    opensearch = { existing_domain_arn = "search" }
  }
}

run "refuses_a_domain_with_too_long_a_name" {
  command         = plan
  expect_failures = [var.opensearch]

  variables {
    name       = "acme-production-of-the-whole"
    opensearch = { master_role_arn = "arn:aws:iam::123456789012:role/admin" }
  }
}

run "refuses_an_index_with_capitals" {
  command         = plan
  expect_failures = [var.opensearch]

  variables {
    opensearch = { master_role_arn = "arn:aws:iam::123456789012:role/admin", index_prefix = "Logs" }
  }
}

run "refuses_a_name_with_capitals" {
  command         = plan
  expect_failures = [var.name]

  variables {
    name = "Acme"
  }
}
