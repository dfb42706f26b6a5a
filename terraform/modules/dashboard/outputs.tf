output "dashboard_names" {
  description = "Names of the dashboards, the environment's first."
  value       = concat([var.name], sort(setsubtract(keys(aws_cloudwatch_dashboard.this), [var.name])))
}

output "dashboard_bodies" {
  description = "Body of each dashboard by name; `alarmctl dashboard` draws it."
  value       = local.bodies
}
