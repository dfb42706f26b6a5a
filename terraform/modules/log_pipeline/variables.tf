variable "name" {
  description = "Prefix of every resource's name, such as acme-production."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}$", var.name))
    error_message = "Not a usable name: ${var.name}. Use 2 to 31 lower-case letters, digits and hyphens, starting with a letter or digit."
  }
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "kms_key_arn" {
  description = "Key for log groups and parameters; its policy must let logs.REGION.amazonaws.com use it. Null: AWS's own keys."
  type        = string
  default     = null
}

variable "log_groups" {
  description = "Log groups by a name of your choice. name: NAME/KEY with a slash before it unless given. existing: it is there already. to_s3: its lines that match s3_pattern also go to the bucket."
  type = map(object({
    name           = optional(string)
    existing       = optional(bool, false)
    retention_days = optional(number, 30)
    to_s3          = optional(bool, false)
    s3_pattern     = optional(string, "") # every line
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for group in values(var.log_groups) : !group.existing || group.name != null])
    error_message = "Without a name: ${join(", ", [for key, group in var.log_groups : key if group.existing && group.name == null])}. An existing log group needs name."
  }
  # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  validation {
    condition     = alltrue([for group in values(var.log_groups) : contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], group.retention_days)])
    error_message = "CloudWatch Logs has no such retention: ${join(", ", [for key, group in var.log_groups : "${key} ${group.retention_days}" if !contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], group.retention_days)])}. Use 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
  # Firehose would log each delivery of its own log, and so on for ever.
  validation {
    condition     = alltrue([for group in values(var.log_groups) : !group.to_s3 || !startswith(coalesce(group.name, "-"), "/aws/kinesisfirehose/")])
    error_message = "A loop: ${join(", ", [for key, group in var.log_groups : key if group.to_s3 && startswith(coalesce(group.name, "-"), "/aws/kinesisfirehose/")])} is Firehose's own log. Leave out to_s3."
  }
}

variable "log_alarms" {
  description = "Alarms on lines of a log by key. log_group: a key of log_groups. watch: errors (lines of level ERROR and worse, in JSON), pattern (lines that match pattern) or heartbeat (no line that matches pattern)."
  type = map(object({
    log_group           = string
    watch               = string
    pattern             = optional(string) # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    severity            = string
    threshold           = optional(number, 1) # lines in a period, from which it fires; not of a heartbeat
    period              = optional(number, 60)
    evaluation_periods  = optional(number, 1)
    datapoints_to_alarm = optional(number)
    description         = optional(string)
    runbook             = optional(string)
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for key in keys(var.log_alarms) : can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", key))])
    error_message = "Not a usable key: ${join(", ", [for key in keys(var.log_alarms) : "\"${key}\"" if !can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", key))])}. Use up to 64 letters, digits, hyphens and underscores."
  }
  validation {
    condition     = alltrue([for alarm in values(var.log_alarms) : contains(keys(var.log_groups), alarm.log_group)])
    error_message = "Unknown log group: ${join(", ", [for key, alarm in var.log_alarms : "${key} ${alarm.log_group}" if !contains(keys(var.log_groups), alarm.log_group)])}. log_groups has ${join(", ", keys(var.log_groups))}."
  }
  validation {
    condition     = alltrue([for alarm in values(var.log_alarms) : contains(["errors", "pattern", "heartbeat"], alarm.watch)])
    error_message = "Unknown watch: ${join(", ", [for key, alarm in var.log_alarms : "${key} \"${alarm.watch}\"" if !contains(["errors", "pattern", "heartbeat"], alarm.watch)])}. Use errors, pattern or heartbeat."
  }
  validation {
    condition     = alltrue([for alarm in values(var.log_alarms) : alarm.watch == "errors" || alarm.pattern != null])
    error_message = "Without a pattern: ${join(", ", [for key, alarm in var.log_alarms : key if alarm.watch != "errors" && alarm.pattern == null])}. Only watch = errors has one of its own."
  }
  # A heartbeat of every minute that is looked for every minute would be missed by a second.
  validation {
    condition     = alltrue([for alarm in values(var.log_alarms) : alarm.watch != "heartbeat" || alarm.period * alarm.evaluation_periods >= 120])
    error_message = "Too short for a heartbeat: ${join(", ", [for key, alarm in var.log_alarms : key if alarm.watch == "heartbeat" && alarm.period * alarm.evaluation_periods < 120])}. Look over at least twice the time between two beats: period × evaluation_periods of 120 s or more."
  }
}

variable "agent_files" {
  description = "Files that the CloudWatch agent of your hosts ships, by a name of your choice: path, and log_group, a key of log_groups. None: no configuration is written."
  type = map(object({
    path             = string
    log_group        = string
    stream           = optional(string, "{instance_id}")
    multiline_start  = optional(string)
    timestamp_format = optional(string)
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for file in values(var.agent_files) : contains(keys(var.log_groups), file.log_group)])
    error_message = "Unknown log group: ${join(", ", [for key, file in var.agent_files : "${key} ${file.log_group}" if !contains(keys(var.log_groups), file.log_group)])}. log_groups has ${join(", ", keys(var.log_groups))}."
  }
}

