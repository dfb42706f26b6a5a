"""Send what was given up back to the notifier."""
