"""Silence for alarms: CloudWatch's mute rules, with an owner, a reason and an end."""
