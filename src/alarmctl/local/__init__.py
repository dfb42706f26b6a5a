"""The whole stack on this machine: a local AWS, a fake Slack, and CloudWatch's evaluation between."""
