"""Saved Athena queries of the load balancers' access logs: run one, and show its rows."""
