data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  # What an alarm is about: the first of these dimensions that it has, and how that is called; else its namespace.
  subjects = [
    { dimension = "ServiceName", title = "ECS service" },
    { dimension = "FunctionName", title = "Lambda function" },
    { dimension = "QueueName", title = "Queue" },
    { dimension = "TopicName", title = "Topic" },
    { dimension = "TableName", title = "DynamoDB table" },
    { dimension = "DBInstanceIdentifier", title = "Database" },
    { dimension = "DBClusterIdentifier", title = "Database cluster" },
    { dimension = "CacheClusterId", title = "Cache" },
    { dimension = "LoadBalancer", title = "Load balancer" },
    { dimension = "LoadBalancerName", title = "Load balancer" },
    { dimension = "ApiName", title = "API" },
    { dimension = "ApiId", title = "API" },
    { dimension = "FileSystemId", title = "File system" },
    { dimension = "StateMachineArn", title = "State machine" },
    { dimension = "DeliveryStreamName", title = "Delivery stream" },
    { dimension = "DomainName", title = "Search domain" },
    { dimension = "InstanceId", title = "Instance" },
    { dimension = "AutoScalingGroupName", title = "Auto Scaling group" },
    { dimension = "ClusterName", title = "ECS cluster" },
  ]
  dimensions = {
    for key, alarm in var.alarms : key => merge(
      concat([for query in values(alarm.metric_query) : query.metric.dimensions if query.metric != null], [alarm.dimensions])...
    )
  }
  subject = {
    for key, alarm in var.alarms : key => concat(
      [for subject in local.subjects : "${subject.title} ${local.dimensions[key][subject.dimension]}" if contains(keys(local.dimensions[key]), subject.dimension)],
      compact(concat([alarm.namespace], [for query in values(alarm.metric_query) : try(query.metric.namespace, null)])),
      ["Others"],
    )[0]
  }

  # One graph for all alarms on the same metric: a warning and its critical twin are two lines of it.
  graph_of = {
    for key, alarm in var.alarms : key => sha256(jsonencode([
      alarm.metric_name, alarm.namespace, alarm.dimensions, alarm.statistic, alarm.extended_statistic, alarm.unit, alarm.period, alarm.metric_query,
    ]))
  }
  graphs = { for key, graph in local.graph_of : graph => key... }
  titles = { for graph, keys in local.graphs : graph => replace(sort(keys)[0], "/-(critical|warning|info)$/", "") }

  colours = { critical = "#d13212", warning = "#ff9900", info = "#687078" }

  # What is drawn: the metric by itself, or every query, of which those that only feed another are not shown.
  metrics = {
    for graph, keys in local.graphs : graph => concat(
      [for alarm in [var.alarms[keys[0]]] : concat(
        [alarm.namespace, alarm.metric_name],
        flatten([for name, value in alarm.dimensions : [name, value]]),
        [{ stat = coalesce(alarm.extended_statistic, alarm.statistic, "Average"), period = alarm.period }],
      ) if alarm.metric_name != null],
      [for id, query in var.alarms[keys[0]].metric_query : concat(
        [query.metric.namespace, query.metric.metric_name],
        flatten([for name, value in query.metric.dimensions : [name, value]]),
        [{ for option, value in { id = id, stat = query.metric.stat, period = coalesce(query.metric.period, var.alarms[keys[0]].period), label = query.label, visible = query.return_data } : option => value if value != null }],
      ) if query.metric != null],
      [for id, query in var.alarms[keys[0]].metric_query : [
        { for option, value in { id = id, expression = query.expression, label = coalesce(query.label, local.titles[graph]), visible = query.return_data, period = var.alarms[keys[0]].period } : option => value if value != null },
      ] if query.expression != null],
    )
  }

  graph_widgets = {
    for graph, keys in local.graphs : graph => {
      type   = "metric"
      width  = 8
      height = 6
      properties = {
        title   = local.titles[graph]
        region  = data.aws_region.current.id
        view    = "timeSeries"
        stacked = false
        metrics = local.metrics[graph]
        # A difference may be negative; a metric by itself is not.
        yAxis = { left = { for bound, value in { min = 0 } : bound => value if var.alarms[keys[0]].metric_name != null && min(0, [for key in keys : var.alarms[key].threshold]...) == 0 } }
        annotations = {
          horizontal = [for key in sort(keys) : {
            label = "${var.alarms[key].severity} ${var.alarms[key].comparison} ${var.alarms[key].threshold}"
            value = var.alarms[key].threshold
            color = local.colours[var.alarms[key].severity]
            fill  = startswith(var.alarms[key].comparison, ">") ? "above" : "below"
          }]
        }
      }
    }
  }

  # The subjects in order, each with its graphs in order of their titles.
  graphs_of = {
    for subject in distinct(sort(values(local.subject))) : subject => [
      for pair in sort([for graph, keys in local.graphs : "${local.titles[graph]} ${graph}" if local.subject[keys[0]] == subject]) : regex("[0-9a-f]{64}$", pair)
    ]
  }

  arn_prefix = "arn:${data.aws_partition.current.partition}:cloudwatch:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:alarm:"

  # Dashboards by name: the one of the environment, and one for each subject where these are asked for.
  dashboards = merge(
    {
      (var.name) = {
        title    = var.name
        subjects = keys(local.graphs_of)
        alarms   = sort(concat(values(var.alarm_names), values(var.composite_alarm_names)))
        logs     = var.logs
      }
    },
    {
      for subject in keys(local.graphs_of) : "${var.name}-${trim(replace(subject, "/[^0-9A-Za-z_]+/", "-"), "-")}" => {
        title    = "${var.name}: ${subject}"
        subjects = [subject]
        alarms   = sort([for key, name in var.alarm_names : name if local.subject[key] == subject])
        logs     = {}
      } if var.per_subject
    },
  )

  # Each dashboard is a column of blocks, whose widgets know their place within the block.
  blocks = {
    for name, dashboard in local.dashboards : name => concat(
      [{
        height  = 1
        widgets = [jsonencode({ type = "text", x = 0, y = 0, width = 24, height = 1, properties = { markdown = "# ${dashboard.title}" } })]
      }],
      [for names in chunklist(dashboard.alarms, 100) : {
        height = 1 + ceil(length(names) / 4)
        widgets = [jsonencode({
          type       = "alarm", x = 0, y = 0, width = 24, height = 1 + ceil(length(names) / 4)
          properties = { title = "Alarms", sortBy = "stateUpdatedTimestamp", alarms = [for alarm in names : "${local.arn_prefix}${alarm}"] }
        })]
      }],
      [for subject in dashboard.subjects : {
        height = 1 + 6 * ceil(length(local.graphs_of[subject]) / 3)
        widgets = concat(
          [jsonencode({ type = "text", x = 0, y = 0, width = 24, height = 1, properties = { markdown = "## ${subject}" } })],
          [for place, graph in local.graphs_of[subject] : jsonencode(merge(local.graph_widgets[graph], { x = 8 * (place % 3), y = 1 + 6 * floor(place / 3) }))],
        )
      }],
      [for title, log in dashboard.logs : {
        height = 6
        widgets = [jsonencode({
          type = "log", x = 0, y = 0, width = 24, height = 6
          properties = {
            title  = title
            region = data.aws_region.current.id
            view   = "table"
            query  = join(" | ", concat([for group in log.log_group_names : "SOURCE '${group}'"], [log.query]))
          }
        })]
      }],
    )
  }
  widgets = {
    for name, blocks in local.blocks : name => flatten([
      for place, block in blocks : [for widget in block.widgets : { json = widget, above = sum(concat([0], [for earlier in slice(blocks, 0, place) : earlier.height])) }]
    ])
  }
  bodies = {
    for name, widgets in local.widgets : name => jsonencode({
      start          = "-PT3H"
      periodOverride = "inherit"
      widgets        = [for widget in widgets : merge(jsondecode(widget.json), { y = jsondecode(widget.json).y + widget.above })]
    })
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  for_each = local.dashboards

  dashboard_name = each.key
  dashboard_body = local.bodies[each.key]

  lifecycle {
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    precondition {
      condition     = length(local.widgets[each.key]) <= 500
      error_message = "The dashboard ${each.key} has ${length(local.widgets[each.key])} widgets; CloudWatch takes 500. Split the environment in two."
    }
    precondition {
      condition     = length(local.dashboards) == 1 || length(distinct([for subject in keys(local.graphs_of) : trim(replace(subject, "/[^0-9A-Za-z_]+/", "-"), "-")])) == length(local.graphs_of)
      error_message = "Two subjects would have a dashboard of the same name: ${join(", ", keys(local.graphs_of))}. Leave per_subject out."
    }
  }
}
