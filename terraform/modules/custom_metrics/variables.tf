variable "name" {
  description = "Prefix of every resource's name, for example acme-production."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}$", var.name))
    error_message = "Invalid name: \"${var.name}\". Use 2 to 31 lower-case letters, digits and hyphens, and do not begin with a hyphen."
  }
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "environment" {
  description = "Value of the dimension Environment, for example production."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[!-~]{1,255}$", var.environment)) && !startswith(var.environment, ":")
    error_message = "environment is \"${var.environment}\". It is a dimension's value: ASCII without spaces, not beginning with a colon."
  }
}

variable "dimensions" {
  description = "Further dimensions that sources may name in dimension_sets, by name: { Team = \"shop\" }."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = length(setintersection(keys(var.dimensions), ["AutoScalingGroupName", "ClusterName", "Environment", "InstanceId", "Machine", "Source"])) == 0
    error_message = "Not yours to give: ${join(", ", setintersection(keys(var.dimensions), ["AutoScalingGroupName", "ClusterName", "Environment", "InstanceId", "Machine", "Source"]))}. The publisher or this module finds these; sql.machine names Machine."
  }
}

variable "publisher" {
  description = "What all publishers have in common: the namespace of their own metrics, and the interval of sources that name none (seconds)."
  type = object({
    namespace        = optional(string, "Publisher")
    interval_seconds = optional(number, 60)
  })
  nullable = false
  default  = {}

  validation {
    condition     = can(regex("^[0-9A-Za-z._/#:-]{1,255}$", var.publisher.namespace)) && !startswith(var.publisher.namespace, "AWS/")
    error_message = "publisher.namespace is \"${var.publisher.namespace}\". Use letters, digits and ._/#:- , and not AWS/."
  }
  validation {
    condition     = var.publisher.interval_seconds >= 1 && var.publisher.interval_seconds <= 86400
    error_message = "publisher.interval_seconds is ${var.publisher.interval_seconds}. Use 1 to 86400."
  }
}

# Sources are of type any: each kind has its own keys. local.sources (main.tf) checks them by name.
variable "hosts" {
  description = "Publishers on instances. sources: by name, with the keys of a [[source]] table, and alarms. watch: whose alarms to make, each an instance or a group, with the mounts of its disks. user_data needs nothing else: alarmctl publish --config ssm:PARAMETER."
  type = object({
    sources = optional(any, {})
    watch = optional(map(object({
      instance_id             = optional(string)
      auto_scaling_group_name = optional(string)
      mounts                  = optional(list(string), ["/"])
      swap                    = optional(bool, false)
    })), {})
  })
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for one in var.hosts.watch : (one.instance_id == null) != (one.auto_scaling_group_name == null)])
    error_message = "Either instance_id or auto_scaling_group_name: hosts.watch.${join(", hosts.watch.", [for key, one in var.hosts.watch : key if(one.instance_id == null) == (one.auto_scaling_group_name == null)])}."
  }
}

variable "sql" {
  description = "SQL sources, asked by a Lambda function on a schedule in a VPC. package: { zip } made by `make package`, or { s3_bucket, s3_key, s3_object_version }. machine: value of the dimension Machine, by default NAME."
  type = object({
    sources              = optional(any, {})
    package              = optional(object({ zip = optional(string), s3_bucket = optional(string), s3_key = optional(string), s3_object_version = optional(string) }), {})
    subnet_ids           = optional(list(string), [])
    security_group_ids   = optional(list(string), [])
    machine              = optional(string)
    timeout_seconds      = optional(number, 30)
    reserved_concurrency = optional(number)
    log_retention_days   = optional(number, 365)
    kms_key_arn          = optional(string) # of the password's parameter or secret, where it has a key of its own
  })
  nullable = false
  default  = {}

  validation {
    condition     = length(var.sql.sources) == 0 || (var.sql.package.zip != null) != (var.sql.package.s3_bucket != null)
    error_message = "sql.package must be either { zip } or { s3_bucket, s3_key, s3_object_version }. `make package` writes dist/publish_sql.zip."
  }
  validation {
    condition     = length(var.sql.sources) == 0 || (length(var.sql.subnet_ids) > 0 && length(var.sql.security_group_ids) > 0)
    error_message = "sql.subnet_ids and sql.security_group_ids: name the subnets and security groups from which the database can be reached."
  }
  validation {
    condition     = var.sql.timeout_seconds >= 10 && var.sql.timeout_seconds <= 900
    error_message = "sql.timeout_seconds is ${var.sql.timeout_seconds}. Use 10 to 900: the longest deadline of a source and five seconds."
  }
}

