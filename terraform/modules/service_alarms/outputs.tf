output "alarms" {
  description = "The alarms by key, fit for metric_alarms.alarms: ecs-cluster-ID and ecs-service-SERVICE-ID, where ID is the catalogue's."
  value       = local.alarms
}
