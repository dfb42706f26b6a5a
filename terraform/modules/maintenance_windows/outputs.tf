output "rule_names" {
  description = "Names of the mute rules of each window."
  value       = { for key, rules in local.rules : key => [for rule in values(rules) : rule.Properties.Name] }
}

output "stack_names" {
  description = "Name of the CloudFormation stack of each window."
  value       = { for key, stack in aws_cloudformation_stack.this : key => stack.name }
}
