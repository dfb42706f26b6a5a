# What keeps the account closed to other people's workflows. Each message begins with the invariant's name;
# tools/mutants.py breaks each one in turn and shows that this file notices.

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
  report = { topic_arns = ["arn:aws:sns:eu-west-1:123456789012:acme-production-info"] }
}

run "invariants" {
  command = plan

  assert {
    condition = alltrue([
      for policy in concat([aws_iam_role.plan.assume_role_policy], [for role in aws_iam_role.apply : role.assume_role_policy]) :
      keys(jsondecode(policy).Statement[0].Condition) == ["StringEquals"]
    ])
    error_message = "whole-subjects: a subject is compared as a whole, never by a pattern."
  }
  assert {
    condition = alltrue([
      for policy in concat([aws_iam_role.plan.assume_role_policy], [for role in aws_iam_role.apply : role.assume_role_policy]) :
      jsondecode(policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
    ])
    error_message = "audience: a token for somebody else is refused."
  }
  assert {
    condition = {
      for key, role in aws_iam_role.apply : key => jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"]
    } == { staging = ["repo:acme/alerts:environment:staging"], production = ["repo:acme/alerts:environment:production"] }
    error_message = "apply-by-environment: only a job in the environment, which waits for its approval, may apply to it."
  }
  assert {
    condition     = jsondecode(aws_iam_role.plan.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == ["repo:acme/alerts:pull_request", "repo:acme/alerts:ref:refs/heads/main"]
    error_message = "plan-subjects: pull requests and the main branch plan, nobody else."
  }
  assert {
    condition = alltrue([
      for action in flatten([for s in jsondecode(aws_iam_role_policy.plan.policy).Statement : s.Action if !contains(["SendReports", "EncryptReports"], s.Sid)]) :
      can(regex(":(Get|List|Describe|GET$)", action))
    ])
    error_message = "plan-reads: the plan role reads and writes nothing."
  }
  assert {
    condition = !anytrue([
      for action in flatten([for s in jsondecode(aws_iam_role_policy.plan.policy).Statement : s.Action if s.Resource == "*"]) :
      contains(["ssm:GetParameter", "ssm:Get*", "secretsmanager:GetSecretValue", "s3:GetObject", "s3:Get*", "dynamodb:GetItem", "logs:GetLogEvents", "logs:Get*", "sqs:ReceiveMessage", "kms:Decrypt", "lambda:Get*", "iam:Get*"], action)
    ])
    error_message = "plan-sees-no-data: no secret, object, item, message or log line of the whole account."
  }
  assert {
    condition     = [for s in jsondecode(aws_iam_role_policy.plan.policy).Statement : jsonencode(sort(flatten([s.Resource]))) if s.Sid == "ReadStates"] == [jsonencode(["arn:aws:s3:::acme-state/alerting/production/terraform.tfstate", "arn:aws:s3:::acme-state/alerting/staging/terraform.tfstate"])]
    error_message = "own-states: the plan role reads the states of its environments alone."
  }
  assert {
    condition = alltrue([
      for key, policy in aws_iam_role_policy.apply : alltrue([
        for s in jsondecode(policy.policy).Statement : alltrue([for arn in flatten([s.Resource]) : strcontains(arn, "alerting/${key}/terraform.tfstate")])
        if contains(["WriteTheState", "Unlock"], s.Sid)
      ])
    ])
    error_message = "own-state-written: staging's role cannot write production's state."
  }
  assert {
    condition = alltrue([
      for key, policy in aws_iam_role_policy.apply : alltrue([
        for s in jsondecode(policy.policy).Statement : alltrue([for arn in flatten([s.Resource]) : strcontains(arn, "acme-${key}")])
        if contains(["MakeAlarms", "MakeRoles", "MakeBuckets"], s.Sid)
      ])
    ])
    error_message = "own-names: an apply role makes what bears its stack's name."
  }
}
