"""CloudWatch dashboards: whether CloudWatch would take them, and what they will look like."""