variable "ecs" {
  description = "One task on each container instance of a cluster. agent: publisher, which runs the sources (image is yours, see docs/custom-metrics.md), or cloudwatch-agent, which sends the instance_* metrics of Container Insights instead."
  type = object({
    cluster            = optional(string)
    agent              = optional(string, "publisher")
    image              = optional(string)
    sources            = optional(any, {})
    log_retention_days = optional(number, 365)
  })
  nullable = false
  default  = {}

  validation {
    condition     = contains(["publisher", "cloudwatch-agent"], var.ecs.agent)
    error_message = "Unknown ecs.agent: ${var.ecs.agent}. Use publisher or cloudwatch-agent."
  }
  validation {
    condition     = var.ecs.cluster == null || can(regex("^[0-9A-Za-z_-]{1,255}$", var.ecs.cluster))
    error_message = "ecs.cluster is \"${coalesce(var.ecs.cluster, "-")}\". Give the cluster's name, not its ARN."
  }
  validation {
    condition     = var.ecs.cluster == null || var.ecs.agent != "publisher" || (var.ecs.image != null && length(var.ecs.sources) > 0)
    error_message = "ecs.image and ecs.sources: the publisher needs an image that holds alarmctl, and at least one source such as { host = { preset = \"host\" } }."
  }
  validation {
    condition     = var.ecs.cluster != null || length(var.ecs.sources) == 0
    error_message = "No ecs.cluster for the sources ${join(", ", keys(var.ecs.sources))}. Name the cluster on whose instances they run."
  }
  validation {
    condition     = var.ecs.agent == "publisher" || length(var.ecs.sources) == 0
    error_message = "ecs.sources (${join(", ", keys(var.ecs.sources))}) with ecs.agent = \"cloudwatch-agent\": that agent knows no sources. Use the agent publisher, or leave them out."
  }
}

variable "cloudwatch_agent" {
  description = "For those who prefer it: a configuration of the CloudWatch agent with the same host metrics, in SSM. enabled: make it. mounts: file systems."
  type = object({
    enabled          = optional(bool, false)
    interval_seconds = optional(number, 60)
    mounts           = optional(list(string), ["/"])
  })
  nullable = false
  default  = {}

  validation {
    condition     = var.cloudwatch_agent.interval_seconds >= 1 && floor(var.cloudwatch_agent.interval_seconds) == var.cloudwatch_agent.interval_seconds
    error_message = "cloudwatch_agent.interval_seconds is ${var.cloudwatch_agent.interval_seconds}. Use whole seconds."
  }
}

variable "applications" {
  description = "Policies for applications, by name: the namespaces they may publish to, the log groups they may write to, the event buses and Firehose delivery streams they may send to. What is left out is not allowed."
  type = map(object({
    namespaces       = optional(list(string), [])
    log_groups       = optional(list(string), [])
    event_buses      = optional(list(string), [])
    delivery_streams = optional(list(string), [])
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for name, _ in var.applications : can(regex("^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$", name))])
    error_message = "Not a usable name of an application: ${join(", ", [for name, _ in var.applications : name if !can(regex("^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$", name))])}. Use letters, digits, hyphens and underscores."
  }
  validation {
    condition     = alltrue([for rights in var.applications : length(concat(rights.namespaces, rights.log_groups, rights.event_buses, rights.delivery_streams)) > 0])
    error_message = "Nothing allowed: applications.${join(", applications.", [for name, rights in var.applications : name if length(concat(rights.namespaces, rights.log_groups, rights.event_buses, rights.delivery_streams)) == 0])}. Name namespaces, log_groups, event_buses or delivery_streams."
  }
  # A name, or the end of one as *, but never everything.
  validation {
    condition = alltrue(flatten([for rights in var.applications : [
      for one in concat(rights.namespaces, rights.log_groups, rights.event_buses, rights.delivery_streams) : can(regex("^[^*?]{2,}[*]?$", one)) && !startswith(one, "AWS/") && !startswith(one, "arn:")
    ]]))
    error_message = "Too wide, or no name: ${join(", ", flatten([for name, rights in var.applications : [
      for one in concat(rights.namespaces, rights.log_groups, rights.event_buses, rights.delivery_streams) : "applications.${name}: ${one}" if !(can(regex("^[^*?]{2,}[*]?$", one)) && !startswith(one, "AWS/") && !startswith(one, "arn:"))
    ]]))}. Give names, not ARNs; a * may stand at the end only."
  }
}

variable "runbook_base_url" {
  description = "Where docs/runbooks can be read, without a slash at the end; each alarm's description ends in its page."
  type        = string
  nullable    = false
  default     = "docs/runbooks"
}
