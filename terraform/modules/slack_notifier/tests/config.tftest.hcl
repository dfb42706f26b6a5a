mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
}

variables {
  name              = "acme-production"
  environment       = "production"
  topic_arns        = { critical = "arn:aws:sns:eu-west-1:123456789012:acme-production-critical" }
  slack_webhook_url = "https://hooks.slack.com/services/T0/B0/not-a-real-token"
  package           = { zip = "versions.tf" } # any file that exists; nothing opens it in a test
}

run "every_setting_reaches_the_notifier" {
  command = plan

  variables {
    config = {
      severities   = { critical = { mention = "oncall", repeat_hours = 4 } }
      accounts     = { "123456789012" = "acme" }
      mentions     = { oncall = "<!subteam^S012AB>" }
      mute_command = false
      quiet_hours  = { zone = "Europe/Berlin", from = "22:00", to = "06:00" }
      sweep        = { prefixes = ["acme-"] }
      kinds = {
        health = { severity = "critical", title = "{title} in {alias}", fields = ["Severity", "Type"] }
        alarm  = { links = [{ label = "Dashboard", url = "https://grafana.example.com/{field.ServiceName}" }] }
      }
      rules = [
        {
          name    = "database-team"
          when    = { namespace = ["AWS/RDS"], tags = { team = ["db*"] }, hours = { days = ["mon", "fri"] } }
          mention = "@here"
        },
        { name = "noise", when = { kind = ["s3"], status = ["notice"] }, drop = "nobody reads these" },
        { name = "staging", when = { alarm_name = ["acme-staging-*"] }, severity = "info", webhook_parameter = "/acme/staging-webhook" },
      ]
    }
  }

  assert {
    condition = { for key, value in jsondecode(local.plain_config) : key => value if key != "rules" } == {
      name         = "acme-production"
      topics       = { "arn:aws:sns:eu-west-1:123456789012:acme-production-critical" = "critical" }
      severities   = { critical = { mention = "oncall", announce_ok = true, announce_insufficient_data = false, repeat_hours = 4 } }
      accounts     = { "123456789012" = "acme" }
      mentions     = { oncall = "<!subteam^S012AB>" }
      mute_command = false
      quiet_hours  = { zone = "Europe/Berlin", days = [], from = "22:00", to = "06:00" }
      sweep        = { prefixes = ["acme-"] }
      kinds = {
        health = { severity = "critical", title = "{title} in {alias}", fields = ["Severity", "Type"] }
        alarm  = { links = [{ label = "Dashboard", url = "https://grafana.example.com/{field.ServiceName}" }] }
      }
    }
    error_message = "What was written must reach the notifier, without what was left out."
  }
  assert {
    condition = jsondecode(local.plain_config).rules == [
      {
        name    = "database-team"
        when    = { namespace = ["AWS/RDS"], tags = { team = ["db*"] }, hours = { zone = "UTC", days = ["mon", "fri"], from = "00:00", to = "00:00" } }
        mention = "@here"
      },
      { name = "noise", when = { kind = ["s3"], status = ["notice"] }, drop = "nobody reads these" },
      { name = "staging", when = { alarm_name = ["acme-staging-*"] }, severity = "info", webhook_parameter = "/acme/staging-webhook" },
    ]
    error_message = "Rules must keep their order, and say only what was written."
  }
  assert {
    condition     = aws_lambda_function.notifier.environment[0].variables["NOTIFIER_CONFIG"] == local.plain_config
    error_message = "A short configuration stays readable."
  }
  assert {
    condition     = contains(local.parameter_arns, "arn:aws:ssm:eu-west-1:123456789012:parameter/acme/staging-webhook")
    error_message = "The function must be allowed to read a rule's webhook."
  }
}

run "a_long_configuration_is_packed" {
  command = plan

  variables {
    config = { rules = [for number in range(60) : {
      name    = "team-${number}"
      when    = { alarm_name = ["acme-production-service-${number}-*"], severity = ["critical", "warning"] }
      mention = "<!subteam^S0123${number}>"
    }] }
  }

  assert {
    condition     = startswith(aws_lambda_function.notifier.environment[0].variables["NOTIFIER_CONFIG"], "gzip:H4sI")
    error_message = "What is too long for Lambda's 4 KB of variables must be packed."
  }
}

