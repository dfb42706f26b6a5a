data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id  = data.aws_caller_identity.current.account_id
  partition   = data.aws_partition.current.partition
  region      = data.aws_region.current.id
  arn_of      = { for service in ["cloudwatch", "ssm", "secretsmanager", "logs", "events", "firehose", "lambda", "rds-db"] : service => "arn:${local.partition}:${service}:${local.region}:${local.account_id}" }
  log_prefix  = "/${var.name}/publisher"
  parameters  = { for place, _ in local.configurations : place => "/${var.name}/publisher/${place}" }
  in_ecs      = var.ecs.cluster != null
  publishes   = local.in_ecs && var.ecs.agent == "publisher"
  known       = merge({ Environment = var.environment }, var.dimensions)
  sql_machine = coalesce(var.sql.machine, var.name)

  # The publisher's own presets, as far as this module must know them (src/alarmctl/publish/presets.py; a test compares).
  presets = {
    active-sessions      = { type = "sql", namespace = "PythonWebMetric", interval_seconds = 300, dimension_sets = [["Machine"]] }
    web-connections      = { type = "tcp", namespace = "EC2:WEB-Services", interval_seconds = null, dimension_sets = null }
    database-connections = { type = "tcp", namespace = "EC2:Database-Services", interval_seconds = null, dimension_sets = null }
    host                 = { type = "host", namespace = "CWAgent", interval_seconds = null, dimension_sets = null }
  }
  no_preset = { type = null, namespace = null, interval_seconds = null, dimension_sets = null }

  # Keys of a source, in the publisher's words. alarms and rds_resource_id are this module's, and not written down.
  ours        = ["alarms", "rds_resource_id"]
  common_keys = ["preset", "type", "namespace", "interval_seconds", "deadline_seconds", "dimension_sets"]
  keys_of_type = {
    sql     = ["host", "port", "database", "user", "password", "sslmode", "sslrootcert", "query", "values", "keys", "max_rows"]
    tcp     = ["ports", "side", "states", "prefix", "by_port", "proc"]
    host    = ["metrics", "mounts", "proc", "root"]
    command = ["command", "metric", "unit"]
    log     = ["path", "counts"]
  }

  # Where sources run: what may run there, which dimensions are known, and how values are published by default.
  places = {
    hosts = {
      sources  = var.hosts.sources
      types    = ["sql", "tcp", "host", "command", "log"]
      sets     = [["InstanceId"], ["AutoScalingGroupName"]]
      health   = [["InstanceId", "Source"], ["AutoScalingGroupName", "Source"]]
      spool    = "/var/lib/alarmctl-publish"
      extra    = {}
      machine  = {}
      by_type  = {}
      subjects = { for key, one in var.hosts.watch : key => one.instance_id != null ? { InstanceId = one.instance_id } : { AutoScalingGroupName = one.auto_scaling_group_name } }
    }
    sql = {
      sources  = var.sql.sources
      types    = ["sql"]
      sets     = [["Environment"]]
      health   = [["Environment", "Source"]]
      spool    = ""
      machine  = { Machine = local.sql_machine }
      by_type  = {}
      subjects = { sql = { Machine = local.sql_machine } }
    }
    ecs = {
      sources  = var.ecs.sources
      types    = ["tcp", "host", "command", "sql", "log"]
      sets     = [["ClusterName", "InstanceId"], ["ClusterName"]]
      health   = [["ClusterName", "InstanceId", "Source"], ["ClusterName", "Source"]]
      spool    = "/var/lib/alarmctl-publish"
      machine  = {}
      by_type  = { host = { proc = "/host/proc", root = "/host" }, tcp = { proc = "/host/proc" } }
      subjects = { ecs = { ClusterName = var.ecs.cluster } }
    }
  }

  # Every source with what this module must know of it.
  sources = {
    for one in flatten([
      for place, all in local.places : [for name, source in all.sources : {
        place  = place
        name   = name
        source = source
        preset = try(local.presets[source.preset], local.no_preset)
        type   = try(coalesce(try(source.type, null), try(local.presets[source.preset].type, null)), "none")
      }]
      ]) : "${one.place}.${one.name}" => merge(one, {
      namespace        = coalesce(try(one.source.namespace, null), one.preset.namespace, one.type == "host" ? "CWAgent" : var.publisher.namespace)
      interval_seconds = coalesce(try(one.source.interval_seconds, null), one.preset.interval_seconds, var.publisher.interval_seconds)
      sets             = try(tolist([for names in one.source.dimension_sets : tolist(names)]), one.preset.dimension_sets != null ? one.preset.dimension_sets : local.places[one.place].sets)
    })
  }

  source_faults = concat(
    [for path, one in local.sources : "${path}: it has neither a known preset nor a known type. Presets: ${join(", ", keys(local.presets))}; types: ${join(", ", keys(local.keys_of_type))}" if !contains(keys(local.keys_of_type), one.type)],
    [for path, one in local.sources : "${path}: a source of type ${one.type} cannot run there. Use ${join(", ", local.places[one.place].types)}" if contains(keys(local.keys_of_type), one.type) && !contains(local.places[one.place].types, one.type)],
    flatten([for path, one in local.sources : [
      for key in setsubtract(keys(one.source), concat(local.ours, local.common_keys, try(local.keys_of_type[one.type], keys(one.source)))) :
      "${path}.${key}: unknown key. Known: ${join(", ", concat(local.ours, local.common_keys, try(local.keys_of_type[one.type], [])))}"
    ]]),
    [for path, one in local.sources : "${path}.password: name where it is kept, { ssm = NAME }, { secret = NAME } or { iam = true }; the password itself must not be here" if can(one.source.password) && !can(keys(one.source.password))],
    [for path, one in local.sources : "${path}.interval_seconds: the schedule of a Lambda function counts whole minutes; use 60, 120, 300 …" if one.place == "sql" && one.interval_seconds % 60 != 0],
  )
}

