# Written from catalogue/*.yaml by: make catalogue

variable "certificates" {
  description = "ACM certificate: resources by a name of your choice. Alarms: acm_expiry."
  type = map(object({
    # ARN of the certificate.
    certificate_arn = string
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.certificates : can(regex("^arn:[a-z-]+:acm:", resource.certificate_arn))])
    error_message = "Not a usable certificate_arn: ${join(", ", [for name, resource in var.certificates : "${name} (${coalesce(resource.certificate_arn, "-")})" if !can(regex("^arn:[a-z-]+:acm:", resource.certificate_arn))])}. ARN of the certificate."
  }
}

variable "nat_gateways" {
  description = "NAT gateway: resources by a name of your choice. Alarms: nat_ports, nat_drops."
  type = map(object({
    # Id of the gateway.
    nat_gateway_id = string
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.nat_gateways : can(regex("^nat-[0-9a-f]+$", resource.nat_gateway_id))])
    error_message = "Not a usable nat_gateway_id: ${join(", ", [for name, resource in var.nat_gateways : "${name} (${coalesce(resource.nat_gateway_id, "-")})" if !can(regex("^nat-[0-9a-f]+$", resource.nat_gateway_id))])}. Id of the gateway."
  }
}

variable "file_systems" {
  description = "EFS file system: resources by a name of your choice. Alarms: efs_io_limit, efs_burst."
  type = map(object({
    # Id of the file system.
    file_system_id = string
    # It is in bursting throughput mode, which runs on credits.
    bursting = optional(bool, false)
    # It is in General Purpose performance mode, which has a limit of operations.
    general_purpose = optional(bool, true)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.file_systems : can(regex("^fs-[0-9a-f]+$", resource.file_system_id))])
    error_message = "Not a usable file_system_id: ${join(", ", [for name, resource in var.file_systems : "${name} (${coalesce(resource.file_system_id, "-")})" if !can(regex("^fs-[0-9a-f]+$", resource.file_system_id))])}. Id of the file system."
  }
}

variable "backup_vaults" {
  description = "AWS Backup vault: resources by a name of your choice. Alarms: backup_missing, backup_failed."
  type = map(object({
    # Name of the vault.
    vault_name = string
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.backup_vaults : can(regex("^[0-9A-Za-z_-]{2,50}$", resource.vault_name))])
    error_message = "Not a usable vault_name: ${join(", ", [for name, resource in var.backup_vaults : "${name} (${coalesce(resource.vault_name, "-")})" if !can(regex("^[0-9A-Za-z_-]{2,50}$", resource.vault_name))])}. Name of the vault."
  }
}

variable "delivery_streams" {
  description = "Data Firehose stream: resources by a name of your choice. Alarms: firehose_s3_freshness, firehose_search_freshness, firehose_search_success, firehose_throttled."
  type = map(object({
    # Name of the stream.
    delivery_stream_name = string
    # It delivers to S3.
    to_s3 = optional(bool, false)
    # It delivers to OpenSearch.
    to_opensearch = optional(bool, false)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.delivery_streams : can(regex("^[0-9A-Za-z_.-]{1,64}$", resource.delivery_stream_name))])
    error_message = "Not a usable delivery_stream_name: ${join(", ", [for name, resource in var.delivery_streams : "${name} (${coalesce(resource.delivery_stream_name, "-")})" if !can(regex("^[0-9A-Za-z_.-]{1,64}$", resource.delivery_stream_name))])}. Name of the stream."
  }
}

variable "opensearch_domains" {
  description = "OpenSearch domain: resources by a name of your choice. Alarms: opensearch_red, opensearch_yellow, opensearch_storage, opensearch_writes_blocked, opensearch_memory, opensearch_cpu, opensearch_snapshot, opensearch_master."
  type = map(object({
    # Name of the domain.
    domain_name = string
    # Account that it is in; the metrics carry it as ClientId.
    account_id = string
    # Storage of one data node; for the alarm on free space.
    storage_gib = optional(number)
    # It has dedicated master nodes.
    dedicated_masters = optional(bool, false)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.opensearch_domains : can(regex("^[a-z][0-9a-z-]{2,27}$", resource.domain_name))])
    error_message = "Not a usable domain_name: ${join(", ", [for name, resource in var.opensearch_domains : "${name} (${coalesce(resource.domain_name, "-")})" if !can(regex("^[a-z][0-9a-z-]{2,27}$", resource.domain_name))])}. Name of the domain."
  }

  validation {
    condition     = alltrue([for resource in var.opensearch_domains : can(regex("^[0-9]{12}$", resource.account_id))])
    error_message = "Not a usable account_id: ${join(", ", [for name, resource in var.opensearch_domains : "${name} (${coalesce(resource.account_id, "-")})" if !can(regex("^[0-9]{12}$", resource.account_id))])}. Account that it is in; the metrics carry it as ClientId."
  }
}

variable "health_checks" {
  description = "Route 53 health check: resources by a name of your choice. Alarms: r53_unhealthy, r53_checkers."
  type = map(object({
    # Id of the health check. Its metrics are in us-east-1 alone.
    health_check_id = string
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.health_checks : can(regex("^[0-9a-f-]{36}$", resource.health_check_id))])
    error_message = "Not a usable health_check_id: ${join(", ", [for name, resource in var.health_checks : "${name} (${coalesce(resource.health_check_id, "-")})" if !can(regex("^[0-9a-f-]{36}$", resource.health_check_id))])}. Id of the health check. Its metrics are in us-east-1 alone."
  }
}

variable "vpn_connections" {
  description = "Site-to-Site VPN: resources by a name of your choice. Alarms: vpn_down, vpn_tunnel_down."
  type = map(object({
    # Id of the connection.
    vpn_id = string
    # Only one of its two tunnels is set up.
    single_tunnel = optional(bool, false)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.vpn_connections : can(regex("^vpn-[0-9a-f]+$", resource.vpn_id))])
    error_message = "Not a usable vpn_id: ${join(", ", [for name, resource in var.vpn_connections : "${name} (${coalesce(resource.vpn_id, "-")})" if !can(regex("^vpn-[0-9a-f]+$", resource.vpn_id))])}. Id of the connection."
  }
}

variable "quotas" {
  description = "Service quota: resources by a name of your choice. Alarms: quota_used."
  type = map(object({
    # Service, as in the console below Service Quotas or AWS/Usage, such as EC2.
    service = string
    # What is counted, such as vCPU.
    resource = string
    # Class of it, such as Standard/OnDemand.
    class = optional(string, "None")
    # Resource for what exists at a time.
    type = optional(string, "Resource")
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}
}

variable "accounts" {
  description = "Account: resources by a name of your choice. Alarms: account_lambda_concurrency, account_sms_spend, account_charges, account_ddb_read_capacity."
  type = map(object({
    # The account's limit of concurrent Lambda runs, such as 1000.
    lambda_concurrency = optional(number)
    # The account's monthly limit for SMS.
    sms_limit_usd = optional(number)
    # What a month may cost. Only in us-east-1, with billing alerts switched on.
    monthly_budget_usd = optional(number)
    # Tables have provisioned capacity, of which the account has a limit.
    dynamodb_provisioned = optional(bool, false)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}
}
