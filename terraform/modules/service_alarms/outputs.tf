output "alarms" {
  description = "The metric alarms by key, fit for metric_alarms.alarms: KIND-RESOURCE-ALARM-SEVERITY, and those of the example set."
  value       = merge(local.example_alarms, local.service_alarms)

  precondition {
    condition     = length(local.unknown_ids) == 0
    error_message = "Not in the catalogue: ${join(", ", local.unknown_ids)}. docs/alarms.md lists the ids of each kind of resource."
  }
}

output "composite_alarms" {
  description = "The composite alarms by key, fit for metric_alarms.composite_alarms."
  value       = local.composite_alarms
}
