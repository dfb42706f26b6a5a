"""An instance starts: it gets its alarms. It stops or ends: they go. docs/instances.md is the manual."""
