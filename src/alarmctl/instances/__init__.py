"""`alarmctl instances`: what the function for instances' alarms would do in an account."""
