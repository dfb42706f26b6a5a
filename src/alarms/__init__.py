"""CloudWatch alarms as data and as behaviour: read them, evaluate them, say what CloudWatch would say."""
