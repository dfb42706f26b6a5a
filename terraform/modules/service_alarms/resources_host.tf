# Written from catalogue/*.yaml by: make catalogue

variable "hosts" {
  description = "Host with an agent: resources by a name of your choice. Alarms: cwa_mem, cwa_swap, cwa_heartbeat."
  type = map(object({
    # Id of the instance; or give the group.
    instance_id = optional(string)
    # Name of the group whose hosts are watched as one.
    auto_scaling_group_name = optional(string)
    # Namespace that the agent publishes to.
    metrics_namespace = optional(string, "CWAgent")
    # The host has swap space.
    swap = optional(bool, false)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.hosts : (resource.instance_id == null || can(regex("^m?i-[0-9a-f]+$", resource.instance_id)))])
    error_message = "Not a usable instance_id: ${join(", ", [for name, resource in var.hosts : "${name} (${coalesce(resource.instance_id, "-")})" if !(resource.instance_id == null || can(regex("^m?i-[0-9a-f]+$", resource.instance_id)))])}. Id of the instance; or give the group."
  }

  validation {
    condition     = alltrue([for resource in var.hosts : (resource.auto_scaling_group_name == null || can(regex("^[^:/]{1,255}$", resource.auto_scaling_group_name)))])
    error_message = "Not a usable auto_scaling_group_name: ${join(", ", [for name, resource in var.hosts : "${name} (${coalesce(resource.auto_scaling_group_name, "-")})" if !(resource.auto_scaling_group_name == null || can(regex("^[^:/]{1,255}$", resource.auto_scaling_group_name)))])}. Name of the group whose hosts are watched as one."
  }

  validation {
    condition     = alltrue([for resource in var.hosts : can(regex("^[0-9A-Za-z._/#:-]{1,255}$", resource.metrics_namespace))])
    error_message = "Not a usable metrics_namespace: ${join(", ", [for name, resource in var.hosts : "${name} (${coalesce(resource.metrics_namespace, "-")})" if !can(regex("^[0-9A-Za-z._/#:-]{1,255}$", resource.metrics_namespace))])}. Namespace that the agent publishes to."
  }

  validation {
    condition     = alltrue([for resource in var.hosts : length([for value in [resource.instance_id, resource.auto_scaling_group_name] : value if value != null]) == 1])
    error_message = "One of instance_id and auto_scaling_group_name, not both and not neither: ${join(", ", [for name, resource in var.hosts : name if length([for value in [resource.instance_id, resource.auto_scaling_group_name] : value if value != null]) != 1])}."
  }
}

variable "disks" {
  description = "File system of a host: resources by a name of your choice. Alarms: cwa_disk, cwa_inodes."
  type = map(object({
    # Id of the instance; or give the group.
    instance_id = optional(string)
    # Name of the group whose fullest disk counts.
    auto_scaling_group_name = optional(string)
    # The mount, as alarmctl's publisher names it (dimension MountPath).
    mount_path = optional(string)
    # The mount, as the CloudWatch agent names it (dimension path), with drop_device and aggregation_dimensions of exactly these.
    path = optional(string)
    # Namespace that is published to.
    metrics_namespace = optional(string, "CWAgent")
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.disks : (resource.instance_id == null || can(regex("^m?i-[0-9a-f]+$", resource.instance_id)))])
    error_message = "Not a usable instance_id: ${join(", ", [for name, resource in var.disks : "${name} (${coalesce(resource.instance_id, "-")})" if !(resource.instance_id == null || can(regex("^m?i-[0-9a-f]+$", resource.instance_id)))])}. Id of the instance; or give the group."
  }

  validation {
    condition     = alltrue([for resource in var.disks : (resource.auto_scaling_group_name == null || can(regex("^[^:/]{1,255}$", resource.auto_scaling_group_name)))])
    error_message = "Not a usable auto_scaling_group_name: ${join(", ", [for name, resource in var.disks : "${name} (${coalesce(resource.auto_scaling_group_name, "-")})" if !(resource.auto_scaling_group_name == null || can(regex("^[^:/]{1,255}$", resource.auto_scaling_group_name)))])}. Name of the group whose fullest disk counts."
  }

  validation {
    condition     = alltrue([for resource in var.disks : (resource.mount_path == null || can(regex("^/", resource.mount_path)))])
    error_message = "Not a usable mount_path: ${join(", ", [for name, resource in var.disks : "${name} (${coalesce(resource.mount_path, "-")})" if !(resource.mount_path == null || can(regex("^/", resource.mount_path)))])}. The mount, as alarmctl's publisher names it (dimension MountPath)."
  }

  validation {
    condition     = alltrue([for resource in var.disks : (resource.path == null || can(regex("^/", resource.path)))])
    error_message = "Not a usable path: ${join(", ", [for name, resource in var.disks : "${name} (${coalesce(resource.path, "-")})" if !(resource.path == null || can(regex("^/", resource.path)))])}. The mount, as the CloudWatch agent names it (dimension path), with drop_device and aggregation_dimensions of exactly these."
  }

  validation {
    condition     = alltrue([for resource in var.disks : can(regex("^[0-9A-Za-z._/#:-]{1,255}$", resource.metrics_namespace))])
    error_message = "Not a usable metrics_namespace: ${join(", ", [for name, resource in var.disks : "${name} (${coalesce(resource.metrics_namespace, "-")})" if !can(regex("^[0-9A-Za-z._/#:-]{1,255}$", resource.metrics_namespace))])}. Namespace that is published to."
  }

  validation {
    condition     = alltrue([for resource in var.disks : length([for value in [resource.mount_path, resource.path] : value if value != null]) == 1])
    error_message = "One of mount_path and path, not both and not neither: ${join(", ", [for name, resource in var.disks : name if length([for value in [resource.mount_path, resource.path] : value if value != null]) != 1])}."
  }
}

variable "windows_disks" {
  description = "Disk of a Windows host: resources by a name of your choice. Alarms: cwa_windows_disk."
  type = map(object({
    # Id of the instance.
    instance_id = string
    # The drive.
    drive = optional(string, "C:")
    # Namespace that the agent publishes to.
    metrics_namespace = optional(string, "CWAgent")
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.windows_disks : can(regex("^m?i-[0-9a-f]+$", resource.instance_id))])
    error_message = "Not a usable instance_id: ${join(", ", [for name, resource in var.windows_disks : "${name} (${coalesce(resource.instance_id, "-")})" if !can(regex("^m?i-[0-9a-f]+$", resource.instance_id))])}. Id of the instance."
  }

  validation {
    condition     = alltrue([for resource in var.windows_disks : can(regex("^[A-Z]:$", resource.drive))])
    error_message = "Not a usable drive: ${join(", ", [for name, resource in var.windows_disks : "${name} (${coalesce(resource.drive, "-")})" if !can(regex("^[A-Z]:$", resource.drive))])}. The drive."
  }

  validation {
    condition     = alltrue([for resource in var.windows_disks : can(regex("^[0-9A-Za-z._/#:-]{1,255}$", resource.metrics_namespace))])
    error_message = "Not a usable metrics_namespace: ${join(", ", [for name, resource in var.windows_disks : "${name} (${coalesce(resource.metrics_namespace, "-")})" if !can(regex("^[0-9A-Za-z._/#:-]{1,255}$", resource.metrics_namespace))])}. Namespace that the agent publishes to."
  }
}

variable "windows_hosts" {
  description = "Windows host with an agent: resources by a name of your choice. Alarms: cwa_windows_mem, cwa_windows_heartbeat."
  type = map(object({
    # Id of the instance.
    instance_id = string
    # Namespace that the agent publishes to.
    metrics_namespace = optional(string, "CWAgent")
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.windows_hosts : can(regex("^m?i-[0-9a-f]+$", resource.instance_id))])
    error_message = "Not a usable instance_id: ${join(", ", [for name, resource in var.windows_hosts : "${name} (${coalesce(resource.instance_id, "-")})" if !can(regex("^m?i-[0-9a-f]+$", resource.instance_id))])}. Id of the instance."
  }

  validation {
    condition     = alltrue([for resource in var.windows_hosts : can(regex("^[0-9A-Za-z._/#:-]{1,255}$", resource.metrics_namespace))])
    error_message = "Not a usable metrics_namespace: ${join(", ", [for name, resource in var.windows_hosts : "${name} (${coalesce(resource.metrics_namespace, "-")})" if !can(regex("^[0-9A-Za-z._/#:-]{1,255}$", resource.metrics_namespace))])}. Namespace that the agent publishes to."
  }
}
