"""What the metrics of alarms did: fetched once from CloudWatch, kept in a folder, read without a network."""
