"""Go back to an earlier version of the notifier."""
