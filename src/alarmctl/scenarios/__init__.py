"""`alarmctl test`: scenario files, series in, states and messages out. See docs/scenarios.md."""
