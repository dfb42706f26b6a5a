# Roles that workflows of one GitHub repository take by OpenID Connect, without a stored key: one that plans and may
# only read, and one per environment that applies. Who may take which is decided by the token's subject alone:
# https://docs.github.com/en/actions/reference/security/oidc
# Subjects are compared as a whole. A pattern such as repo:OWNER/NAME:* would give every branch of everybody who may
# push, and every pull request, the right to apply.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  host      = "token.actions.githubusercontent.com"
  partition = data.aws_partition.current.partition
  account   = data.aws_caller_identity.current.account_id
  provider  = coalesce(var.provider_arn, one(aws_iam_openid_connect_provider.github[*].arn))

  # The jobs that plan have no environment, so that planning waits for no approval.
  subjects = merge(
    { plan = ["repo:${var.repository}:pull_request", "repo:${var.repository}:ref:refs/heads/${var.branch}"] },
    { for key, environment in var.environments : "apply-${key}" => ["repo:${var.repository}:environment:${key}"] },
  )
  trust = {
    for role, subjects in local.subjects : role => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Principal = { Federated = local.provider }
        Action    = "sts:AssumeRoleWithWebIdentity"
        Condition = { StringEquals = {
          "${local.host}:aud" = "sts.amazonaws.com"
          "${local.host}:sub" = subjects
        } }
      }]
    })
  }

  bucket_arn = "arn:${local.partition}:s3:::${var.state_bucket}"
  state_arns = { for key, environment in var.environments : key => "${local.bucket_arn}/${environment.state_key}" }
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.provider_arn == null ? 1 : 0

  url            = "https://${local.host}"
  client_id_list = ["sts.amazonaws.com"]
  tags           = var.tags
}

resource "aws_iam_role" "plan" {
  name                 = "${replace(var.repository, "/", "-")}-plan"
  description          = "Workflows of ${var.repository}: plan, look for drift, report. Reads only"
  max_session_duration = 3600
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
  assume_role_policy   = local.trust["plan"]

  lifecycle {
    precondition {
      condition     = length("${replace(var.repository, "/", "-")}-plan") <= 64
      error_message = "The role's name would be longer than 64 characters: ${var.repository}."
    }
  }
}

resource "aws_iam_role_policy" "plan" {
  name   = "plan"
  role   = aws_iam_role.plan.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.plan_statements })
}

resource "aws_iam_role" "apply" {
  for_each = var.environments

  name                 = "${replace(var.repository, "/", "-")}-apply-${each.key}"
  description          = "Workflows of ${var.repository} in the environment ${each.key}: apply"
  max_session_duration = 3600
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
  assume_role_policy   = local.trust["apply-${each.key}"]

  lifecycle {
    precondition {
      condition     = length("${replace(var.repository, "/", "-")}-apply-${each.key}") <= 64
      error_message = "The role's name would be longer than 64 characters: ${var.repository}, ${each.key}."
    }
  }
}

resource "aws_iam_role_policy" "apply" {
  for_each = var.environments

  name   = "apply"
  role   = aws_iam_role.apply[each.key].id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.apply_statements[each.key] })
}

resource "aws_iam_role_policy_attachment" "apply" {
  for_each = merge([
    for key, environment in var.environments : {
      for arn in environment.apply_policy_arns : "${key} ${arn}" => { role = key, arn = arn }
    }
  ]...)

  role       = aws_iam_role.apply[each.value.role].name
  policy_arn = each.value.arn
}
