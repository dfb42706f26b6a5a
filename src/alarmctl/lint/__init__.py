"""`alarmctl lint`: finds alarms that can never fire, always fire, or say something else than they measure."""
