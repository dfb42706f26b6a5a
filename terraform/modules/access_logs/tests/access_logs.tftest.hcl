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
  mock_data "aws_elb_service_account" {
    defaults = { arn = "arn:aws:iam::156460612806:root" }
  }
}

variables {
  name = "acme-production"
}

run "load_balancers_may_write_and_nobody_may_read" {
  command = plan

  assert {
    condition     = output.bucket == "acme-production-access-logs-123456789012-eu-west-1"
    error_message = "The name must be the same at every plan."
  }
  assert {
    condition     = [for statement in jsondecode(aws_s3_bucket_policy.logs[0].policy).Statement : statement.Sid] == ["DeliverLogs", "OnlyEncrypted"]
    error_message = "The delivery service alone writes, unless more is asked for."
  }
  assert {
    condition     = jsondecode(aws_s3_bucket_policy.logs[0].policy).Statement[0].Resource == "arn:aws:s3:::acme-production-access-logs-123456789012-eu-west-1/AWSLogs/123456789012/*"
    error_message = "The service may write below our account's folder, and nowhere else."
  }
}

run "the_old_account_on_request" {
  command = plan

  variables {
    prefix                  = "shop/public"
    legacy_delivery_account = true
  }

  assert {
    condition = { for statement in jsondecode(aws_s3_bucket_policy.logs[0].policy).Statement : statement.Sid => statement.Principal if statement.Effect == "Allow" } == {
      DeliverLogs         = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
      DeliverLogsAsBefore = { AWS = "arn:aws:iam::156460612806:root" }
    }
    error_message = "The Region's account is added beside the service."
  }
  assert {
    condition     = alltrue([for statement in jsondecode(aws_s3_bucket_policy.logs[0].policy).Statement : endswith(statement.Resource, "/shop/public/AWSLogs/123456789012/*") if statement.Effect == "Allow"])
    error_message = "The prefix stands before AWSLogs."
  }
  assert {
    condition     = aws_glue_catalog_table.logs["on"].parameters["storage.location.template"] == "s3://acme-production-access-logs-123456789012-eu-west-1/shop/public/AWSLogs/123456789012/elasticloadbalancing/eu-west-1/$${day}"
    error_message = "The table must read where load balancers write."
  }
}

run "logs_are_kept_as_long_as_said" {
  command = plan

  variables {
    retention_days         = 400
    infrequent_access_days = 30
    query_results_days     = 3
  }

  assert {
    condition     = { for rule in aws_s3_bucket_lifecycle_configuration.logs[0].rule : rule.id => try(rule.expiration[0].days, null) } == { logs = 400, query-results = 3, left-overs = null }
    error_message = "Each kind of object has its own age."
  }
  assert {
    condition     = one(one([for rule in aws_s3_bucket_lifecycle_configuration.logs[0].rule : rule.transition if rule.id == "logs"])).days == 30
    error_message = "Logs move to the cheaper class."
  }
}

run "a_table_that_finds_its_days_itself" {
  command = plan

  variables {
    first_day = "2026/01/01"
  }

  assert {
    condition = { for key, value in aws_glue_catalog_table.logs["on"].parameters : key => value if startswith(key, "projection.") } == {
      "projection.enabled"           = "true"
      "projection.day.type"          = "date"
      "projection.day.range"         = "2026/01/01,NOW"
      "projection.day.format"        = "yyyy/MM/dd"
      "projection.day.interval"      = "1"
      "projection.day.interval.unit" = "DAYS"
    }
    error_message = "Partitions are computed; nobody adds them."
  }
  assert {
    condition     = length(aws_glue_catalog_table.logs["on"].storage_descriptor[0].columns) == 35 && aws_glue_catalog_table.logs["on"].partition_keys[0].name == "day"
    error_message = "Every field is a column."
  }
}

run "queries_cost_what_was_agreed" {
  command = plan

  variables {
    scan_limit_gib = 2
  }

  assert {
    condition     = aws_athena_workgroup.logs["on"].configuration[0].bytes_scanned_cutoff_per_query == 2147483648
    error_message = "Athena stops a query that reads more."
  }
  assert {
    condition     = keys(aws_athena_named_query.logs) == ["bytes-by-target", "errors-by-route", "slowest-routes", "tls-versions", "top-clients"]
    error_message = "These are saved."
  }
  assert {
    condition     = alltrue([for query in aws_athena_named_query.logs : strcontains(query.query, "FROM \"acme_production_logs\".\"alb_access_logs\"") && strcontains(query.query, "/*span*/") && query.description != ""])
    error_message = "Each names the table, has a place for the span of time, and says what it is for."
  }
}

run "a_bucket_that_exists_stays_as_it_is" {
  command = plan

  variables {
    existing_bucket = "acme-logs"
  }

  assert {
    condition     = length(aws_s3_bucket.logs) + length(aws_s3_bucket_policy.logs) + length(aws_s3_bucket_lifecycle_configuration.logs) == 0
    error_message = "Nothing of it is changed."
  }
  assert {
    condition     = aws_athena_workgroup.logs["on"].configuration[0].result_configuration[0].output_location == "s3://acme-logs/athena-results/"
    error_message = "The queries use it."
  }
}

run "no_athena_where_there_is_none" {
  command = plan

  variables {
    queries_enabled = false
  }

  assert {
    condition     = length(aws_athena_workgroup.logs) + length(aws_glue_catalog_database.logs) + length(aws_glue_catalog_table.logs) + length(aws_athena_named_query.logs) == 0
    error_message = "The bucket alone is made."
  }
  assert {
    condition     = output.workgroup == null && output.database == null && output.query_ids == {}
    error_message = "The outputs say so."
  }
}

run "refuses_a_prefix_with_slashes_at_its_ends" {
  command         = plan
  expect_failures = [var.prefix]

  variables {
    prefix = "/shop/"
  }
}

run "refuses_a_prefix_with_awslogs" {
  command         = plan
  expect_failures = [var.prefix]

  variables {
    prefix = "shop/AWSLogs"
  }
}

run "refuses_a_storage_class_after_the_end" {
  command         = plan
  expect_failures = [var.infrequent_access_days]

  variables {
    infrequent_access_days = 90
  }
}

run "refuses_a_day_with_hyphens" {
  command         = plan
  expect_failures = [var.first_day]

  variables {
    first_day = "2026-01-01"
  }
}

run "refuses_half_a_day" {
  command         = plan
  expect_failures = [var.retention_days]

  variables {
    retention_days = 0.5
  }
}

run "refuses_no_limit" {
  command         = plan
  expect_failures = [var.scan_limit_gib]

  variables {
    scan_limit_gib = 0
  }
}

run "refuses_a_name_with_capitals" {
  command         = plan
  expect_failures = [var.name]

  variables {
    name = "Acme"
  }
}
