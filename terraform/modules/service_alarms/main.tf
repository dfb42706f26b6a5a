locals {
  catalogue = yamldecode(file("${path.module}/catalogue/ecs.yaml"))
  cluster   = var.ecs_cluster_name == null ? [] : [var.ecs_cluster_name]

  entries = merge(concat(
    [for cluster in local.cluster : { for id, entry in local.catalogue.cluster : "ecs-cluster-${id}" => { service = "", entry = entry } }],
    [for service in var.ecs_service_names : { for id, entry in local.catalogue.service : "ecs-service-${service}-${id}" => { service = service, entry = entry } }],
  )...)

  # Names have no character that JSON would escape (the variables see to it), so a text replacement is safe.
  alarms = {
    for key, alarm in local.entries : key => merge(
      local.catalogue.defaults,
      jsondecode(replace(replace(jsonencode(alarm.entry), "{cluster}", var.ecs_cluster_name), "{service}", alarm.service)),
    )
  }
}
