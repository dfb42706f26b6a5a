"""What alarms would have done over a stretch of the past."""