run "warns_of_what_a_webhook_ignores" {
  command = plan

  variables {
    config = { bot = { username = "alerts", picture = true }, rules = [{ name = "db", channel = "#db" }] }
  }

  expect_failures = [check.slack_ignores_nothing]
}

run "a_bots_token_may_choose_its_channel" {
  command = plan

  variables {
    slack_webhook_url = null
    webhook           = { parameter_name = "/acme/slack-bot-token" }
    config            = { bot = { channel = "#alerts", username = "alerts", icon_emoji = ":bell:" } }
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.notifier.policy, "GetMetricWidgetImage")
    error_message = "Without bot.picture, nothing is drawn, and drawing is not allowed."
  }
}

run "a_bot_may_make_each_state_a_message_of_its_own" {
  command = plan

  variables {
    slack_webhook_url = null
    webhook           = { parameter_name = "/acme/slack-bot-token" }
    config            = { bot = { channel = "#alerts", threads = false } }
  }

  assert {
    condition     = jsondecode(local.plain_config).bot == { channel = "#alerts", threads = false }
    error_message = "The function must hear that threads are not wanted: they are its default."
  }
}

run "a_bot_may_show_the_metric" {
  command = plan

  variables {
    slack_webhook_url = null
    webhook           = { parameter_name = "/acme/slack-bot-token" }
    config            = { bot = { channel = "#alerts", picture = true } }
  }

  assert {
    condition     = jsondecode(local.plain_config).bot == { channel = "#alerts", picture = true }
    error_message = "The function must hear that pictures are wanted."
  }
  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.notifier.policy).Statement : statement if contains(flatten([statement.Action]), "cloudwatch:GetMetricWidgetImage")
    ] == [{ Sid = "DrawMetrics", Effect = "Allow", Action = "cloudwatch:GetMetricWidgetImage", Resource = "*" }]
    error_message = "The function must be allowed to draw metrics, and no more is added."
  }
}

run "refuses_placeholders_in_the_runbook_that_are_unknown" {
  command = plan

  variables {
    config = { runbook_url = "https://wiki.example.com/{alarm}" }
  }

  expect_failures = [var.config]
}

run "says_everything_that_is_wrong_at_once" {
  command = plan

  variables {
    slack_webhook_url = null
    webhook           = { parameter_name = "/acme/slack-bot-token" }
    config = {
      severities  = { critical = { mention = "here", repeat_hours = 1000 } }
      mentions    = { oncall = "the team" }
      quiet_hours = { from = "25:00" }
      bot         = { icon_emoji = "bell" }
      kinds = {
        cloudwach = { severity = "urgent" }
        alarm     = { title = "{name}", links = [{ label = "Wiki", url = "wiki" }] }
      }
      rules = [
        { name = "a", when = { severity = ["urgent"], kind = ["cloudwach", "code*"], status = ["on"], region = [], tags = { team = [] } } },
        { name = "a", severity = "high", when = { hours = { days = ["monday"] } } },
        { name = "c", webhook_parameter = "https://hooks.slack.com/services/T0/B0/x" },
        { name = "d", drop = "noise", severity = "info" },
        { name = "e", drop = " " },
      ]
    }
  }

  assert {
    condition = [for fault in local.config_faults : split(":", split(";", fault)[0])[0]] == [
      "mentions.oncall", "mentions.oncall", "severities.critical.mention",
      "kinds", "kinds.cloudwach.severity", "rules.a.severity", "rules.a.when.severity", "rules.a.when.status", "rules.a.when.kind", "rules.a.when.hours.days",
      "kinds.alarm.title", "kinds.alarm.links.Wiki",
      "rules", "rules.a.when.region is empty and would match nothing", "rules.a.when.tags.team is empty and would match nothing",
      "quiet_hours.from", "rules.c.webhook_parameter must be the name of an SSM parameter", "rules.e.drop is empty", "rules.d drops what it takes",
      "severities.critical.repeat_hours", "bot.icon_emoji",
    ]
    error_message = "Missing or extra: ${join(" | ", local.config_faults)}"
  }
  assert {
    condition     = !strcontains(join("", local.config_faults), "hooks.slack.com")
    error_message = "A pasted webhook is a secret and must not be shown."
  }

  expect_failures = [aws_lambda_function.notifier]
}
