mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  region = "eu-west-1"
}

run "the_bucket_keeps_versions_encrypted_and_private" {
  command = plan

  assert {
    condition     = output.bucket == "alerting-terraform-state-123456789012-eu-west-1"
    error_message = "The bucket's name comes from the account and the region: ${output.bucket}."
  }

  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "Without versions a broken state cannot be taken back."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "The state must be encrypted."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.state.block_public_acls,
      aws_s3_bucket_public_access_block.state.block_public_policy,
      aws_s3_bucket_public_access_block.state.ignore_public_acls,
      aws_s3_bucket_public_access_block.state.restrict_public_buckets,
    ])
    error_message = "The state is nobody else's."
  }

  assert {
    condition = alltrue([
      jsondecode(aws_s3_bucket_policy.state.policy).Statement[0].Effect == "Deny",
      jsondecode(aws_s3_bucket_policy.state.policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false",
      length(jsondecode(aws_s3_bucket_policy.state.policy).Statement[0].Resource) == 2,
    ])
    error_message = "The bucket and its objects must refuse plain HTTP."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.state.rule[0].noncurrent_version_expiration[0].newer_noncurrent_versions == 20
    error_message = "The newest versions stay, however old."
  }

  assert {
    condition     = output.backend_config == "bucket = \"alerting-terraform-state-123456789012-eu-west-1\"\nregion = \"eu-west-1\"\n"
    error_message = "backend_config is what terraform init takes: ${output.backend_config}"
  }
}

run "takes_a_name_of_your_own" {
  command = plan

  variables {
    bucket = "acme-state"
  }

  assert {
    condition     = output.bucket == "acme-state"
    error_message = "A name that was given is used."
  }
}

run "refuses_a_name_that_s3_refuses" {
  command         = plan
  expect_failures = [var.bucket]

  variables {
    bucket = "Acme_State"
  }
}
