# Patterns for what has no metric, in packs that are switched on by name: packs/*.yaml.

locals {
  pack_names = sort([for file in fileset("${path.module}/packs", "*.yaml") : trimsuffix(file, ".yaml")])

  # Every rule of every pack, on or off, by its key, which is unique over the packs.
  pack_catalogue = merge([
    for pack in local.pack_names : {
      for key, rule in yamldecode(file("${path.module}/packs/${pack}.yaml")) : key => merge({ pack = pack, scope = "account" }, rule)
    }
  ]...)

  # What narrows a pattern to this stack, by where the event carries it. No cluster named: those of the whole account.
  # An ECS deployment names its service alone, whose ARN holds the cluster.
  pack_scopes = {
    account = { resources = [], detail = {} }
    alarms  = { resources = [], detail = { alarmName = [{ prefix = "${var.name}-" }] } }
    cluster = {
      resources = []
      detail    = { for field in ["clusterArn"] : field => [for name in var.ecs_cluster_names : { suffix = ":cluster/${name}" }] if length(var.ecs_cluster_names) > 0 }
    }
    service = { resources = [for name in var.ecs_cluster_names : { wildcard = "*:service/${name}/*" }], detail = {} }
  }

  pack_rules = {
    for key, rule in local.pack_catalogue : key => {
      description = rule.description
      severity    = lookup(var.pack_severities, key, rule.severity)
      enabled     = true
      pattern = jsonencode({
        for field, value in merge(rule.pattern, {
          resources = local.pack_scopes[rule.scope].resources
          detail    = merge(try(rule.pattern.detail, {}), local.pack_scopes[rule.scope].detail)
        }) : field => value if length(value) > 0
      })
    } if contains(var.packs, rule.pack) && lookup(var.pack_severities, key, rule.severity) != "none"
  }
}
