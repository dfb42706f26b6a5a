"""What the notifier would post for an event, told without AWS and without a network."""
