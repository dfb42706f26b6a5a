region = "eu-west-1"
name   = "acme-staging"

ecs_cluster_name  = null # the name of your ECS cluster
ecs_service_names = []   # and of the services in it

# Staging notifies a Slack channel of its own: give it a webhook of its own. Nobody is paged or mentioned.
severities = {
  critical = {}
  warning  = {}
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
