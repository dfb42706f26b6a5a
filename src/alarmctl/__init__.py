"""alarmctl: lint, test, preview and rehearse AWS alarms before they ship."""

__version__ = "0.1.0"
