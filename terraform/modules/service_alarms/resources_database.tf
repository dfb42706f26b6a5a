# Written from catalogue/*.yaml by: make catalogue

variable "rds" {
  description = "RDS instance: resources by a name of your choice. Alarms: rds_cpu, rds_storage, rds_memory, rds_connections, rds_load, rds_replica_lag, rds_ebs_balance, rds_read_latency, rds_write_latency, rds_disk_queue, rds_transaction_ids."
  type = map(object({
    # Identifier of the instance, not its ARN or endpoint.
    db_instance = string
    # Its storage; for the alarm on free space. Leave out for Aurora.
    allocated_storage_gib = optional(number)
    # Memory of its class; for the alarm on free memory.
    memory_gib = optional(number)
    # Its max_connections; for the alarm on connections.
    max_connections = optional(number)
    # Processors of its class; for the alarm on load, which needs Performance Insights.
    vcpus = optional(number)
    # It is a read replica.
    replica = optional(bool, false)
    # A small class whose EBS throughput runs on credits.
    burstable_ebs = optional(bool, false)
    # It runs PostgreSQL.
    postgresql = optional(bool, false)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.rds : can(regex("^[A-Za-z][0-9A-Za-z-]{0,62}$", resource.db_instance))])
    error_message = "Not a usable db_instance: ${join(", ", [for name, resource in var.rds : "${name} (${coalesce(resource.db_instance, "-")})" if !can(regex("^[A-Za-z][0-9A-Za-z-]{0,62}$", resource.db_instance))])}. Identifier of the instance, not its ARN or endpoint."
  }
}

variable "aurora_clusters" {
  description = "Aurora cluster: resources by a name of your choice. Alarms: aurora_writer_gone, aurora_volume, aurora_binlog."
  type = map(object({
    # Identifier of the cluster. Its instances go into rds.
    db_cluster = string
    # It replicates from another MySQL by binary log.
    binlog_replica = optional(bool, false)
    # It may pause, so that no writer is no alarm.
    serverless = optional(bool, false)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.aurora_clusters : can(regex("^[A-Za-z][0-9A-Za-z-]{0,62}$", resource.db_cluster))])
    error_message = "Not a usable db_cluster: ${join(", ", [for name, resource in var.aurora_clusters : "${name} (${coalesce(resource.db_cluster, "-")})" if !can(regex("^[A-Za-z][0-9A-Za-z-]{0,62}$", resource.db_cluster))])}. Identifier of the cluster. Its instances go into rds."
  }
}

variable "dynamodb_tables" {
  description = "DynamoDB table: resources by a name of your choice. Alarms: ddb_read_throttles, ddb_write_throttles, ddb_system_errors."
  type = map(object({
    # Name of the table.
    table_name = string
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.dynamodb_tables : can(regex("^[0-9A-Za-z_.-]{3,255}$", resource.table_name))])
    error_message = "Not a usable table_name: ${join(", ", [for name, resource in var.dynamodb_tables : "${name} (${coalesce(resource.table_name, "-")})" if !can(regex("^[0-9A-Za-z_.-]{3,255}$", resource.table_name))])}. Name of the table."
  }
}

variable "cache_clusters" {
  description = "ElastiCache node: resources by a name of your choice. Alarms: cache_engine_cpu, cache_memory, cache_evictions, cache_connections, cache_replication_lag."
  type = map(object({
    # Id of one node (cluster) of Valkey or Redis OSS, such as sessions-001.
    cache_cluster_id = string
    # It is a replica.
    replica = optional(bool, false)
    # Connections that it may have.
    max_connections = optional(number, 65000)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.cache_clusters : can(regex("^[A-Za-z][0-9A-Za-z-]{0,62}$", resource.cache_cluster_id))])
    error_message = "Not a usable cache_cluster_id: ${join(", ", [for name, resource in var.cache_clusters : "${name} (${coalesce(resource.cache_cluster_id, "-")})" if !can(regex("^[A-Za-z][0-9A-Za-z-]{0,62}$", resource.cache_cluster_id))])}. Id of one node (cluster) of Valkey or Redis OSS, such as sessions-001."
  }
}

variable "memcached_nodes" {
  description = "ElastiCache node of Memcached: resources by a name of your choice. Alarms: memcached_cpu, memcached_swap, memcached_evictions, memcached_connections."
  type = map(object({
    # Id of the cluster, such as pages.
    cache_cluster_id = string
    # Id of the node in it.
    cache_node_id = optional(string, "0001")
    # Connections that it may have.
    max_connections = optional(number, 65000)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.memcached_nodes : can(regex("^[A-Za-z][0-9A-Za-z-]{0,62}$", resource.cache_cluster_id))])
    error_message = "Not a usable cache_cluster_id: ${join(", ", [for name, resource in var.memcached_nodes : "${name} (${coalesce(resource.cache_cluster_id, "-")})" if !can(regex("^[A-Za-z][0-9A-Za-z-]{0,62}$", resource.cache_cluster_id))])}. Id of the cluster, such as pages."
  }

  validation {
    condition     = alltrue([for resource in var.memcached_nodes : can(regex("^[0-9]{4}$", resource.cache_node_id))])
    error_message = "Not a usable cache_node_id: ${join(", ", [for name, resource in var.memcached_nodes : "${name} (${coalesce(resource.cache_node_id, "-")})" if !can(regex("^[0-9]{4}$", resource.cache_node_id))])}. Id of the node in it."
  }
}
