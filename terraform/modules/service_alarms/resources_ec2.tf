# Written from catalogue/*.yaml by: make catalogue

variable "instances" {
  description = "EC2 instance: resources by a name of your choice. Alarms: ec2_status_system, ec2_status_instance, ec2_status_ebs, ec2_cpu, ec2_cpu_credit, ec2_surplus_credit, ec2_ebs_io_balance, ec2_ebs_byte_balance."
  type = map(object({
    # Id of the instance. Not for members of an Auto Scaling group, which replaces them.
    instance_id = string
    # The instance is on the Nitro system, which checks attached volumes.
    nitro = optional(bool, true)
    # A T instance in standard mode, which slows down without CPU credits.
    burstable = optional(bool, false)
    # A T instance in unlimited mode, which pays for surplus credits.
    unlimited = optional(bool, false)
    # A small size whose EBS throughput runs on credits.
    burstable_ebs = optional(bool, false)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.instances : can(regex("^i-[0-9a-f]+$", resource.instance_id))])
    error_message = "Not a usable instance_id: ${join(", ", [for name, resource in var.instances : "${name} (${coalesce(resource.instance_id, "-")})" if !can(regex("^i-[0-9a-f]+$", resource.instance_id))])}. Id of the instance. Not for members of an Auto Scaling group, which replaces them."
  }
}

variable "volumes" {
  description = "EBS volume: resources by a name of your choice. Alarms: ebs_stalled, ebs_burst."
  type = map(object({
    # Id of the volume.
    volume_id = string
    # The instance that it is attached to.
    instance_id = string
    # That instance is on the Nitro system, which sees stalled operations.
    nitro = optional(bool, true)
    # A gp2, st1 or sc1 volume, which runs on credits.
    burstable = optional(bool, false)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.volumes : can(regex("^vol-[0-9a-f]+$", resource.volume_id))])
    error_message = "Not a usable volume_id: ${join(", ", [for name, resource in var.volumes : "${name} (${coalesce(resource.volume_id, "-")})" if !can(regex("^vol-[0-9a-f]+$", resource.volume_id))])}. Id of the volume."
  }

  validation {
    condition     = alltrue([for resource in var.volumes : can(regex("^i-[0-9a-f]+$", resource.instance_id))])
    error_message = "Not a usable instance_id: ${join(", ", [for name, resource in var.volumes : "${name} (${coalesce(resource.instance_id, "-")})" if !can(regex("^i-[0-9a-f]+$", resource.instance_id))])}. The instance that it is attached to."
  }
}

variable "auto_scaling_groups" {
  description = "Auto Scaling group: resources by a name of your choice. Alarms: asg_below_min, asg_at_max."
  type = map(object({
    # Name of the group, not its ARN. Group metrics must be switched on.
    auto_scaling_group_name = string
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.auto_scaling_groups : can(regex("^[^:/]{1,255}$", resource.auto_scaling_group_name))])
    error_message = "Not a usable auto_scaling_group_name: ${join(", ", [for name, resource in var.auto_scaling_groups : "${name} (${coalesce(resource.auto_scaling_group_name, "-")})" if !can(regex("^[^:/]{1,255}$", resource.auto_scaling_group_name))])}. Name of the group, not its ARN. Group metrics must be switched on."
  }
}