# Configurations

locals {
  # What stands in each [[source]]: what was written, then the defaults of the place.
  tables = {
    for place, all in local.places : place => {
      for name, source in all.sources : name => merge(
        { name = name, dimension_sets = local.sources["${place}.${name}"].sets },
        try(all.by_type[local.sources["${place}.${name}"].type], {}),
        { for key, value in source : key => value if !contains(local.ours, key) && value != null && key != "dimension_sets" },
      )
    } if length(all.sources) > 0
  }

  # JSON's strings, numbers and lists are TOML's; only tables look different.
  configurations = {
    for place, tables in local.tables : place => join("\n", concat(
      ["# Written by Terraform, module custom_metrics. docs/custom-metrics.md has every key."],
      ["[publisher]"],
      [for key, value in {
        namespace             = var.publisher.namespace
        region                = local.region
        interval_seconds      = var.publisher.interval_seconds
        spool                 = local.places[place].spool
        health_dimension_sets = local.places[place].health
      } : "${key} = ${jsonencode(value)}"],
      ["", "[dimensions]"],
      [for key, value in merge(local.known, local.places[place].machine) : "${key} = ${jsonencode(value)}"],
      # format(), and no templates within templates: checkov's parser gives those up, and with them the file.
      flatten([for name, table in tables : concat(["", "[[source]]"], [
        for key, value in table : format("%s = %s", key, can(keys(value)) ? format("{ %s }", join(", ", [
          for inner, content in value : format("%s = %s", jsonencode(inner), can(keys(content)) ? format("{ %s }", join(", ", [
            for last, leaf in content : format("%s = %s", last, jsonencode(leaf))
          ])) : jsonencode(content))
        ])) : jsonencode(value))
      ])]),
      [""],
    ))
  }
}

# No secret in it: a source names where its password is kept.
resource "aws_ssm_parameter" "configuration" {
  #checkov:skip=CKV2_AWS_34: it names places of secrets and holds none
  for_each = local.configurations

  name        = local.parameters[each.key]
  description = "${var.name}: configuration of alarmctl publish (${each.key})"
  type        = "String"
  tier        = "Intelligent-Tiering" # beyond 4 KB it is an advanced one, of five cents a month
  value       = each.value
  tags        = var.tags

  lifecycle {
    precondition {
      condition     = length(each.value) <= 8192
      error_message = "The configuration of ${each.key} has ${length(each.value)} characters; a parameter holds 8192. Spread the sources."
    }
  }
}
