# Alarms on what the sources publish, fit for metric_alarms. Their dimensions come from the configuration itself, so that
# no alarm looks at a series that nobody publishes.

locals {
  # Thresholds that make sense for everyone. By place and preset, since the hosts' memory and disks are the catalogue's.
  default_alarms = {
    "web-connections" = {
      http-cons-timewait = { above = 20000, text = "Connections of the web ports in TIME_WAIT: clients come and go faster than usual, or keep-alive is off." }
      http-cons-finwait1 = { above = 1000, text = "Connections of the web ports whose peers do not answer a close: lost packets, or an attack." }
    }
    "database-connections" = {
      db-cons-timewait    = { above = 20000, text = "Connections to the database in TIME_WAIT: a client opens one for each query. Use a pool." }
      db-cons-established = { above = 120, text = "Open connections to the database; MySQL takes 151 unless told otherwise." }
    }
    "ecs/host" = {
      mem_used_percent  = { above = 90, text = "Memory of the fullest container instance (%)." }
      disk_used_percent = { above = 85, text = "The fullest disk of the container instances (%).", dimensions = { MountPath = "/" } }
    }
  }

  # One alarm for each source of a place, on each subject: does it answer? Then those on its values.
  up = { above = null, below = 1, severity = "warning", metric = "CollectorUp" }

  wanted = {
    for one in flatten([
      for path, one in local.sources : [
        for subject, names in local.places[one.place].subjects : [
          for metric, alarm in merge(
            { CollectorUp = {} },
            try(local.default_alarms[one.source.preset], {}),
            try(local.default_alarms["${one.place}/${one.source.preset}"], {}),
            { for metric, alarm in try(one.source.alarms, {}) : metric => merge(try(local.default_alarms[one.source.preset][metric], {}), try(local.default_alarms["${one.place}/${one.source.preset}"][metric], {}), alarm) if alarm != null },
            ) : {
            key     = "publisher-${subject}-${one.name}-${replace(metric == "CollectorUp" ? "up" : metric, "/[^0-9A-Za-z_.-]/", "-")}"
            path    = "${path}.alarms.${metric}"
            metric  = metric
            up      = metric == "CollectorUp"
            alarm   = alarm
            source  = one
            subject = subject
            known   = merge(local.known, local.places[one.place].machine, names, metric == "CollectorUp" ? { Source = one.name } : {})
            sets    = metric == "CollectorUp" ? local.places[one.place].health : one.sets
          } if !(can(one.source.alarms[metric]) && try(one.source.alarms[metric], null) == null)
        ]
      ]
    ]) : one.key => one
  }

  # The first set of dimensions whose values are known on this subject.
  matching = {
    for key, one in local.wanted : key => [for names in one.sets : names if length(setsubtract(names, keys(one.known))) == 0]
  }

  alarm_keys = ["above", "below", "dimensions", "periods", "severity", "statistic", "text", "treat_missing_data"]
  alarm_faults = concat(
    flatten([for key, one in local.wanted : [for word in setsubtract(keys(one.alarm), local.alarm_keys) : "${one.path}.${word}: unknown key. Known: ${join(", ", local.alarm_keys)}"]]),
    [for key, one in local.wanted : "${one.path}: give above or below, the value beyond which it fires" if !one.up && (try(one.alarm.above, null) == null) == (try(one.alarm.below, null) == null)],
    [for key, one in local.wanted : "${one.path}: nobody publishes it with dimensions that are known for ${one.subject}; it has ${join(", ", keys(one.known))}, and the source's dimension_sets are ${jsonencode(one.sets)}" if length(local.matching[key]) == 0],
  )

  alarms = {
    for key, one in local.wanted : key => {
      severity = try(one.alarm.severity, "warning")
      description = one.up ? "The source ${one.source.name} of ${one.subject} does not answer, or its publisher is silent." : (
        "${try(one.alarm.text, one.metric)} ${one.subject}: ${one.metric} is ${try(one.alarm.above, null) != null ? "above ${one.alarm.above}" : "below ${try(one.alarm.below, "?")}"}."
      )
      runbook     = "${var.runbook_base_url}/publisher.md"
      namespace   = one.up ? var.publisher.namespace : one.source.namespace
      metric_name = one.metric
      dimensions  = merge({ for name in try(local.matching[key][0], []) : name => one.known[name] }, try(one.alarm.dimensions, {}))
      statistic   = one.up ? "Minimum" : try(one.alarm.statistic, try(one.alarm.above, null) != null ? "Maximum" : "Minimum")
      comparison  = one.up || try(one.alarm.above, null) == null ? "<" : ">"
      threshold   = one.up ? 1 : try(one.alarm.above, null) != null ? one.alarm.above : try(one.alarm.below, 0)

      # Twice the cadence: a period that holds no value is then a value that was not published.
      period              = 60 * max(2, ceil(2 * one.source.interval_seconds / 60))
      evaluation_periods  = try(one.alarm.periods, 3)
      datapoints_to_alarm = one.up ? min(2, try(one.alarm.periods, 3)) : try(one.alarm.periods, 3)

      # A source that fails publishes nothing, so silence is no good news. But rows of a query with key columns come and
      # go: no row of a state is no fault, and `up` hears of the source itself.
      treat_missing_data = try(one.alarm.treat_missing_data, one.up || try(one.alarm.above, null) == null || length(try(one.source.source.keys, {})) == 0 ? "breaching" : "missing")
    }
  }

  # Memory, swap and disks of hosts are in the catalogue, with their runbooks and scenarios.
  host_source  = [for path, one in local.sources : one if one.place == "hosts" && one.type == "host"]
  hosts_report = length(local.host_source) > 0 || var.cloudwatch_agent.enabled
  host_seconds = length(local.host_source) > 0 ? local.host_source[0].interval_seconds : var.cloudwatch_agent.interval_seconds
  host_period  = max(300, 60 * ceil(2 * local.host_seconds / 60))
  host_names   = { for key, one in var.hosts.watch : key => one if local.hosts_report }
}

module "host_alarms" {
  source = "../service_alarms"

  runbook_base_url = var.runbook_base_url

  hosts = {
    for key, one in local.host_names : key => {
      instance_id             = one.instance_id
      auto_scaling_group_name = one.auto_scaling_group_name
      swap                    = one.swap
      alarms                  = { cwa_heartbeat = { period = local.host_period }, cwa_mem = { period = 60 * max(1, ceil(local.host_seconds / 60)) } }
    }
  }
  disks = {
    for one in flatten([for key, one in local.host_names : [
      for mount in one.mounts : { key = mount == "/" ? "${key}-root" : "${key}${replace(mount, "/[^0-9A-Za-z]+/", "-")}", host = one, mount = mount }
      ]]) : one.key => {
      instance_id             = one.host.instance_id
      auto_scaling_group_name = one.host.auto_scaling_group_name
      mount_path              = length(local.host_source) > 0 ? one.mount : null
      path                    = length(local.host_source) > 0 ? null : one.mount
    }
  }
}
