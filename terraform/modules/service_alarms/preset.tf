# The example set: one cluster and its services by name alone, with keys of its own.
locals {
  example = yamldecode(file("${path.module}/presets/ecs_example.yaml"))
  cluster = var.ecs_cluster_name == null ? [] : [var.ecs_cluster_name]

  example_entries = merge(concat(
    [for cluster in local.cluster : { for id, entry in local.example.cluster : "ecs-cluster-${id}" => { service = "", page = local.example_runbooks.cluster[id], entry = entry } }],
    [for service in var.ecs_service_names : { for id, entry in local.example.service : "ecs-service-${service}-${id}" => { service = service, page = local.example_runbooks.service[id], entry = entry } }],
  )...)

  # The catalogue's pages serve these alarms, too.
  example_runbooks = {
    cluster = { cpu = "ecs-cluster-cpu", memory = "ecs-cluster-mem", disk = "ecs-inst-disk" }
    service = { cpu = "ecs-svc-cpu", memory = "ecs-svc-mem", cpu-reserved = "ecs-ci-cpu-reserved", memory-reserved = "ecs-ci-mem-reserved", tasks-below-desired = "ecs-ci-tasks-below-desired" }
  }

  # Names have no character that JSON would escape (the variables see to it), so a text replacement is safe.
  example_alarms = {
    for key, alarm in local.example_entries : key => merge(
      local.example.defaults,
      { runbook = "${var.runbook_base_url}/${alarm.page}.md" },
      jsondecode(replace(replace(jsonencode(alarm.entry), "{cluster}", var.ecs_cluster_name), "{service}", alarm.service)),
    )
  }
}
