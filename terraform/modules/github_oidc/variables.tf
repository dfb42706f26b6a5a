variable "repository" {
  description = "The GitHub repository whose workflows may take the roles, as OWNER/NAME."
  type        = string
  nullable    = false

  validation {
    # A wildcard here would open the roles to other people's repositories.
    condition     = can(regex("^[0-9A-Za-z-]{1,39}/[0-9A-Za-z._-]{1,100}$", var.repository))
    error_message = "Not a repository: \"${var.repository}\". Write OWNER/NAME, without wildcards, such as acme/alerts."
  }
}

variable "environments" {
  description = "What each environment of GitHub applies: the stack's name and the key of its Terraform state."
  type = map(object({
    name      = string # prefix of the stack's resources, such as acme-production
    state_key = string # such as alerting/production/terraform.tfstate
    region    = string
    # Only where Terraform keeps the webhook itself: its parameters are read in every plan.
    parameter_names = optional(list(string), [])
    # Beside what this stack needs, such as that of your own modules in the environment.
    apply_policy_arns = optional(list(string), [])
  }))
  nullable = false

  validation {
    condition     = length(var.environments) > 0 && alltrue([for key, environment in var.environments : can(regex("^[0-9A-Za-z_-]{1,30}$", key))])
    error_message = "Invalid environment: ${join(", ", [for key, environment in var.environments : "\"${key}\"" if !can(regex("^[0-9A-Za-z_-]{1,30}$", key))])}. Use the environment's name on GitHub: up to 30 letters, digits, hyphens and underscores."
  }
  validation {
    condition     = alltrue([for environment in var.environments : can(regex("^[a-z0-9][a-z0-9-]{1,30}$", environment.name))])
    error_message = "Invalid name: ${join(", ", [for key, environment in var.environments : "${key}.name \"${environment.name}\"" if !can(regex("^[a-z0-9][a-z0-9-]{1,30}$", environment.name))])}. Use the stack's name, such as acme-production."
  }
  validation {
    condition     = alltrue([for environment in var.environments : can(regex("^[0-9A-Za-z/_.-]+$", environment.state_key))])
    error_message = "Invalid state_key: ${join(", ", [for key, environment in var.environments : "${key} \"${environment.state_key}\"" if !can(regex("^[0-9A-Za-z/_.-]+$", environment.state_key))])}. Use the backend's key, without wildcards."
  }
}

variable "state_bucket" {
  description = "Name of the bucket that holds the states, as terraform/bootstrap made it."
  type        = string
  nullable    = false
}

variable "provider_arn" {
  description = "ARN of the account's OIDC provider for GitHub, of which there can be only one; null makes it."
  type        = string
  default     = null

  validation {
    condition     = var.provider_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.provider_arn))
    error_message = "Not GitHub's provider: \"${coalesce(var.provider_arn, " ")}\". Its ARN ends in oidc-provider/token.actions.githubusercontent.com."
  }
}

variable "branch" {
  description = "The branch from which is planned for an apply, and against which drift is looked for."
  type        = string
  nullable    = false
  default     = "main"

  validation {
    condition     = can(regex("^[0-9A-Za-z._/-]+$", var.branch))
    error_message = "Not a branch: \"${var.branch}\". Write its name, without wildcards."
  }
}

variable "report" {
  description = "Let the plan role list what the reports look at and send the weekly one to the info topics; null: neither."
  type = object({
    topic_arns   = list(string)
    kms_key_arns = optional(list(string), []) # of those topics
  })
  default = null
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the roles, if your account wants one."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of the roles and the provider."
  type        = map(string)
  nullable    = false
  default     = {}
}
