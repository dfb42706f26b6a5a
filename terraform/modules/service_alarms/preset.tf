# The example set: one cluster and its services by name alone, with keys of its own.
locals {
  example = yamldecode(file("${path.module}/presets/ecs.yaml"))
  cluster = var.ecs_cluster_name == null ? [] : [var.ecs_cluster_name]

  example_entries = merge(concat(
    [for cluster in local.cluster : { for id, entry in local.example.cluster : "ecs-cluster-${id}" => { service = "", entry = entry } }],
    [for service in var.ecs_service_names : { for id, entry in local.example.service : "ecs-service-${service}-${id}" => { service = service, entry = entry } }],
  )...)

  # Names and addresses have no character that JSON would escape (the variables see to it), so a text replacement is safe.
  example_alarms = {
    for key, alarm in local.example_entries : key => merge(
      local.example.defaults,
      jsondecode(replace(replace(replace(jsonencode(alarm.entry), "{cluster}", var.ecs_cluster_name), "{service}", alarm.service), "{runbooks}", var.runbook_base_url)),
    )
  }
}
