# What the logs' safety rests on. Each message begins with the invariant's name; tools/mutants.py breaks each one in
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
}

variables {
  name       = "acme-production"
  log_groups = { api = { to_s3 = true } }
  log_alarms = {
    errors = { log_group = "api", watch = "errors", severity = "critical" }
    alive  = { log_group = "api", watch = "heartbeat", pattern = "alive", severity = "critical", period = 300 }
  }
  opensearch = { master_role_arn = "arn:aws:iam::123456789012:role/admin" }
}

run "invariants" {
  command = plan

  assert {
    condition     = output.alarms["log-alive"].treat_missing_data == "breaching"
    error_message = "silence-fires: a heartbeat that stays away writes no datapoint at all."
  }
  assert {
    condition     = alltrue([for filter in aws_cloudwatch_log_metric_filter.this : filter.metric_transformation[0].default_value == null])
    error_message = "no-default: a default would be written only while other lines come."
  }
  assert {
    condition     = aws_kinesis_firehose_delivery_stream.lines["lines"].opensearch_configuration[0].s3_backup_mode == "AllDocuments"
    error_message = "all-documents: what OpenSearch rejects or deletes must be somewhere, and this cannot be changed later."
  }
  assert {
    condition     = aws_kinesis_firehose_delivery_stream.subscriptions["subscriptions"].destination == "extended_s3"
    error_message = "subscriptions-to-bucket: one record of CloudWatch Logs holds many lines, which OpenSearch cannot take."
  }
  assert {
    condition     = strcontains(jsonencode(aws_kinesis_firehose_delivery_stream.subscriptions["subscriptions"].extended_s3_configuration[0].processing_configuration), "DataMessageExtraction")
    error_message = "lines-not-envelopes: else an object holds gzipped envelopes, gzipped again."
  }
  assert {
    condition     = aws_opensearch_domain.logs["on"].domain_endpoint_options[0].enforce_https && startswith(aws_opensearch_domain.logs["on"].domain_endpoint_options[0].tls_security_policy, "Policy-Min-TLS-1-2")
    error_message = "tls: nothing older than TLS 1.2."
  }
  assert {
    condition     = aws_opensearch_domain.logs["on"].advanced_security_options[0].enabled && !aws_opensearch_domain.logs["on"].advanced_security_options[0].internal_user_database_enabled
    error_message = "fine-grained-access: roles, and no passwords."
  }
  assert {
    condition     = aws_opensearch_domain.logs["on"].encrypt_at_rest[0].enabled && aws_opensearch_domain.logs["on"].node_to_node_encryption[0].enabled
    error_message = "encrypted-domain: on the disk and between the nodes."
  }
  assert {
    condition     = !strcontains(aws_opensearch_domain.logs["on"].access_policies, "\"*\"")
    error_message = "domain-not-public: only roles that are named sign requests."
  }
  assert {
    condition     = alltrue([for block in aws_s3_bucket_public_access_block.logs : block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets])
    error_message = "lines-not-public: logs hold what people wrote and who they are."
  }
  assert {
    condition     = alltrue([for configuration in output.ecs_awslogs : contains(keys(configuration.options), "mode") && contains(keys(configuration.options), "max-buffer-size")])
    error_message = "mode-said: a task's default loses lines in silence."
  }
}

run "no_loop" {
  command         = plan
  expect_failures = [var.log_groups]

  variables {
    log_groups = { api = { name = "/aws/kinesisfirehose/acme-production-logs", existing = true, to_s3 = true } }
  }
}
