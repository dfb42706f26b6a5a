locals {
  # The catalogue, by the variable that lists the resources. README.md says what its settings mean.
  kinds = merge([for file in fileset("${path.module}/catalogue", "*.yaml") : yamldecode(file("${path.module}/catalogue/${file}"))]...)

  # What Terraform needs of it, every setting present. In texts, {attribute} stands for what the resource says.
  words = "\\{[a-z0-9_]+\\}|[^{]+|\\{"
  entries = {
    for variable, kind in local.kinds : variable => {
      for id, entry in kind.alarms : id => {
        alarm       = entry.alarm
        says        = regexall(local.words, entry.says)
        needs       = try(entry.needs, [])
        unless      = try(entry.unless, [])
        opt_in      = try(entry.opt_in, false)
        quiet       = try(entry.quiet, {})
        namespace   = try(entry.namespace, kind.namespace)
        dimensions  = try(entry.dimensions, kind.dimensions)
        metric_name = try(entry.metric_name, null)
        statistic   = try(entry.statistic, null)
        extended    = try(entry.extended_statistic, null)
        expression  = regexall(local.words, try(entry.expression, ""))
        label       = try(entry.label, null)
        period      = try(entry.period, 60)
        datapoints  = try(entry.evaluate[0], 1)
        periods     = try(entry.evaluate[1], 1)
        comparison  = try(entry.comparison, ">")
        thresholds  = try(entry.thresholds, {})
        missing     = try(entry.missing.treat, "missing")
        runbook     = "${var.runbook_base_url}/${replace(id, "_", "-")}.md"

        # A metric is written as "Name Statistic", or as a map when it has dimensions of its own.
        metrics = {
          for query, metric in try(entry.metrics, {}) : query => {
            name       = regex("^(.+) (\\S+)$", try(metric.metric, metric))[0]
            stat       = regex("^(.+) (\\S+)$", try(metric.metric, metric))[1]
            dimensions = try(metric.dimensions, {})
          }
        }

        composite = !can(entry.composite) ? null : {
          severity  = entry.severity
          any       = try(entry.composite.any, [])
          all       = try(entry.composite.all, [])
          across    = try(entry.composite.across, null)
          suppress  = [for alarm in [try(entry.composite.suppressor, null)] : alarm if alarm != null]
          wait      = try(entry.composite.wait_seconds, 60)
          extension = try(entry.composite.extension_seconds, 120)
        }
      }
    }
  }

  # By {word}, what stands for it in the texts of a resource.
  values = {
    for variable, resources in local.resources : variable => {
      for name, resource in resources : name => merge(
        { for attribute in local.texts[variable] : "{${attribute}}" => resource[attribute] == null ? null : tostring(resource[attribute]) },
        { "{name}" = name },
      )
    }
  }

  unchanged = { enabled = null, observe = null, thresholds = {}, period = null, evaluation_periods = null, datapoints_to_alarm = null, treat_missing_data = null }

  # What each resource gets: the entries that its attributes ask for, with what overrides say of them, the resource's
  # own first. Only attributes that choose are looked at here, since these must be known at plan.
  asked = flatten([
    for variable, resources in local.resources : [
      for name, resource in resources : [
        for id, entry in local.entries[variable] : {
          variable = variable
          name     = name
          id       = id
          own      = try(resource.alarms[id], local.unchanged)
          general  = try(var.overrides[id], local.unchanged)
          quiet    = [for severity, attribute in entry.quiet : severity if resource[attribute] != null && resource[attribute] != false]
        }
        if alltrue([for attribute in entry.needs : resource[attribute] != null && resource[attribute] != false]) && !anytrue([for attribute in entry.unless : resource[attribute] != null && resource[attribute] != false])
      ]
    ]
  ])
  wanted = [
    for one in local.asked : merge(one, {
      entry   = local.entries[one.variable][one.id]
      values  = local.values[one.variable][one.name]
      prefix  = local.kinds[one.variable].kind
      observe = coalesce(one.own.observe, one.general.observe, contains(var.observe, one.id) || contains(var.observe, "*"))
    })
    if coalesce(one.own.enabled, one.general.enabled, !local.entries[one.variable][one.id].opt_in)
  ]

  service_alarms = merge([
    for one in local.wanted : {
      for severity, threshold in merge(one.entry.thresholds, one.general.thresholds, one.own.thresholds) : "${one.prefix}-${one.name}-${one.entry.alarm}-${severity}" => {
        severity     = one.observe ? "info" : severity
        description  = join("", [for word in one.entry.says : word == "{threshold}" ? tostring(threshold) : try(one.values[word], word)])
        runbook      = one.entry.runbook
        notify_alarm = !contains(one.quiet, severity)
        notify_ok    = !contains(one.quiet, severity)

        namespace          = length(one.entry.metrics) > 0 ? null : try(one.values[one.entry.namespace], one.entry.namespace)
        metric_name        = one.entry.metric_name
        statistic          = one.entry.statistic
        extended_statistic = one.entry.extended
        dimensions = {
          for dimension, value in one.entry.dimensions : dimension => try(one.values[value], value)
          if length(one.entry.metrics) == 0 && (contains(local.optional[one.variable], value) ? one.values[value] != null : true)
        }
        metric_query = merge(
          {
            for query, metric in one.entry.metrics : query => {
              metric = {
                namespace   = try(one.values[one.entry.namespace], one.entry.namespace)
                metric_name = metric.name
                stat        = metric.stat
                dimensions = merge(
                  { for dimension, value in one.entry.dimensions : dimension => try(one.values[value], value) if contains(local.optional[one.variable], value) ? one.values[value] != null : true },
                  metric.dimensions,
                )
              }
            }
          },
          {
            for result in length(one.entry.metrics) > 0 ? ["result"] : [] : result => {
              expression  = join("", [for word in one.entry.expression : try(one.values[word], word)])
              label       = one.entry.label
              return_data = true
            }
          },
        )

        period              = coalesce(one.own.period, one.general.period, one.entry.period)
        evaluation_periods  = coalesce(one.own.evaluation_periods, one.general.evaluation_periods, one.entry.periods)
        datapoints_to_alarm = coalesce(one.own.datapoints_to_alarm, one.general.datapoints_to_alarm, one.entry.datapoints)
        comparison          = one.entry.comparison
        threshold           = threshold
        treat_missing_data  = coalesce(one.own.treat_missing_data, one.general.treat_missing_data, one.entry.missing)

        # Of a handful of samples the highest percentile is merely the slowest.
        evaluate_low_sample_count_percentiles = one.entry.extended == null ? null : "ignore"
      }
      if threshold != null
    }
    if one.entry.composite == null
  ]...)

  # Ids that somebody wrote and that the kind, or the whole catalogue, does not know.
  ids = flatten([for entries in local.entries : keys(entries)])
  unknown_ids = sort(concat(
    [for id in setsubtract(keys(var.overrides), local.ids) : "overrides.${id}"],
    [for id in setsubtract(var.observe, concat(local.ids, ["*"])) : "observe ${id}"],
    flatten([for variable, resources in local.resources : [
      for name, resource in resources : [for id in setsubtract(keys(resource.alarms), keys(local.entries[variable])) : "${variable}.${name}.alarms.${id}"]
    ]]),
  ))
}
