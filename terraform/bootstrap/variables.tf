variable "region" {
  description = "AWS region of the bucket."
  type        = string
}

variable "bucket" {
  description = "Name of the bucket. Left out: alerting-terraform-state-ACCOUNT-REGION."
  type        = string
  default     = null

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", coalesce(var.bucket, "left-out")))
    error_message = "Not the name of a bucket: ${coalesce(var.bucket, "-")}. Use 3 to 63 lower-case letters, digits, hyphens and dots."
  }
}
