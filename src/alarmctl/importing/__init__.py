"""Alarms that exist already, written down so that Terraform takes them over without changing them."""