variable "ecs" {
  description = "How tasks log: mode (non-blocking loses lines when the buffer is full, blocking stops the application instead) and max_buffer_size of awslogs; image and configuration file of the FireLens router; the file that is preset takes JSON lines apart, \"\" takes every line as it is."
  type = object({
    mode            = optional(string, "non-blocking")
    max_buffer_size = optional(string, "25m")
    router_image    = optional(string, "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable")
    router_config   = optional(string, "/fluent-bit/configs/parse-json.conf") # a file of that image
  })
  nullable = false
  default  = {}

  validation {
    condition     = contains(["blocking", "non-blocking"], var.ecs.mode)
    error_message = "ecs.mode is \"${var.ecs.mode}\". Use blocking or non-blocking."
  }
  validation {
    condition     = can(regex("^[1-9][0-9]*[kmg]$", var.ecs.max_buffer_size))
    error_message = "ecs.max_buffer_size is \"${var.ecs.max_buffer_size}\". Use a number and k, m or g, such as 25m."
  }
}

variable "delivery" {
  description = "Delivery by Firehose. enabled: make the stream that applications put JSON lines into. buffer_seconds, buffer_mib: how long and how much it collects. retry_seconds: how long it tries OpenSearch."
  type = object({
    enabled        = optional(bool, true)
    buffer_seconds = optional(number, 60)
    buffer_mib     = optional(number, 1)
    retry_seconds  = optional(number, 300)
  })
  nullable = false
  default  = {}

  validation {
    condition     = var.delivery.buffer_seconds >= 0 && var.delivery.buffer_seconds <= 900 && var.delivery.buffer_mib >= 1 && var.delivery.buffer_mib <= 128 && var.delivery.retry_seconds >= 0 && var.delivery.retry_seconds <= 7200
    error_message = "Outside of Firehose's limits: buffer_seconds ${var.delivery.buffer_seconds} (0 to 900), buffer_mib ${var.delivery.buffer_mib} (1 to 128; 100 with OpenSearch), retry_seconds ${var.delivery.retry_seconds} (0 to 7200)."
  }
}

variable "bucket" {
  description = "Where lines are kept: existing is a bucket of yours; otherwise NAME-logs-ACCOUNT-REGION is made, whose objects are deleted after retention_days. force_destroy: also when it holds logs, for a local AWS."
  type = object({
    existing       = optional(string)
    retention_days = optional(number, 365)
    force_destroy  = optional(bool, false)
  })
  nullable = false
  default  = {}
}

variable "opensearch" {
  description = "Search in the lines. existing_domain_arn: a domain of yours; otherwise one is made, with master_role_arn as the role that may do everything. vpc: put it, and Firehose's way to it, into a VPC. Null: no OpenSearch."
  type = object({
    existing_domain_arn = optional(string)
    master_role_arn     = optional(string)
    engine_version      = optional(string, "OpenSearch_2.19")
    instance_type       = optional(string, "r7g.large.search")
    instance_count      = optional(number, 2)
    storage_gib         = optional(number, 100)
    dedicated_masters   = optional(bool, false)
    master_type         = optional(string, "m7g.large.search")
    kms_key_arn         = optional(string)
    index_prefix        = optional(string, "logs")
    vpc = optional(object({
      subnet_ids         = list(string)
      security_group_ids = list(string)
    }))
  })
  default = null

  validation {
    condition     = var.opensearch == null ? true : (var.opensearch.existing_domain_arn == null) != (var.opensearch.master_role_arn == null)
    error_message = "opensearch needs one of existing_domain_arn (a domain of yours) and master_role_arn (the role that administers the one that is made)."
  }
  validation {
    condition     = try(var.opensearch.existing_domain_arn, null) == null || can(regex("^arn:aws[a-z-]*:es:[a-z0-9-]+:[0-9]{12}:domain/[a-z][a-z0-9-]+$", var.opensearch.existing_domain_arn))
    error_message = "Not the ARN of a domain: opensearch.existing_domain_arn is \"${try(coalesce(var.opensearch.existing_domain_arn), "null")}\". Give arn:aws:es:REGION:ACCOUNT:domain/NAME."
  }
  validation {
    condition     = var.opensearch == null ? true : can(regex("^[a-z][a-z0-9-]{0,63}$", var.opensearch.index_prefix))
    error_message = "Not a usable beginning of an index: opensearch.index_prefix is \"${try(var.opensearch.index_prefix, "")}\". Use lower-case letters, digits and hyphens."
  }
  validation {
    condition     = var.opensearch == null ? true : var.opensearch.existing_domain_arn != null || length(var.name) <= 23
    error_message = "The domain would be called ${var.name}-logs, and OpenSearch allows 28 characters. Use a name of 23 or less, or existing_domain_arn."
  }
}

variable "alarms" {
  description = "Make alarms on the delivery and on the domain: freshness, throttling, rejected documents, cluster health. They are in the output alarms."
  type        = bool
  nullable    = false
  default     = true
}

variable "runbook_base_url" {
  description = "Where docs/runbooks can be read, for the links in those alarms; see service_alarms."
  type        = string
  nullable    = false
  default     = "docs/runbooks"
}
