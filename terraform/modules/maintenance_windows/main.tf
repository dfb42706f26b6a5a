# The AWS provider has no resource for alarm mute rules before version 6, and we hold from 5.100 on. CloudFormation has
# one, so each window is a small stack of its own.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarmmuterule.html

locals {
  # A pattern as a regular expression. Keys have letters, digits, underscores, dots and hyphens alone.
  patterns = {
    for key, window in var.windows : key => [
      for pattern in window.alarms : { text = pattern, regex = "^${replace(replace(replace(pattern, ".", "\\."), "*", ".*"), "?", ".")}$" }
    ]
  }
  targets = {
    for key, patterns in local.patterns : key => [
      for alarm, name in var.alarm_names : name if anytrue([for pattern in patterns : can(regex(pattern.regex, alarm))])
    ]
  }
  unmatched = {
    for key, patterns in local.patterns : key => [
      for pattern in patterns : pattern.text if !anytrue([for alarm in keys(var.alarm_names) : can(regex(pattern.regex, alarm))])
    ]
  }

  # How long each window is, in minutes.
  minutes = {
    for key, window in var.windows : key => sum([
      for unit, minutes in { D = 1440, H = 60, M = 1 } : minutes * try(tonumber(regex("([0-9]+)${unit}", window.duration)[0]), 0)
    ])
  }

  # A mute rule takes 100 alarms.
  rules = {
    for key, names in local.targets : key => {
      for number, chunk in chunklist(names, 100) : "Rule${number + 1}" => {
        Type = "AWS::CloudWatch::AlarmMuteRule"
        Properties = merge(
          {
            Name        = "${var.name}-${key}-${number + 1}"
            Description = "${var.windows[key].why} | owner: ${var.windows[key].owner}"
            MuteTargets = { AlarmNames = chunk }
            Rule = {
              Schedule = {
                Expression = var.windows[key].schedule
                Duration   = var.windows[key].duration
                Timezone   = var.windows[key].timezone
              }
            }
          },
          { for field, value in { StartDate = var.windows[key].start, ExpireDate = var.windows[key].expire } : field => value if value != null },
        )
      }
    }
  }
}

resource "aws_cloudformation_stack" "this" {
  for_each = var.windows

  name = "${var.name}-mute-${each.key}"
  tags = var.tags

  template_body = jsonencode({
    AWSTemplateFormatVersion = "2010-09-09"
    Description              = each.value.why
    Resources                = local.rules[each.key]
  })

  lifecycle {
    precondition {
      condition     = length(local.unmatched[each.key]) == 0
      error_message = "The maintenance window ${each.key} names no alarm by: ${join(", ", local.unmatched[each.key])}. Alarms are named by their keys, with * and ?. There are: ${join(", ", keys(var.alarm_names))}."
    }
    precondition {
      condition     = local.minutes[each.key] >= 1 && local.minutes[each.key] <= 21600
      error_message = "The maintenance window ${each.key} lasts ${each.value.duration}; a mute rule lasts PT1M to P15D."
    }
    precondition {
      condition     = length(jsonencode(local.rules[each.key])) <= 50000
      error_message = "The maintenance window ${each.key} names ${length(local.targets[each.key])} alarms, more than fit in a CloudFormation template of 51,200 bytes. Split it into several windows."
    }
  }
}
