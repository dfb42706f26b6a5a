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

variable "existing_bucket" {
  description = "Name of a bucket that holds the load balancers' logs already. Its policy, lifecycle and encryption stay yours. Null makes one, NAME-access-logs-ACCOUNT-REGION."
  type        = string
  default     = null
}

variable "prefix" {
  description = "Prefix that the load balancers write below, without slashes at its ends; as access_logs.prefix of aws_lb. Empty for none."
  type        = string
  nullable    = false
  default     = ""

  validation {
    condition     = var.prefix == "" || can(regex("^[A-Za-z0-9!_.*'()-]+(/[A-Za-z0-9!_.*'()-]+)*$", var.prefix)) && !strcontains(var.prefix, "AWSLogs")
    error_message = "Not a usable prefix: \"${var.prefix}\". Leave out slashes at its ends, and AWSLogs, which Elastic Load Balancing adds itself."
  }
}

variable "legacy_delivery_account" {
  description = "Also let the Region's old account of Elastic Load Balancing write, for Regions from before August 2022 whose load balancers still use it."
  type        = bool
  nullable    = false
  default     = false
}

variable "retention_days" {
  description = "Days that logs are kept."
  type        = number
  nullable    = false
  default     = 90

  validation {
    condition     = var.retention_days >= 1 && floor(var.retention_days) == var.retention_days
    error_message = "retention_days is ${var.retention_days}. Use a whole number of days, from 1."
  }
}

variable "infrequent_access_days" {
  description = "Days after which logs move to a cheaper storage class (STANDARD_IA); at least 30, and less than retention_days. Null: never."
  type        = number
  default     = null

  validation {
    condition     = var.infrequent_access_days == null ? true : var.infrequent_access_days >= 30 && var.infrequent_access_days < var.retention_days
    error_message = "infrequent_access_days is ${coalesce(var.infrequent_access_days, 0)}. S3 takes 30 or more, and it must be less than retention_days, ${var.retention_days}."
  }
}

variable "query_results_days" {
  description = "Days that results of queries are kept."
  type        = number
  nullable    = false
  default     = 7
}

variable "queries_enabled" {
  description = "Make the Athena workgroup, the Glue table and the saved queries. false where Athena is not wanted, or not there."
  type        = bool
  nullable    = false
  default     = true
}

variable "first_day" {
  description = "The day of the oldest logs, YYYY/MM/DD: where the table's partitions begin."
  type        = string
  nullable    = false
  default     = "2024/01/01"

  validation {
    condition     = can(regex("^20[0-9]{2}/(0[1-9]|1[0-2])/(0[1-9]|[12][0-9]|3[01])$", var.first_day))
    error_message = "first_day is \"${var.first_day}\". Write year, month and day with slashes, such as 2024/01/01: so Elastic Load Balancing names its folders."
  }
}

variable "scan_limit_gib" {
  description = "GiB that one query may read before Athena stops it; it bounds what a query costs."
  type        = number
  nullable    = false
  default     = 100

  validation {
    condition     = var.scan_limit_gib >= 1
    error_message = "scan_limit_gib is ${var.scan_limit_gib}. Use 1 or more."
  }
}

variable "force_destroy" {
  description = "Destroy the bucket even when it holds logs. For a local AWS."
  type        = bool
  nullable    = false
  default     = false
}
