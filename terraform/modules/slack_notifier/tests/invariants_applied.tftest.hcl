# As invariants.tftest.hcl, for what only an apply shows.

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
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
}

variables {
  name        = "acme-production"
  environment = "production"
  topic_arns = {
    critical = "arn:aws:sns:eu-west-1:123456789012:acme-production-critical"
    warning  = "arn:aws:sns:eu-west-1:123456789012:acme-production-warning"
  }
  operations = {
    topic_arn   = "arn:aws:sns:eu-west-1:123456789012:acme-production-operations"
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/made-here"
  }
  slack_webhook_url = "https://hooks.slack.com/services/T0/B0/not-a-real-token"
  package           = { zip = "versions.tf" } # any file that exists; nothing opens it in a test
}

run "what_is_kept" {
  command = apply

  assert {
    condition     = !strcontains(nonsensitive(jsonencode([aws_ssm_parameter.webhook[0], aws_lambda_function.notifier.environment])), "not-a-real-token")
    error_message = "webhook-in-no-state: neither plan nor state may hold the webhook."
  }
}
