mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  repository   = "acme/alerts"
  state_bucket = "acme-state"
  provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  environments = {
    staging    = { name = "acme-staging", state_key = "alerting/staging/terraform.tfstate", region = "eu-west-1" }
    production = { name = "acme-production", state_key = "alerting/production/terraform.tfstate", region = "eu-west-1" }
  }
}

run "a_role_to_plan_and_one_per_environment_to_apply" {
  command = plan

  assert {
    condition     = aws_iam_role.plan.name == "acme-alerts-plan"
    error_message = "The plan role is named after the repository: ${aws_iam_role.plan.name}."
  }
  assert {
    condition     = { for key, role in aws_iam_role.apply : key => role.name } == { staging = "acme-alerts-apply-staging", production = "acme-alerts-apply-production" }
    error_message = "One apply role per environment."
  }
  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0
    error_message = "A provider that is given is not made again: an account can have only one."
  }
}

run "makes_the_provider_where_there_is_none" {
  command = apply

  variables {
    provider_arn = null
  }

  assert {
    condition     = aws_iam_openid_connect_provider.github[0].url == "https://token.actions.githubusercontent.com"
    error_message = "GitHub's own issuer."
  }
  assert {
    condition     = output.provider_arn == aws_iam_openid_connect_provider.github[0].arn
    error_message = "The provider that was made is the one that is trusted."
  }
}

run "reports_only_where_wanted" {
  command = plan

  variables {
    report = { topic_arns = ["arn:aws:sns:eu-west-1:123456789012:acme-production-info"], kms_key_arns = ["arn:aws:kms:eu-west-1:123456789012:key/1"] }
  }

  assert {
    condition     = [for s in jsondecode(aws_iam_role_policy.plan.policy).Statement : s.Resource if s.Sid == "SendReports"] == [["arn:aws:sns:eu-west-1:123456789012:acme-production-info"]]
    error_message = "The weekly report may be published to the topics that were named."
  }
}

run "reads_parameters_only_where_named" {
  command = plan

  variables {
    environments = {
      production = { name = "acme-production", state_key = "p.tfstate", region = "eu-west-1", parameter_names = ["/acme-production/slack-webhook"], apply_policy_arns = ["arn:aws:iam::123456789012:policy/more"] }
    }
  }

  assert {
    condition     = [for s in jsondecode(aws_iam_role_policy.plan.policy).Statement : s.Resource if s.Sid == "ReadParameters"] == [["arn:aws:ssm:eu-west-1:123456789012:parameter/acme-production/slack-webhook"]]
    error_message = "Exactly the parameter that was named."
  }
  assert {
    condition     = [for attached in aws_iam_role_policy_attachment.apply : attached.policy_arn] == ["arn:aws:iam::123456789012:policy/more"]
    error_message = "Policies of one's own are attached to the apply role."
  }
}

run "refuses_a_repository_with_a_wildcard" {
  command         = plan
  expect_failures = [var.repository]

  variables {
    repository = "acme/*"
  }
}

run "refuses_an_environment_with_a_wildcard" {
  command         = plan
  expect_failures = [var.environments]

  variables {
    environments = { "prod*" = { name = "acme-production", state_key = "p.tfstate", region = "eu-west-1" } }
  }
}

run "refuses_a_name_that_no_stack_has" {
  command         = plan
  expect_failures = [var.environments]

  variables {
    environments = { production = { name = "*", state_key = "p.tfstate", region = "eu-west-1" } }
  }
}

run "refuses_a_state_key_with_a_wildcard" {
  command         = plan
  expect_failures = [var.environments]

  variables {
    environments = { production = { name = "acme-production", state_key = "*", region = "eu-west-1" } }
  }
}

run "refuses_a_branch_with_a_wildcard" {
  command         = plan
  expect_failures = [var.branch]

  variables {
    branch = "*"
  }
}

run "refuses_another_provider" {
  command         = plan
  expect_failures = [var.provider_arn]

  variables {
    provider_arn = "arn:aws:iam::123456789012:oidc-provider/gitlab.com"
  }
}
