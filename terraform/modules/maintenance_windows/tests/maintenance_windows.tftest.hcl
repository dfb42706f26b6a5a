mock_provider "aws" {
  override_during = plan
}

variables {
  name = "acme-production"
  alarm_names = {
    "ecs-service-api-cpu"    = "acme-production-ecs-service-api-cpu"
    "ecs-service-api-memory" = "acme-production-ecs-service-api-memory"
    "ecs-service-web-cpu"    = "acme-production-ecs-service-web-cpu"
    "orders.latency"         = "acme-production-orders.latency"
  }
  windows = {
    sunday-backup = {
      alarms   = ["ecs-service-api-*", "orders.latency"]
      schedule = "cron(0 2 * * SUN)"
      duration = "PT2H"
      timezone = "Europe/Paris"
      why      = "The weekly export takes all of the CPU."
      owner    = "team-data"
    }
  }
}

run "mutes_the_alarms_that_the_patterns_name" {
  command = plan

  assert {
    condition = jsondecode(aws_cloudformation_stack.this["sunday-backup"].template_body).Resources == {
      Rule1 = {
        Type = "AWS::CloudWatch::AlarmMuteRule"
        Properties = {
          Name        = "acme-production-sunday-backup-1"
          Description = "The weekly export takes all of the CPU. | owner: team-data"
          MuteTargets = { AlarmNames = ["acme-production-ecs-service-api-cpu", "acme-production-ecs-service-api-memory", "acme-production-orders.latency"] }
          Rule        = { Schedule = { Expression = "cron(0 2 * * SUN)", Duration = "PT2H", Timezone = "Europe/Paris" } }
        }
      }
    }
    error_message = "One rule with the three alarms: ${aws_cloudformation_stack.this["sunday-backup"].template_body}"
  }
  assert {
    condition     = output.stack_names == { sunday-backup = "acme-production-mute-sunday-backup" } && output.rule_names == { sunday-backup = ["acme-production-sunday-backup-1"] }
    error_message = "Names begin with the prefix."
  }
}

run "makes_a_rule_for_each_hundred_alarms" {
  command = plan

  variables {
    alarm_names = { for number in range(250) : format("api-%03d", number) => format("acme-production-api-%03d", number) }
    windows     = { all = { alarms = ["*"], schedule = "at(2026-03-01T22:00)", duration = "P1DT30M", why = "Move.", owner = "ops", start = "2026-02-01T00:00", expire = "2026-04-01T00:00" } }
  }

  assert {
    condition     = [for rule in values(local.rules["all"]) : length(rule.Properties.MuteTargets.AlarmNames)] == [100, 100, 50]
    error_message = "A mute rule takes 100 alarms."
  }
  assert {
    condition     = local.rules["all"].Rule1.Properties.StartDate == "2026-02-01T00:00" && local.rules["all"].Rule1.Properties.ExpireDate == "2026-04-01T00:00"
    error_message = "start and expire bound the schedule."
  }
}

run "makes_nothing_without_windows" {
  command = plan

  variables {
    windows = {}
  }

  assert {
    condition     = length(aws_cloudformation_stack.this) == 0
    error_message = "No window, no stack."
  }
}

run "refuses_a_pattern_that_names_no_alarm" {
  command = plan

  variables {
    windows = { sunday = { alarms = ["ecs-service-api-*", "ecs-servic-web-*"], schedule = "cron(0 2 * * SUN)", duration = "PT2H", why = "x", owner = "y" } }
  }

  expect_failures = [aws_cloudformation_stack.this["sunday"]]
}

run "a_dot_is_a_dot" {
  command = plan

  variables {
    windows = { sunday = { alarms = ["ecs.service.api.cpu"], schedule = "cron(0 2 * * SUN)", duration = "PT2H", why = "x", owner = "y" } }
  }

  expect_failures = [aws_cloudformation_stack.this["sunday"]]
}

run "refuses_a_schedule_of_six_fields" {
  command = plan

  variables {
    windows = { sunday = { alarms = ["*"], schedule = "cron(0 2 ? * SUN *)", duration = "PT2H", why = "x", owner = "y" } }
  }

  expect_failures = [var.windows]
}

run "refuses_a_duration_of_words" {
  command = plan

  variables {
    windows = { sunday = { alarms = ["*"], schedule = "cron(0 2 * * SUN)", duration = "2h", why = "x", owner = "y" } }
  }

  expect_failures = [var.windows]
}

run "refuses_a_duration_over_fifteen_days" {
  command = plan

  variables {
    windows = { sunday = { alarms = ["*"], schedule = "cron(0 2 * * SUN)", duration = "P15DT1M", why = "x", owner = "y" } }
  }

  expect_failures = [aws_cloudformation_stack.this["sunday"]]
}

run "refuses_no_duration" {
  command = plan

  variables {
    windows = { sunday = { alarms = ["*"], schedule = "cron(0 2 * * SUN)", duration = "PT", why = "x", owner = "y" } }
  }

  expect_failures = [aws_cloudformation_stack.this["sunday"]]
}

run "refuses_silence_without_a_reason" {
  command = plan

  variables {
    windows = { sunday = { alarms = ["*"], schedule = "cron(0 2 * * SUN)", duration = "PT2H", why = " ", owner = "y" } }
  }

  expect_failures = [var.windows]
}

run "refuses_a_time_that_is_none" {
  command = plan

  variables {
    windows = { sunday = { alarms = ["*"], schedule = "cron(0 2 * * SUN)", duration = "PT2H", why = "x", owner = "y", expire = "tomorrow" } }
  }

  expect_failures = [var.windows]
}

run "refuses_a_window_name_that_aws_refuses" {
  command = plan

  variables {
    windows = { "Sunday night" = { alarms = ["*"], schedule = "cron(0 2 * * SUN)", duration = "PT2H", why = "x", owner = "y" } }
  }

  expect_failures = [var.windows]
}
