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
}

variables {
  name = "acme-production"
}

run "invariants" {
  command = plan

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.logs[0].policy).Statement[0].Principal == { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
    error_message = "delivery-may-write: without this statement load balancers refuse to switch their logs on."
  }
  assert {
    condition     = alltrue([for statement in jsondecode(aws_s3_bucket_policy.logs[0].policy).Statement : statement.Action == "s3:PutObject" if statement.Effect == "Allow"])
    error_message = "delivery-only-writes: logs hold addresses of people."
  }
  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.logs[0].rule).apply_server_side_encryption_by_default[0].sse_algorithm == "AES256"
    error_message = "no-key-on-logs: load balancers cannot write into a bucket whose key is KMS's."
  }
  assert {
    condition     = alltrue([for block in aws_s3_bucket_public_access_block.logs : block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets])
    error_message = "logs-not-public: logs hold addresses of people."
  }
  assert {
    condition     = aws_athena_workgroup.logs["on"].configuration[0].enforce_workgroup_configuration
    error_message = "limit-is-enforced: else a client's own settings lift the limit on what a query reads."
  }
}
