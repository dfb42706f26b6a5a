"""The catalogue of service alarms: read, expanded as Terraform does it, told as pages and scenarios."""
