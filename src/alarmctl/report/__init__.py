"""Reports about the alarms of an account: noise, coverage, cost."""
