"""The catalogue of service alarms: read, expanded as Terraform expands it, and told as pages and scenarios."""
