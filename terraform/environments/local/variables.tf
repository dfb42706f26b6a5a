variable "aws_endpoint" {
  description = "Address of the local AWS."
  type        = string
  default     = "http://127.0.0.1:4566"

  validation {
    condition     = can(regex("^http://(127\\.0\\.0\\.1|localhost):[0-9]+$", var.aws_endpoint))
    error_message = "Not an address of this machine: ${var.aws_endpoint}. Use one such as http://127.0.0.1:4566, as `alarmctl local status` shows it."
  }
}

variable "slack_webhook_url" {
  description = "Webhook of the fake Slack, by TF_VAR_slack_webhook_url."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "slack_bot" {
  description = "Does the fake Slack's bot post, whose token `alarmctl local up --bot` puts in the place of the webhook?"
  type        = bool
  default     = false
}

variable "notifier_zip" {
  description = "The notifier's code, made by `make package`."
  type        = string
  default     = "../../../dist/notify_slack.zip"
}

variable "instance_alarms_zip" {
  description = "The code of the function that gives instances their alarms, made by `make package`."
  type        = string
  default     = "../../../dist/instance_alarms.zip"
}
