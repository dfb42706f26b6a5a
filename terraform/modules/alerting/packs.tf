# Rules for what has no metric, by packs: event_rules has them.

variable "packs" {
  description = "Packs of rules for what has no metric, such as [\"ecs\", \"rds\", \"backup\"]. See event_rules for what each holds."
  type        = set(string)
  nullable    = false
  default     = []

  validation {
    condition     = !contains(var.packs, "global") || data.aws_region.current.id == "us-east-1"
    error_message = "The pack global is set in ${data.aws_region.current.id}, but billing, root sign-in and global Health events are in us-east-1. Leave it out here, and set it in an environment whose region is us-east-1."
  }
}

variable "pack_severities" {
  description = "Another severity for rules of the packs, by the rule's key; none leaves the rule out. See event_rules."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "pack_cluster_names" {
  description = "The ECS clusters that the packs watch. Left out: ecs_cluster_name, or every cluster where that is null too. []: every cluster."
  type        = list(string)
  default     = null
}

locals {
  packs = setunion(var.packs, var.global_events ? ["global"] : [])

  # Those of no cluster in particular watch the one that is named here.
  pack_cluster_names = var.pack_cluster_names == null ? compact([var.ecs_cluster_name]) : var.pack_cluster_names
}
