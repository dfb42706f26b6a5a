"""A stand-in for Slack: it takes what Slack takes, refuses what Slack refuses, and shows the channel."""
