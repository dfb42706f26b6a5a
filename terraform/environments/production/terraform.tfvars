region = "eu-west-1"
name   = "acme-production"

ecs_cluster_name  = null # the name of your ECS cluster
ecs_service_names = []   # and of the services in it

# Besides Slack, and working when Slack does not: e-mail addresses, phone numbers (sms), a pager's address (https).
severities = {
  critical = { email = [], sms = [], https = [] }
  warning  = { email = [] }
  info     = {}
}

operations = {
  email = [] # who repairs this stack when Slack does not work
}

# What has no metric: further packs stand in the README of the module event_rules.
packs = ["ecs", "ec2", "rds", "backup", "certificates"]

dashboard = { enabled = true }

slack = {
  webhook_version = 1 # raise it when the webhook changes
}

notifier_config = {
  severities = {
    critical = { mention = "<!here>" }
    info     = { announce_ok = false }
  }
}
