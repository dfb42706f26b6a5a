"""What a plan does to the alarms, as a pull request's comment."""
