output "provider_arn" {
  description = "ARN of the account's OIDC provider for GitHub."
  value       = local.provider
}

output "plan_role_arn" {
  description = "For the repository variables AWS_PLAN_ROLE_STAGING and AWS_PLAN_ROLE_PRODUCTION."
  value       = aws_iam_role.plan.arn
}

output "apply_role_arns" {
  description = "By environment: for the variable AWS_APPLY_ROLE of each environment on GitHub."
  value       = { for key, role in aws_iam_role.apply : key => role.arn }
}
